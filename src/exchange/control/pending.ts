import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { LANES } from '../../vocabulary/codes.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { LANE_NUMBERS, type Position } from '../log/log-row.js';
import { CUT_SQL, MEASURE_SQL, OLDEST_AT_SQL, PENDING_REQUESTS_SQL, SUPERSEDED_SQL } from './pending.queries.js';

/** How much waits. */
export interface Depth {
  messages: number;
  bytes: number;
  /** When the oldest was accepted. */
  oldest: Date | null;
}

/** A REQUEST that waits for its answer. */
export interface PendingRequest {
  position: Position;
  sender: string;
  messageId: string;
  segment: number;
  envelope: string;
}

/** What is kept of a lane, and the newest message that is not. */
export interface Cut {
  kept: number;
  keptBytes: number;
  cut: Position | null;
}

/** The most that a lane may keep. */
export interface Budget {
  messages: number;
  bytes: number;
  since: Date;
}

const LAST = '9223372036854775807';
const REQUEST_BATCH = 500;

/** The lanes of an inbox, most urgent first, as the log numbers them. */
export const LANE_ORDER: readonly number[] = LANES.map((lane) => LANE_NUMBERS[lane]);

/** Reads what waits in the lanes of an inbox's own channel, by its state. Runs beside the message path's connections. */
@Injectable()
export class Pending {
  constructor(private readonly database: Database) {}

  /** How much waits in each lane, counted up to `cap` messages. Given-back messages count, without their bytes. */
  async measure(receiver: TwinId, state: InboxState, cap: number): Promise<Depth[]> {
    return Promise.all(LANE_ORDER.map((lane) => this.measureLane(receiver, state, lane, cap)));
  }

  /** The same of one lane, or of a stream that is read as one. */
  async measureLane(channel: string, state: InboxState, lane: number, cap: number): Promise<Depth> {
    const [row] = await this.database.query<Depth>(MEASURE_SQL, [...windowOf(channel, state, lane), cap]);
    const back = state.held.filter((held) => held.source === String(lane)).reduce((sum, held) => sum + held.retry.length, 0);
    return { messages: (row?.messages ?? 0) + back, bytes: row?.bytes ?? 0, oldest: row?.oldest ?? null };
  }

  /** When the oldest message at these positions was accepted. */
  async oldestAt(channel: string, lane: number, positions: readonly Position[]): Promise<Date | null> {
    if (positions.length === 0) return null;
    const [row] = await this.database.query<{ oldest: Date | null }>(OLDEST_AT_SQL, [channel, lane, positions]);
    return row?.oldest ?? null;
  }

  /** What of a lane fits into a budget, the newest first. */
  async cut(receiver: TwinId, state: InboxState, lane: number, budget: Budget): Promise<Cut> {
    const [row] = await this.database.query<Cut>(CUT_SQL, [
      ...windowOf(receiver, state, lane),
      Math.max(budget.messages, 0),
      Math.max(budget.bytes, 0),
      budget.since,
    ]);
    return row ?? { kept: 0, keptBytes: 0, cut: null };
  }

  /** The REQUESTs that waited in a lane up to a position, by the state of then. */
  async *requests(receiver: TwinId, state: InboxState, lane: number, upTo: Position): AsyncGenerator<PendingRequest, void, undefined> {
    for (let after = '0'; ;) {
      const rows = await this.database.query<PendingRequest>(PENDING_REQUESTS_SQL, [
        ...windowOf(receiver, state, lane, upTo),
        after,
        REQUEST_BATCH,
      ]);
      yield* rows;
      if (rows.length < REQUEST_BATCH) return;
      after = rows.at(-1)?.position ?? LAST;
    }
  }

  /** Positions of messages that newer ones take the place of, oldest first. */
  async superseded(receiver: TwinId, state: InboxState, lane: number, limit: number): Promise<Position[]> {
    const rows = await this.database.query<{ position: Position }>(SUPERSEDED_SQL, [...windowOf(receiver, state, lane), limit]);
    return rows.map(({ position }) => position);
  }
}

/** The parameters of what waits in a lane. */
function windowOf(channel: string, state: InboxState, lane: number, upTo: Position = LAST): unknown[] {
  const source = String(lane);
  const held = state.held.flatMap(({ source: of, key, rest }) => (of === source && rest !== undefined ? [{ key, rest }] : []));
  const frontier = state.cursors[source] ?? '0';
  return [channel, lane, frontier, held.map(({ key }) => key), held.map(({ rest }) => rest), upTo, state.withdrawn?.[source] !== undefined];
}
