import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/database.js';
import {
  FIND_ACCEPTANCE_SQL,
  FIND_ANSWERS_SQL,
  FIND_PAYLOADS_SQL,
  FIND_TAKEN_SQL,
  NEWEST_SQL,
  OVERDUE_SQL,
  READ_AFTER_SQL,
  READ_AT_SQL,
  READ_AT_WITHIN_SQL,
  READ_KEY_SQL,
  READ_WITHIN_SQL,
  TAKE_ANSWER_SQL,
} from './log.queries.js';
import { comparePositions, KIND_NUMBERS, type LogRow, type Position } from './log-row.js';
import { type FoundRows, LogTail, type ReadFrom, sizeOf } from './log-tail.js';
import { SharedLookup } from './shared-lookup.js';

export type { ReadFrom } from './log-tail.js';

/** Where an accepted message lies. */
export interface AcceptedMessage {
  segment: number;
  fingerprint: Buffer;
  channel: string;
  lane: number;
  position: Position;
  acceptedAt: Date;
  /** When its answer is due; null unless it is a REQUEST that awaits one. */
  deadline: Date | null;
  overdue: boolean | null;
}

/** Where a message lies. */
export type LogPlace = Pick<AcceptedMessage, 'channel' | 'lane' | 'position'>;

/** A REQUEST by its requester, id and acceptance segment. */
export interface RequestKey {
  requester: string;
  messageId: string;
  segment: number;
}

/** Of rows that are delivered again: what is remembered, and for how long. */
const REPEATED_BYTES = 16 * 1_048_576;
const REPEATED_MS = 60_000;
/** Bytes of text that are read at once to be handed out: of all sources, of one, and of each however many there are. Each may give one message more. */
const MOST_BYTES = { ofAll: 48 * 1_048_576, ofOne: 16 * 1_048_576, ofEach: 262_144 };
/** How many lookups go in one statement: whoever repeats what it sent before a pause repeats much at once. A payload may have a megabyte. */
const MOST_TOGETHER = { acceptances: 500, payloads: 32 };

/** Reads the log. Every statement is named: the SQL is fixed and its plan prunes segments when it runs. */
@Injectable()
export class LogReader {
  private readonly repeated = new LRUCache<string, LogRow>({ maxSize: REPEATED_BYTES, ttl: REPEATED_MS, sizeCalculation: sizeOf });

  private readonly acceptances = new SharedLookup<{ sender: string; messageId: string }, AcceptedMessage>(
    MOST_TOGETHER.acceptances,
    async (ids) => {
      const columns = [ids.map(({ sender }) => sender), ids.map(({ messageId }) => messageId)];
      return byOrdinal(ids, await this.run<AcceptedMessage & Ordinal>('find-acceptance', FIND_ACCEPTANCE_SQL, columns));
    },
  );
  private readonly payloads = new SharedLookup<LogPlace, { payload: string | null }>(MOST_TOGETHER.payloads, async (places) => {
    const columns = [places.map(({ channel }) => channel), places.map(({ lane }) => lane), places.map(({ position }) => position)];
    return byOrdinal(places, await this.run<{ payload: string | null } & Ordinal>('find-payloads', FIND_PAYLOADS_SQL, columns));
  });

  constructor(
    private readonly database: Database,
    private readonly tail: LogTail,
  ) {}

  /** The next rows of each source, at most `limit` a source, in the order of the sources. */
  async after(sources: readonly ReadFrom[], limit: number): Promise<LogRow[][]> {
    const { found } = await this.next(sources, limit, async () => {
      const rows = await this.run<LogRow & Sourced>('read-after', READ_AFTER_SQL, [...columnsOf(sources), limit]);
      return { found: bySource(sources, rows), isPartial: false };
    });
    return found;
  }

