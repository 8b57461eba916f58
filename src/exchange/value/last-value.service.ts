import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { ConnectionService } from '../../federation/connection.service.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { actsFor, type Principal } from '../../security/principal.js';
import type { Envelope, PayloadReference } from '../../vocabulary/envelope.js';
import { Adaptations } from '../adaptation/adaptations.js';
import { failureWords } from '../adaptation/adapted-message.js';
import { LogReader } from '../log/log-reader.js';
import { LANE_NUMBERS, type Position, streamChannel } from '../log/log-row.js';
import { partitionName } from '../../database/segment-ddl.js';

/** A connection, as its service gives it. */
type Connection = Awaited<ReturnType<ConnectionService['read']>>;

/** The last published value of a data feature. */
export interface LastValue {
  twin: string;
  feature: string;
  unit?: string;
  messageId: string;
  observedAt?: string;
  publishedAt: string;
  /** Milliseconds since it was observed, or published when that is not known, by the database's clock. */
  ageMs: number;
  /** The value's own JSON text. */
  value: string;
  /** Where the value lies, when it was published by reference. */
  valueRef?: PayloadReference;
}

interface Kept {
  position: Position;
  acceptedAt: Date;
  envelope: string;
  payload: string | null;
}

/** Rides carried_value_pkey. */
const CARRIED_SQL = 'SELECT position, accepted_at AS "acceptedAt", envelope, payload FROM carried_value WHERE channel = $1';

/** Copies the newest row of every feature stream of a segment, before it is dropped. */
function carrySql(partition: string): string {
  return `INSERT INTO carried_value (channel, position, accepted_at, envelope, payload)
    SELECT DISTINCT ON (channel) channel, position, accepted_at, envelope, payload FROM ${partition}
     WHERE channel LIKE 'stream feature %' ORDER BY channel, position DESC
    ON CONFLICT (channel) DO UPDATE SET position = excluded.position, accepted_at = excluded.accepted_at,
       envelope = excluded.envelope, payload = excluded.payload
     WHERE carried_value.position < excluded.position`;
}

/** The last value of a data feature with its age: the newest row of its stream. Nothing is stored a second time for it. */
@Injectable()
export class LastValueService {
  constructor(
    private readonly database: Database,
    private readonly reader: LogReader,
    private readonly twins: TwinDirectory,
    private readonly connections: ConnectionService,
    private readonly adaptations: Adaptations,
  ) {}

  /**
   * The last value that a twin published of a data feature, for the twin's own and for those connected to it for this feature.
   * @throws DomainError `not-found`, `policy-denied`
   */
  async read(principal: Principal, twinId: TwinId, featureName: string): Promise<LastValue> {
    const twin = await this.twins.find(twinId);
    if (twin === undefined || !(await this.twins.isVisible(principal, twinId)))
      throw new DomainError('not-found', `There is no twin ${twinId}.`);
    const feature = twin.features.find((each) => each.kind === 'data' && each.name === featureName);
    if (feature === undefined) throw new DomainError('not-found', `${twinId} has no data feature ${featureName}.`);
    const over = actsFor(principal, twin) ? undefined : await this.requireConnected(principal, twinId, featureName);
    const channel = streamChannel('feature', twinId, featureName);
    const row: Kept | undefined =
      (await this.reader.newest(channel, LANE_NUMBERS.normal)) ?? (await this.database.query<Kept>(CARRIED_SQL, [channel]))[0];
    if (row === undefined) throw new DomainError('not-found', `${twinId} has not published ${featureName} yet.`);
    const { header, data } = JSON.parse(row.envelope) as Envelope;
    const since = data.observedAt === undefined ? row.acceptedAt.getTime() : Date.parse(data.observedAt);
    const { payload, unit } = await this.seenOver(over, twinId, row, feature.unit);
    return {
      twin: twinId,
      feature: featureName,
      ...(unit === undefined ? {} : { unit }),
      messageId: header.messageId,
      ...(data.observedAt === undefined ? {} : { observedAt: data.observedAt }),
      publishedAt: row.acceptedAt.toISOString(),
      ageMs: Math.max(0, Math.round(this.database.clock.now() - since)),
      value: payload ?? 'null',
      ...(data.payloadRef === undefined ? {} : { valueRef: data.payloadRef }),
    };
  }

  /** Keeps the last values that lie in a log segment about to be dropped. */
  async carryForward(segment: number): Promise<void> {
    await this.database.query(carrySql(partitionName('message_log', segment)));
  }

  /** The value as the twin on the other side of the connection takes it. @throws DomainError `adaptation-unsupported` */
  private async seenOver(
    over: Connection | undefined,
    owner: TwinId,
    row: Kept,
    unit?: string,
  ): Promise<{ payload: string | null; unit?: string }> {
    if (over === undefined) return { payload: row.payload, unit };
    const receiver = over.requester === owner ? over.responder : over.requester;
    const { acceptedAt, envelope, payload } = row;
    const outcome = await this.adaptations.adapt({ connectionId: over.id, planVersion: null, acceptedAt, envelope, payload }, receiver);
    if (outcome === 'unchanged') return { payload, unit };
    if ('adapted' in outcome) return { payload: outcome.adapted.payload, unit: outcome.target?.unit };
    throw new DomainError('adaptation-unsupported', `The value cannot be adapted to ${receiver}: ${failureWords(outcome.failure)}.`, {
      extensions: { step: outcome.failure.step },
    });
  }

  private async requireConnected(principal: Principal, twinId: TwinId, featureName: string): Promise<Connection> {
    const { items } = await this.connections.list(principal, { twin: twinId, state: 'CONNECTED', limit: 1_000 });
    // Whoever may see a connection need not have a side in it: an operator sees all, a twin those of its organization.
    const shared = items.find(
      ({ requester, responder, features }) =>
        (principal.kind === 'organization' || (principal.kind === 'twin' && [requester, responder].includes(principal.twin))) &&
        features.some((each) => each.twin === twinId && each.name === featureName),
    );
    if (shared !== undefined) return shared;
    throw new DomainError(
      'policy-denied',
      `The value is shared with connected twins; request a connection to ${twinId} that covers ${featureName}.`,
    );
  }
}
