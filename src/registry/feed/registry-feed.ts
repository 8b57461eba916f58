import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { DomainEvents, EVENT_COLUMNS, type PlacedEvent } from '../../database/domain-events.js';
import { LogEpoch } from '../../database/log-epoch.js';
import { POSITION_BITS } from '../../database/segment-ddl.js';
import { InvalidCursor } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { ReaderCircles } from './reader-circles.js';
import { REGISTRY_EVENT_KINDS, type RegistryEvent, type RegistryEventFilter, registryEvent } from './registry-event.js';

/** An event with the id by which reading resumes after it; without an event, only the place that reading has reached. */
export interface FeedItem {
  readonly id: string;
  readonly event?: RegistryEvent;
}

interface Kept {
  readonly place: bigint;
  readonly event: PlacedEvent;
}

/** Events that a reader takes at a time. */
const BATCH = 200;
/** Events kept in memory for readers that are up to date. */
const KEPT = 2_000;
/** A reader whose filter lets little through is told its place this often, in milliseconds: the connection lives, and the place stays young. */
const PLACE_MS = 15_000;
const PLACE = /^([0-9a-z]{1,16})-(\d{1,19})$/;

/**
 * The change feed of the registry, in commit order, made of the domain events. Readers that are up to date share one tail in memory; the others, and
 * those that write slowly, read the table until they are.
 */
@Injectable()
export class RegistryFeed implements BeforeApplicationShutdown {
  private readonly tail: Kept[] = [];
  /** Everything after this position, up to the place of DomainEvents, is in the tail. */
  private tailStart?: bigint;
  private waiting = new Set<() => void>();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly events: DomainEvents,
    private readonly epoch: LogEpoch,
    private readonly circles: ReaderCircles,
  ) {
    events.follow((batch) => {
      this.keep(batch);
    });
  }

  /**
   * The place from which to read: after the event of this id, `oldest` for everything retained, undefined for what comes from now on.
   * @throws InvalidCursor for what is no place of this feed; DomainError `expired` for one that is no longer retained
   */
  async placeAfter(id: string | undefined): Promise<bigint> {
    const [bounds] = await this.database.query<{ oldest: number | null; newest: string | null }>(
      `SELECT (SELECT min(id) FROM segment WHERE family = 'event') AS oldest, (SELECT max(position) FROM domain_event) AS newest`,
    );
    // A segment's first position is its number, shifted: everything retained lies after the one before.
    const start = (BigInt(bounds?.oldest ?? 0) << POSITION_BITS) - 1n;
    const newest = BigInt(bounds?.newest ?? 0);
    if (id === undefined) return newest > start ? newest : start;
    if (id === 'oldest') return start;
    const [, epoch, position] = PLACE.exec(id) ?? [];
    if (epoch === undefined || position === undefined) throw new InvalidCursor('is not a place of this feed');
    if (epoch !== this.epoch.value)
      throw new InvalidCursor('is from before the database was restored from a backup: read the registry anew');
    const place = BigInt(position);
    if (place > newest && place > start) throw new InvalidCursor('is not a place of this feed');
    if (place < start) {
      throw new DomainError(
        'expired',
        'The events after this one are no longer all retained: read the registry anew, then follow from "oldest".',
      );
    }
    return place;
  }

  /** One page: events after the place, and the place to go on from; an empty page after `waitMs` without any. */
  async page(
    principal: Principal,
    filter: RegistryEventFilter,
    after: bigint,
    { limit, waitMs, signal }: { limit: number; waitMs: number; signal: AbortSignal },
  ): Promise<{ items: FeedItem[]; next: string }> {
    const deadline = Date.now() + waitMs;
    const items: FeedItem[] = [];
    let looked = false;
    for (let place = after; ;) {
      const { events, reached } = await this.after(place);
      for (const each of events) {
        if (items.length === limit) return { items, next: this.idOf(place) };
        place = each.place;
        const event = registryEvent(each.event, await this.circles.readerOf(principal), filter);
        if (event) items.push({ id: this.idOf(place), event });
      }
      place = reached;
      if (this.hasAfter(place)) continue;
      if (items.length === 0 && !looked) {
        // Whoever changed a twin and asks at once finds the event: what is committed by now is looked up before the answer is "nothing".
        looked = true;
        await this.events.readNew();
        continue;
      }
      const left = deadline - Date.now();
      if (items.length > 0 || left <= 0 || this.isOver(signal)) return { items, next: this.idOf(place) };
      await this.news(left, signal);
    }
  }

  /** Everything after the place, for as long as the signal is not given. */
  async *follow(
    principal: Principal,
    filter: RegistryEventFilter,
    after: bigint,
    signal: AbortSignal,
  ): AsyncGenerator<FeedItem, void, undefined> {
    let told = Date.now();
    yield { id: this.idOf(after) };
    for (let place = after; !this.isOver(signal);) {
      const { events, reached } = await this.after(place);
      for (const each of events) {
        place = each.place;
        const event = registryEvent(each.event, await this.circles.readerOf(principal), filter);
        if (!event) continue;
        told = Date.now();
        yield { id: this.idOf(place), event };
      }
      place = reached;
      if (Date.now() - told >= PLACE_MS) {
        told = Date.now();
        yield { id: this.idOf(place) };
      }
      if (!this.hasAfter(place)) await this.news(PLACE_MS, signal);
    }
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    for (const wake of [...this.waiting]) wake();
  }

  private idOf(place: bigint): string {
    return `${this.epoch.value}-${place}`;
  }

  private isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.stopped;
  }

  /**
   * Up to a batch of events, and how far they reach: every event up to there was looked at. From memory when that goes back far enough; otherwise
   * rides domain_event_pkey.
   */
  private async after(place: bigint): Promise<{ events: readonly Kept[]; reached: bigint }> {
    const start = (this.tailStart ??= BigInt(this.events.place));
    if (place >= start) {
      let first = this.tail.length;
      while (first > 0 && (this.tail[first - 1]?.place ?? 0n) > place) first -= 1;
      const events = this.tail.slice(first, first + BATCH);
      return { events, reached: events.at(-1)?.place ?? place };
    }
    const found = await this.database.query<PlacedEvent>(
      `SELECT ${EVENT_COLUMNS} FROM domain_event WHERE position > $1 AND kind = ANY ($2::text[]) ORDER BY position LIMIT ${BATCH}`,
      [place.toString(), REGISTRY_EVENT_KINDS],
    );
    const events = found.map((event) => ({ place: BigInt(event.position), event }));
    const last = events.at(-1)?.place ?? place;
    // Where the tail began when the statement was sent, everything before was committed.
    return { events, reached: events.length < BATCH && start > last ? start : last };
  }

  private hasAfter(place: bigint): boolean {
    return this.tailStart === undefined || place < this.tailStart || (this.tail.at(-1)?.place ?? 0n) > place;
  }

  private keep(batch: readonly PlacedEvent[]): void {
    this.tailStart ??= BigInt(this.events.place);
    this.tail.push(...batch.map((event) => ({ place: BigInt(event.position), event })));
    if (this.tail.length > KEPT) {
      const dropped = this.tail.splice(0, this.tail.length - KEPT / 2);
      this.tailStart = dropped.at(-1)?.place ?? this.tailStart;
    }
    const woken = this.waiting;
    this.waiting = new Set();
    for (const wake of woken) wake();
  }

  /** Until there are new events, `ms` are over, or reading is. */
  private async news(ms: number, signal: AbortSignal): Promise<void> {
    if (this.isOver(signal)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }
}