  /** The same, of many megabytes the first: when it `isPartial`, fewer rows than `limit` do not mean that there are no more. */
  afterWithin(sources: readonly ReadFrom[], limit: number): Promise<FoundRows> {
    const bytes = Math.max(Math.min(Math.floor(MOST_BYTES.ofAll / sources.length), MOST_BYTES.ofOne), MOST_BYTES.ofEach);
    return this.next(sources, limit, async () => {
      const rows = await this.run<SizedRow & Sourced>('read-within', READ_WITHIN_SQL, [...columnsOf(sources), limit, bytes]);
      return { found: bySource(sources, rows), isPartial: isPartial(rows, bytes) };
    });
  }

  /** From memory, or else as `read` tells it of the log. */
  private async next(sources: readonly ReadFrom[], limit: number, read: () => Promise<FoundRows>): Promise<FoundRows> {
    if (sources.length === 0) return { found: [], isPartial: false };
    const known = this.tail.next(sources, limit);
    return known === undefined ? this.tail.look(sources, limit, read) : { found: known, isPartial: false };
  }

  /** The rows at these positions that are still there. */
  async at(channel: string, lane: number, positions: readonly Position[]): Promise<LogRow[]> {
    return positions.length === 0 ? [] : this.run<LogRow>('read-at', READ_AT_SQL, [channel, lane, positions]);
  }

  /**
   * The same, in their order, for rows that may be asked for again soon: a receiver that settles nothing gets its messages over and over. The log changes
   * none, so memory tells them as well. Of many megabytes the first; the positions after them are `unread`.
   */
  async again(channel: string, lane: number, positions: readonly Position[]): Promise<{ rows: LogRow[]; unread: Position[] }> {
    const known = new Map<Position, LogRow>();
    for (const position of positions) {
      const row = this.repeated.get(`${lane} ${position} ${channel}`);
      if (row !== undefined) known.set(position, row);
    }
    const unknown = positions.filter((position) => !known.has(position));
    const read =
      unknown.length === 0 ? [] : await this.run<SizedRow>('read-again', READ_AT_WITHIN_SQL, [channel, lane, unknown, MOST_BYTES.ofOne]);
    for (const row of read) {
      known.set(row.position, row);
      this.repeated.set(`${lane} ${row.position} ${channel}`, row);
    }
    const last = read.at(-1);
    const end = last !== undefined && isPartial(read, MOST_BYTES.ofOne) ? last.position : undefined;
    const first = end === undefined ? undefined : unknown.find((position) => comparePositions(position, end) > 0);
    const isUnread = (position: Position): boolean => first !== undefined && comparePositions(position, first) >= 0;
    const time = this.database.clock.now();
    const rows = [...known.values()]
      .filter(({ position }) => !isUnread(position))
      .sort((one, other) => comparePositions(one.position, other.position))
      .map((row) => ({ ...row, expired: row.expiresAt.getTime() <= time }));
    return { rows, unread: positions.filter(isUnread) };
  }

  /** Rows of one ordering key between two positions, both included: at most `limit`, and of many megabytes the first. */
  async ofKey(
    { channel, lane }: { channel: string; lane: number },
    range: { from: Position; to: Position },
    key: string,
    limit: number,
  ): Promise<{ rows: LogRow[]; isAll: boolean }> {
    const bytes = MOST_BYTES.ofOne;
    const rows = await this.run<SizedRow>('read-key', READ_KEY_SQL, [channel, lane, range.from, range.to, key, limit, bytes]);
    return { rows, isAll: rows.length < limit && !isPartial(rows, bytes) };
  }

  /** The newest row of a channel. */
  async newest(channel: string, lane: number): Promise<LogRow | undefined> {
    const [row] = await this.run<LogRow>('read-newest', NEWEST_SQL, [channel, lane]);
    return row;
  }

  /** Where a message lies, if its id is taken. */
  findAccepted(sender: string, messageId: string): Promise<AcceptedMessage | undefined> {
    return this.acceptances.find({ sender, messageId });
  }

  /** The payload of a message, if the message is still there. */
  findPayload(place: LogPlace): Promise<{ payload: string | null } | undefined> {
    return this.payloads.find(place);
  }

