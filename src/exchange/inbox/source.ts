import { LANES } from '../../vocabulary/codes.js';
import { before, comparePositions, LANE_NUMBERS, type LogRow, type Position } from '../log/log-row.js';
import type { SourceTerms } from '../subscription/terms/subscription-terms.js';
import type { SourcedRow } from './delivery.js';
import type { InboxState } from './inbox-state.js';

/** Something an inbox reads: a lane of its own channel, or a stream that its twin subscribed to. */
export interface Source {
  /** Name within the inbox's state: the lane's number, or the subscription's id. */
  key: string;
  channel: string;
  lane: number;
  /** Urgency with which it is read; for a lane its own. */
  priority: number;
  /** Where reading begins when there is no cursor yet. */
  start: Position;
  /** The subscription it comes from, if it is a stream. */
  subscriptionId?: string;
  /** The connection under which the stream may be read. */
  connectionId?: string;
  /** When the subscription ends (epoch ms by the database's clock). */
  until?: number;
  /** The subscription's terms, if it has any. */
  terms?: SourceTerms;
  /** Where the value lies that was the last when the subscription was made, and is told because it asked for it. */
  lastValueAt?: Position;
}

/** The sources of a receiver's own channel, most urgent first. */
export function ownSources(receiver: string): Source[] {
  return LANES.map((lane) => {
    const number = LANE_NUMBERS[lane];
    return { key: String(number), channel: receiver, lane: number, priority: number, start: '0' };
  });
}

/** A log row as a source sees it: what is read from a stream goes over the subscription's connection. */
export function sourcedRow(source: Source, row: LogRow): SourcedRow {
  if (source.subscriptionId === undefined) return ownRow(source, row as SourcedRow);
  return {
    ...row,
    source: source.key,
    key: row.orderingKey,
    connectionId: row.connectionId ?? source.connectionId ?? null,
    terms: source.terms?.at(row.position),
    lastValue: source.lastValueAt === row.position,
  };
}

/** A row of the inbox's own channel has one reader, so that it need not be copied: every copy is garbage a moment later. */
function ownRow(source: Source, row: SourcedRow): SourcedRow {
  row.source = source.key;
  row.key = row.orderingKey;
  row.lastValue = false;
  return row;
}

/** Where each source is read from, by the frontier. */
export function frontier(state: InboxState, source: Source): Position {
  const reached = state.cursors[source.key];
  // A cursor before the start is of a former subscription of the same name.
  return reached === undefined || comparePositions(reached, source.start) < 0 ? source.start : reached;
}

/** Just before the first message of the source that is not settled, as far as the state knows. */
export function lowWater(state: InboxState, source: Source): Position {
  const open = [
    ...state.leases
      .flatMap((lease) => lease.runs)
      .filter((run) => run.source === source.key)
      .flatMap((run) => run.positions),
    ...state.held
      .filter((held) => held.source === source.key)
      .flatMap((held) => [...held.retry, ...(held.rest === undefined ? [] : [held.rest])]),
  ].map(before);
  const reached = BigInt(frontier(state, source));
  return open.reduce((lowest, position) => (BigInt(position) < lowest ? BigInt(position) : lowest), reached).toString();
}
