import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BrokerSignals } from '../../database/broker-signals.js';
import { Database } from '../../database/database.js';
import { comparePositions, isStream, type LogRow, type NewLogRow, type Position } from './log-row.js';

/** A channel and lane. */
export interface Link {
  channel: string;
  lane: number;
}

/** A place to read from. */
export interface ReadFrom extends Link {
  after: Position;
}

/** A row that was committed by this broker, with its place. */
export interface CommittedRow {
  row: NewLogRow;
  position: Position;
}

/** What is known of the end of a channel and lane: after `from`, up to `last`, there are these rows and no others. */
interface Tail {
  from: Position;
  last: Position;
  rows: LogRow[];
  bytes: number;
  /** When it was last known that there are no others. */
  lookedAt: number;
  readAt: number;
}

/** What one commit of this broker added to a channel and lane; without `before`, nobody asked what lies before it. */
interface Addition {
  rows: readonly LogRow[];
  last: Position;
  before?: Position;
}

/** A look at the log under way: what commits meanwhile may be missing in it. Of a channel written to in another way nothing is known. */
interface Look {
  at: ReadonlyMap<string, Addition[]>;
  overtaken: Set<string>;
}

/** Rows of each source. Of those that are `isPartial` there may be more even where there are fewer than were asked for. */
export interface FoundRows {
  found: LogRow[][];
  isPartial: boolean;
}

const MAX_TAILS = 20_000;
const MAX_TAIL_ROWS = 16_000;
const MAX_TAIL_BYTES = 24 * 1_048_576;
const MAX_BYTES = 64 * 1_048_576;
/** How long readers are served from memory before the log itself is looked at: a broker that was not yet seen is overlooked no longer. */
const MAX_AGE_MS = 1_000;
/** A tail that nobody reads is kept no longer. */
const UNREAD_MS = 5_000;

function keyOf({ channel, lane }: Link): string {
  return `${lane} ${channel}`;
}

/**
 * The newest rows of the channels that are being read, kept from their commit, so that a reader who keeps up costs no query.
 *
 * A tail begins with a look at the log that reached its end. A commit of this broker is added only if the newest position before it, which the database
 * told under the channel's lock, is the tail's own last: so nothing lies between, whichever broker wrote, and the tail is as good as after another look.
 * Anything else ends it. While other brokers live readers are served from the log, so that what a sender was told is accepted is found at once through any of them.
 */
@Injectable()
export class LogTail {
  private readonly tails = new LRUCache<string, Tail>({ max: MAX_TAILS });
  private readonly looks = new Set<Look>();
  private bytes = 0;

  constructor(
    private readonly database: Database,
    private readonly signals: BrokerSignals,
  ) {}

  /** Which of the rows' channels have a tail, or are being looked at, so that their links are to be asked for, and up to where they are known. */
  followed(rows: readonly NewLogRow[]): ReadFrom[] {
    if (this.tails.size === 0 && this.looks.size === 0) return [];
    const links = new Map<string, ReadFrom>();
    let last: NewLogRow | undefined;
    for (const row of rows) {
      if (last !== undefined && row.channel === last.channel && row.lane === last.lane) continue;
      last = row;
      const key = keyOf(row);
      const tail = this.tails.peek(key);
      if (tail !== undefined || this.isLookedAt(key)) links.set(key, { channel: row.channel, lane: row.lane, after: tail?.last ?? '0' });
    }
    return [...links.values()];
  }

  /** Adds what was committed. `links` are those asked for (at `askedAt`, by this process's clock), `before` the newest position before the batch in each. */
  committed(
    rows: readonly CommittedRow[],
    at: { acceptedAt: Date; segment: number; askedAt: number },
    links: readonly Link[],
    before: readonly Position[],
  ): void {
    const known = new Map(links.map((link, index) => [keyOf(link), before[index]]));
    for (const [key, { rows: own, last }] of this.byKey(rows, at, known)) {
      const previous = known.get(key);
      for (const look of this.looks) look.at.get(key)?.push({ rows: own, last, before: previous });
      const tail = this.tails.get(key);
      if (tail === undefined) continue;
      const isNext = previous !== undefined && comparePositions(previous, tail.last) <= 0;
      const isRead = performance.now() - tail.readAt < UNREAD_MS;
      if (!isNext || !isRead) {
        this.drop(key);
        continue;
      }
      tail.lookedAt = Math.max(tail.lookedAt, at.askedAt);
      this.extend(key, tail, own);
    }
  }

  /** The rows of each channel and lane, made only for those that somebody follows. Most batches are for few channels, in runs. */
  private byKey(
    rows: readonly CommittedRow[],
    at: { acceptedAt: Date; segment: number },
    known: ReadonlyMap<string, Position | undefined>,
  ): ReadonlyMap<string, { rows: LogRow[]; last: Position; isFollowed: boolean }> {
    const found = new Map<string, { rows: LogRow[]; last: Position; isFollowed: boolean }>();
    let previous: NewLogRow | undefined;
    let own = { rows: [] as LogRow[], last: '0', isFollowed: false };
    for (const { row, position } of rows) {
      if (previous === undefined || row.channel !== previous.channel || row.lane !== previous.lane) {
        const key = keyOf(row);
        own = found.get(key) ?? { rows: [], last: '0', isFollowed: known.has(key) };
        found.set(key, own);
        previous = row;
      }
      own.last = position;
      if (own.isFollowed) own.rows.push(logRow(row, position, at));
    }
    return found;
  }

  /** Ends the tails of channels that were written to in another way. */
  forget(rows: readonly Link[]): void {
    for (const row of rows) {
      const key = keyOf(row);
      for (const look of this.looks) if (look.at.has(key)) look.overtaken.add(key);
      this.drop(key);
    }
  }