  /** The answer to a REQUEST, if there is one. */
  async findAnswer(request: RequestKey): Promise<LogRow | undefined> {
    const [answer] = await this.run<{ lane: number; position: Position }>('find-answers', FIND_ANSWERS_SQL, [
      [request.requester],
      [request.messageId],
      [request.segment],
    ]);
    if (answer === undefined) return undefined;
    const [row] = await this.at(request.requester, answer.lane, [answer.position]);
    return row;
  }

  /** Notes that the answer to a REQUEST was given inline: its delivery is settled. */
  async takeAnswer(request: RequestKey): Promise<void> {
    await this.run('take-answer', TAKE_ANSWER_SQL, [request.requester, request.messageId, request.segment]);
  }

  /** REQUESTs due after `since` and before now that have no answer. */
  async overdue(
    since: Date,
    limit: number,
  ): Promise<(RequestKey & { channel: string; lane: number; position: Position; deadline: Date })[]> {
    return this.run('overdue', OVERDUE_SQL, [since, limit]);
  }

  /** Positions (of these rows) that need no delivery any more: REQUESTs that are answered, RESPONSEs that were given inline. */
  async settledElsewhere(rows: readonly LogRow[]): Promise<Set<Position>> {
    const requests = rows.filter((row) => row.kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null);
    const responses = rows.filter((row) => row.kind === KIND_NUMBERS.RESPONSE && row.requestSegment !== null);
    const settled = new Set<Position>();
    if (requests.length > 0) {
      const answered = await this.keys('find-answers', FIND_ANSWERS_SQL, requests, (row) => [row.sender, row.messageId]);
      for (const row of requests) if (answered.has(`${row.sender}\n${row.messageId}`)) settled.add(row.position);
    }
    if (responses.length > 0) {
      const idOf = (row: LogRow): [string, string] => [row.channel, correlationOf(row)];
      const taken = await this.keys('find-taken', FIND_TAKEN_SQL, responses, idOf);
      for (const row of responses) if (taken.has(idOf(row).join('\n'))) settled.add(row.position);
    }
    return settled;
  }

  private async keys(name: string, sql: string, rows: readonly LogRow[], idOf: (row: LogRow) => [string, string]): Promise<Set<string>> {
    const ids = rows.map(idOf);
    const found = await this.run<{ requester: string; messageId: string }>(name, sql, [
      ids.map(([requester]) => requester),
      ids.map(([, messageId]) => messageId),
      rows.map((row) => row.requestSegment),
    ]);
    return new Set(found.map((row) => `${row.requester}\n${row.messageId}`));
  }

  private async run<R>(name: string, text: string, values: unknown[]): Promise<R[]> {
    const { rows } = await this.database.hot.query({ name, text, values });
    return rows as R[];
  }
}

/** `reached`: bytes of text up to and with the row. */
type SizedRow = LogRow & { reached: string };

/** Whether rows may have been left out because there were so many bytes. */
function isPartial(rows: readonly SizedRow[], bytes: number): boolean {
  return rows.some(({ reached }) => Number(reached) >= bytes);
}

/** `source`: of which source it is, from 1. */
interface Sourced {
  source: number;
}

function columnsOf(sources: readonly ReadFrom[]): unknown[] {
  return [sources.map(({ channel }) => channel), sources.map(({ lane }) => lane), sources.map(({ after }) => after)];
}

function bySource(sources: readonly ReadFrom[], rows: readonly (LogRow & Sourced)[]): LogRow[][] {
  const found: LogRow[][] = sources.map(() => []);
  for (const row of rows) found[row.source - 1]?.push(row);
  return found;
}

interface Ordinal {
  ord: number;
}

/** What was found for each of what was asked for; rows say for which, from 1. */
function byOrdinal<R extends Ordinal>(asked: readonly unknown[], rows: readonly R[]): (R | undefined)[] {
  const found = new Array<R | undefined>(asked.length);
  for (const row of rows) found[row.ord - 1] = row;
  return found;
}

/** The REQUEST that a RESPONSE row answers. */
function correlationOf(row: LogRow): string {
  const envelope = JSON.parse(row.envelope) as { header: { correlationId?: string } };
  return envelope.header.correlationId ?? '';
}
