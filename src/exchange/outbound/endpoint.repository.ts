import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import {
  COUNT_DELIVERIES_SQL,
  DELETE_ENDPOINT_SQL,
  ENDPOINTS_OF_SLOTS_SQL,
  LOCK_ENDPOINT_SQL,
  MOVE_ENDPOINT_SQL,
  PUT_ENDPOINT_SQL,
  READ_ENDPOINT_SQL,
} from './endpoint.queries.js';
import type { DeliveryFigures, Observation, StoredEndpoint } from './endpoint.js';
import { nextEndpointState } from './endpoint-state.js';

/** What was counted of a configuration, under the fence of its slot. */
export interface CountedDeliveries {
  readonly receiver: TwinId;
  readonly revision: string;
  readonly fence: number;
  readonly figures: DeliveryFigures;
}

type Row = Omit<StoredEndpoint, 'retryAt'> & { retryAt: string | null };

/** The table of endpoints. */
@Injectable()
export class EndpointRepository {
  constructor(private readonly database: Database) {}

  async find(receiver: TwinId): Promise<StoredEndpoint | undefined> {
    return first(await this.database.query<Row>(READ_ENDPOINT_SQL, [receiver]));
  }

  async lock(tx: Transaction, receiver: TwinId): Promise<StoredEndpoint | undefined> {
    return first(await tx.query<Row>(LOCK_ENDPOINT_SQL, [receiver]));
  }

  /** Endpoints of these slots that are not disabled. */
  async ofSlots(slots: readonly number[]): Promise<StoredEndpoint[]> {
    return (await this.database.query<Row>(ENDPOINTS_OF_SLOTS_SQL, [slots])).map(endpointOf);
  }

  async put(
    tx: Transaction,
    endpoint: Pick<StoredEndpoint, 'receiver' | 'organization' | 'protocol' | 'settings' | 'state'>,
  ): Promise<StoredEndpoint> {
    const { receiver, organization, protocol, settings, state } = endpoint;
    const rows = await tx.query<Row>(PUT_ENDPOINT_SQL, [receiver, organization, protocol, JSON.stringify(settings), state]);
    const stored = first(rows);
    if (stored === undefined) throw new Error('INSERT … RETURNING gave no row.');
    return stored;
  }

  /** Whether there was one. With `before`, only one that was configured before. */
  async delete(tx: Transaction, receiver: string, before?: Date): Promise<boolean> {
    return (await tx.query(DELETE_ENDPOINT_SQL, [receiver, before ?? null])).length > 0;
  }

  /**
   * Moves the state; undefined when the configuration, its state or the holder of its slot is another by now: what was observed is old then.
   */
  async move(endpoint: StoredEndpoint, observed: Observation): Promise<StoredEndpoint | undefined> {
    const to = nextEndpointState(endpoint.state, observed.event);
    if (to === undefined) return undefined;
    const { failures, retryMs, reason, fence } = observed;
    return first(
      await this.database.query<Row>(MOVE_ENDPOINT_SQL, [
        endpoint.receiver,
        endpoint.revision,
        endpoint.state,
        to,
        failures,
        retryMs ?? null,
        reason ?? null,
        fence ?? null,
      ]),
    );
  }

  /** Writes figures; not those of an older configuration, or of a slot that is another's by now. */
  async count(counted: readonly CountedDeliveries[]): Promise<void> {
    await this.database.query(COUNT_DELIVERIES_SQL, [
      counted.map(({ receiver }) => receiver),
      counted.map(({ revision }) => revision),
      counted.map(({ fence }) => fence),
      counted.map(({ figures }) => JSON.stringify(figures)),
    ]);
  }
}

function endpointOf(row: Row): StoredEndpoint {
  return { ...row, retryAt: row.retryAt === null ? null : Number(row.retryAt) };
}

function first(rows: readonly Row[]): StoredEndpoint | undefined {
  return rows[0] === undefined ? undefined : endpointOf(rows[0]);
}
