import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { sqlState, UNIQUE_VIOLATION } from '../../database/sqlstate.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Alongside } from '../inbox/inbox.store.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { Inboxes } from '../inbox/inboxes.js';
import { LogReader } from '../log/log-reader.js';
import type { LogRow, Position } from '../log/log-row.js';
import { markWithdrawn, mayBeWithdrawn, type Standing, standingOf } from './standing.js';
import { FIND_WITHDRAWN_SQL, WITHDRAW_SQL } from './withdrawal.queries.js';

/** Why a message was taken back. */
export type WithdrawalReason = 'withdrawn' | 'superseded' | 'coalesced' | 'receiver-expired' | 'expired';

/** A message that was taken back. */
export interface Withdrawal {
  position: Position;
  reason: WithdrawalReason;
  withdrawnAt: Date;
}

/** What became of messages that were to be taken back. */
export interface TakenBack {
  taken: readonly LogRow[];
  /** In somebody's hands, or given back by somebody. */
  claimed: readonly LogRow[];
  /** Settled, answered or taken back before. */
  over: readonly LogRow[];
}

/** How messages are taken back. */
export interface TakeBackTerms {
  /** Statements that commit with it, or not at all. */
  alongside?: (taken: readonly LogRow[]) => readonly Alongside[];
  /** Done before it commits, with what is unclaimed by then; may be done again, also with what somebody else claims after all. */
  before?: (unclaimed: readonly LogRow[]) => Promise<void>;
  /** Also REQUESTs that have their answer. */
  evenAnswered?: boolean;
}

/** An answer may be given while it is tried. */
const MAX_TRIES = 3;

/**
 * Takes messages back that nobody has claimed, for good: the mark goes into the inbox's state and the rows beside it in one transaction, so that a
 * claim through any broker comes either before (and the message is `claimed`) or after (and the dispatch check passes it over).
 */
@Injectable()
export class Withdrawals {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly reader: LogReader,
    private readonly database: Database,
  ) {}

  /**
   * Takes one message back, unless somebody has claimed it or it is over.
   * @param alongside statements that commit with it, or not at all
   * @returns `unclaimed` when it was taken back
   */
  async takeBack(
    receiver: TwinId,
    place: { lane: number; position: Position },
    reason: WithdrawalReason,
    alongside: readonly Alongside[] = [],
  ): Promise<Standing> {
    const rows = (await this.reader.at(receiver, place.lane, [place.position])).filter((row) => !row.expired);
    const { taken, claimed } = await this.takeBackRows(receiver, rows, reason, { alongside: () => alongside });
    return taken.length > 0 ? 'unclaimed' : claimed.length > 0 ? 'claimed' : 'over';
  }

  /** Takes back those of these rows of the receiver's own lanes that nobody has claimed. */
  async takeBackRows(receiver: TwinId, rows: readonly LogRow[], reason: WithdrawalReason, terms: TakeBackTerms = {}): Promise<TakenBack> {
    if (rows.length === 0) return { taken: [], claimed: [], over: [] };
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.inboxes.change(receiver, async (state) => {
          const sorted = await this.sort(receiver, state, rows, terms.evenAnswered === true);
          const { taken } = sorted;
          if (taken.length === 0) return { state, result: sorted };
          await terms.before?.(taken);
          const positions = taken.map((row) => row.position);
          const beside = terms.alongside?.(taken) ?? [];
          return {
            state: markWithdrawn(state, taken.map(placeOf)),
            result: sorted,
            alongside: [{ sql: WITHDRAW_SQL, parameters: [receiver, positions, reason] }, ...beside],
          };
        });
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION || tries >= MAX_TRIES) throw error;
      }
    }
  }

  /** Which messages at these positions of a receiver were taken back. */
  async among(receiver: string, positions: readonly Position[]): Promise<ReadonlyMap<Position, Withdrawal>> {
    if (positions.length === 0) return new Map();
    const { rows } = await this.database.hot.query<Withdrawal>({
      name: 'find-withdrawn',
      text: FIND_WITHDRAWN_SQL,
      values: [receiver, positions],
    });
    return new Map(rows.map((row) => [row.position, row]));
  }

  private async sort(receiver: TwinId, state: InboxState, rows: readonly LogRow[], evenAnswered: boolean): Promise<TakenBack> {
    const marked = rows.filter((row) => mayBeWithdrawn(state, placeOf(row))).map((row) => row.position);
    const [gone, answered] = await Promise.all([
      this.among(receiver, marked),
      evenAnswered ? new Set<Position>() : this.reader.settledElsewhere(rows),
    ]);
    const standing = (row: LogRow): Standing =>
      gone.has(row.position) || answered.has(row.position) ? 'over' : standingOf(state, placeOf(row));
    return {
      taken: rows.filter((row) => standing(row) === 'unclaimed'),
      claimed: rows.filter((row) => standing(row) === 'claimed'),
      over: rows.filter((row) => standing(row) === 'over'),
    };
  }
}

function placeOf(row: LogRow): { source: string; position: Position; key: string } {
  return { source: String(row.lane), position: row.position, key: row.orderingKey };
}
