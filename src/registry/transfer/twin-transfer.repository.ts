import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { TransferState, TwinTransfer } from './twin-transfer.js';
import { CLOSE_ALL_OF, CLOSE_FALLEN, DECIDE, INSERT_OFFER, LATEST_OFFER, LIST_OFFERS } from './twin-transfer.queries.js';

/** An offer about to be made. */
export interface OfferDraft {
  readonly id: string;
  readonly twin: TwinId;
  readonly incarnation: number;
  readonly from: OrganizationId;
  readonly to: OrganizationId;
  readonly note?: string;
  readonly by: string;
  readonly seconds: number;
}

/** What a list of offers is narrowed to. */
export interface TransferFilter {
  readonly state?: TransferState;
  /** Of which side the caller is. */
  readonly side?: 'from' | 'to';
}

/** Persistence of offers. */
@Injectable()
export class TwinTransferRepository {
  constructor(private readonly database: Database) {}

  /** Makes an offer of a locked twin; false when one stands. */
  async offer(tx: Transaction, { id, twin, incarnation, from, to, note, by, seconds }: OfferDraft): Promise<boolean> {
    await tx.query(CLOSE_FALLEN, [twin]);
    return (await tx.query(INSERT_OFFER, [id, twin, incarnation, from, to, note ?? null, by, seconds])).length > 0;
  }

  /** The offer that stands, or the latest, of those that the organization sees; of all for `undefined`. */
  async latest(organization: OrganizationId | undefined, twin: TwinId, tx?: Transaction): Promise<TwinTransfer | undefined> {
    return (await (tx ?? this.database).query<TwinTransfer>(LATEST_OFFER, [organization ?? null, twin]))[0];
  }

  /** Writes what became of an offer whose twin is locked. */
  async decide(tx: Transaction, id: string, state: 'ACCEPTED' | 'DECLINED' | 'WITHDRAWN', by: string): Promise<void> {
    await tx.query(DECIDE, [id, state, by]);
  }

  /** Up to `limit` offers by id, beyond `after`. */
  async list(organization: OrganizationId | undefined, filter: TransferFilter, after: string, limit: number): Promise<TwinTransfer[]> {
    return this.database.query<TwinTransfer>(LIST_OFFERS, [organization ?? null, after, filter.state ?? null, filter.side ?? null, limit]);
  }

  /** Ends every offer that the organization has a side in. */
  async closeAllOf(tx: Transaction, organization: OrganizationId, by: string): Promise<void> {
    await tx.query(CLOSE_ALL_OF, [organization, by]);
  }
}