  /** The next rows of each source, if memory knows them: of no source less than the log does. Whoever finds none has entered to be woken. */
  next(sources: readonly ReadFrom[], limit: number): LogRow[][] | undefined {
    if (!this.signals.isAlone) return undefined;
    const now = performance.now();
    const found: LogRow[][] = [];
    let count = 0;
    for (const source of sources) {
      const tail = this.tails.get(keyOf(source));
      if (tail === undefined || now - tail.lookedAt >= MAX_AGE_MS) return undefined;
      if (comparePositions(source.after, tail.from) < 0) return undefined;
      tail.readAt = now;
      const rows = this.after(tail, source, limit);
      found.push(rows);
      count += rows.length;
    }
    if (count === 0) return found;
    const time = this.database.clock.now();
    for (const rows of found) for (const row of rows) row.expired = row.expiresAt.getTime() <= time;
    return found;
  }

  /** Looks at the log; what reaches its end becomes a tail. */
  async look(sources: readonly ReadFrom[], limit: number, read: () => Promise<FoundRows>): Promise<FoundRows> {
    const look: Look = { at: new Map(sources.map((source) => [keyOf(source), []])), overtaken: new Set() };
    const lookedAt = performance.now();
    this.looks.add(look);
    try {
      const looked = await read();
      const { found, isPartial } = looked;
      for (const [index, source] of sources.entries()) {
        const rows = found[index] ?? [];
        const key = keyOf(source);
        if (rows.length >= limit || isPartial || look.overtaken.has(key)) continue;
        const last = rows.at(-1)?.position ?? source.after;
        const known = this.tails.get(key);
        // Rows that were kept for others, or came by commits meanwhile, stay.
        if (known !== undefined && comparePositions(known.last, last) >= 0) {
          known.lookedAt = Math.max(known.lookedAt, lookedAt);
          known.readAt = performance.now();
        } else this.begin(key, last, look.at.get(key) ?? [], lookedAt);
      }
      return looked;
    } finally {
      this.looks.delete(look);
    }
  }

  /** A tail after `last`, with what was committed while the log was looked at, as long as nothing lies between. */
  private begin(key: string, last: Position, additions: readonly Addition[], lookedAt: number): void {
    this.drop(key);
    const missed = additions.filter((addition) => comparePositions(addition.last, last) > 0);
    let reached = last;
    for (const addition of missed) {
      if (addition.before === undefined || comparePositions(addition.before, reached) > 0) return;
      reached = addition.last;
    }
    const tail: Tail = { from: last, last, rows: [], bytes: 0, lookedAt, readAt: lookedAt };
    this.tails.set(key, tail);
    for (const { rows } of missed) this.extend(key, tail, rows);
  }

  private isLookedAt(key: string): boolean {
    for (const look of this.looks) if (look.at.has(key)) return true;
    return false;
  }

  private after(tail: Tail, source: ReadFrom, limit: number): LogRow[] {
    let first = tail.rows.length;
    while (first > 0 && comparePositions(tail.rows[first - 1]?.position ?? '0', source.after) > 0) first -= 1;
    // An inbox has one reader: what it has passed is not asked for again.
    if (first > 0 && !isStream(source.channel)) {
      this.cut(tail, first);
      first = 0;
    }
    return tail.rows.slice(first, first + limit);
  }

  private extend(key: string, tail: Tail, rows: readonly LogRow[]): void {
    for (const row of rows) {
      tail.rows.push(row);
      tail.last = row.position;
      const size = sizeOf(row);
      tail.bytes += size;
      this.bytes += size;
    }
    if (tail.rows.length > MAX_TAIL_ROWS || tail.bytes > MAX_TAIL_BYTES) {
      if (isStream(rows[0]?.channel ?? '')) this.cut(tail, Math.ceil(tail.rows.length / 2));
      else this.drop(key);
    }
    if (this.bytes > MAX_BYTES) this.clear();
  }

  /** Lets the first rows go. */
  private cut(tail: Tail, count: number): void {
    const gone = tail.rows.splice(0, count);
    tail.from = gone.at(-1)?.position ?? tail.from;
    for (const row of gone) {
      tail.bytes -= sizeOf(row);
      this.bytes -= sizeOf(row);
    }
  }

  private drop(key: string): void {
    const tail = this.tails.get(key);
    if (tail === undefined) return;
    this.bytes -= tail.bytes;
    this.tails.delete(key);
  }

  private clear(): void {
    this.tails.clear();
    this.bytes = 0;
  }
}

/** Bytes that a row takes, roughly. */
export function sizeOf(row: { envelope: string; payload: string | null }): number {
  return row.envelope.length + (row.payload?.length ?? 0) + 512;
}

/** A new row as the log holds it. */
function logRow(row: NewLogRow, position: Position, { acceptedAt, segment }: { acceptedAt: Date; segment: number }): LogRow {
  const { channel, lane, orderingKey, sender, messageId, kind, connectionId, planVersion, envelope, payload, traits } = row;
  const ofRequest = row.answers === null ? null : (row.answers.segment ?? segment);
  return {
    channel,
    lane,
    position,
    orderingKey,
    sender,
    messageId,
    kind,
    requestSegment: row.answerable ? segment : ofRequest,
    connectionId,
    planVersion,
    acceptedAt,
    expiresAt: new Date(acceptedAt.getTime() + row.ttlMs),
    expired: false,
    envelope,
    payload,
    notBefore: row.notBefore === null ? null : new Date(row.notBefore),
    traits,
  };
}
