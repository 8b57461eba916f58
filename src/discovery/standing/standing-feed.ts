import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { DomainEvents } from '../../database/domain-events.js';
import { KeyedWaiters } from '../../database/keyed-waiters.js';
import { LogEpoch } from '../../database/log-epoch.js';
import { InvalidCursor } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import type { StandingNotification, StandingQuery } from './standing-query.js';
import { StandingQueryRepository } from './standing-query.repository.js';

/** A notification with the id by which reading resumes after it; without one, only the place that reading has reached. */
export interface StandingFeedItem {
  readonly id: string;
  readonly notification?: StandingNotification;
}

const BATCH = 200;
/** How often a reader without news is told its place, in milliseconds, so that the connection lives. */
const PLACE_MS = 15_000;
const PLACE = /^([0-9a-z]{1,16})-([0-9a-f]{8})-(\d{1,18})$/;

/** What a standing query tells, in order, read from any place that is kept. */
@Injectable()
export class StandingFeed implements BeforeApplicationShutdown {
  private readonly waiters = new KeyedWaiters();

  constructor(
    private readonly queries: StandingQueryRepository,
    private readonly epoch: LogEpoch,
    events: DomainEvents,
  ) {
    events.subscribe(['standing-query.notified'], ({ subject }) => {
      this.waiters.ring(subject);
    });
  }

  /**
   * The number after which to read: of this id, `oldest` for everything kept, undefined for what comes from now on.
   * @throws InvalidCursor for what is no place of this query; DomainError `expired` for one that is no longer kept
   */
  async placeAfter(query: StandingQuery, id: string | undefined): Promise<string> {
    const bounds = await this.queries.bounds(query.id);
    if (bounds === undefined || id === undefined) return bounds?.newest ?? '0';
    if (id === 'oldest') return bounds.before;
    const [, epoch, of, number] = PLACE.exec(id) ?? [];
    if (number === undefined || epoch !== this.epoch.value || of !== query.id.slice(0, 8) || BigInt(number) > BigInt(bounds.newest)) {
      throw new InvalidCursor('is not a place of this standing query');
    }
    if (BigInt(number) < BigInt(bounds.before)) {
      throw new DomainError('expired', 'The notifications after this one are no longer all kept: read the matches anew, then follow.');
    }
    return number;
  }

  /** One page: notifications after the number; an empty one after `waitMs` without any. */
  async page(
    query: StandingQuery,
    after: string,
    { limit, waitMs, signal }: { limit: number; waitMs: number; signal: AbortSignal },
  ): Promise<{ items: StandingFeedItem[]; next: string }> {
    const waiting = this.waiters.enter(query.id);
    try {
      let found = await this.queries.notifications(query.id, after, limit);
      if (found.length === 0 && waitMs > 0) {
        await waiting.until(waitMs, signal);
        found = await this.queries.notifications(query.id, after, limit);
      }
      const items = found.map((notification) => ({ id: this.idOf(query, notification.number), notification }));
      return { items, next: items.at(-1)?.id ?? this.idOf(query, after) };
    } finally {
      waiting.end();
    }
  }

  /** Everything after the number, until the signal is given or the query ends. */
  async *follow(query: StandingQuery, after: string, signal: AbortSignal): AsyncGenerator<StandingFeedItem, void, undefined> {
    let place = after;
    const waiting = this.waiters.enter(query.id);
    try {
      yield { id: this.idOf(query, place) };
      while (!signal.aborted && !this.waiters.isReleased) {
        const found = await this.queries.notifications(query.id, place, BATCH);
        for (const notification of found) {
          place = notification.number;
          yield { id: this.idOf(query, place), notification };
        }
        if (found.length > 0) continue;
        const since = Date.now();
        await waiting.until(PLACE_MS, signal);
        if (Date.now() - since < PLACE_MS) continue;
        if ((await this.queries.bounds(query.id)) === undefined) return;
        yield { id: this.idOf(query, place) };
      }
    } finally {
      waiting.end();
    }
  }

  beforeApplicationShutdown(): void {
    this.waiters.release();
  }

  private idOf(query: StandingQuery, number: string): string {
    return `${this.epoch.value}-${query.id.slice(0, 8)}-${number}`;
  }
}
