import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { BrokerSignals } from '../../database/broker-signals.js';
import { Database } from '../../database/database.js';
import { PROBE_SQL } from './log.queries.js';
import type { Position } from './log-row.js';

/** Where a waiting reader stands in one channel. */
export interface WaitingAt {
  channel: string;
  lane: number;
  after: Position;
}

/** A reader that waits for news of its channels. Made before the last look, so that nothing falls between look and wait. */
export interface Waiting {
  /** Resolves true on news, false when `ms` are over, the signal is aborted or the broker stops. */
  until(ms: number, at: readonly WaitingAt[], signal?: AbortSignal): Promise<boolean>;
  /** Gives the place up. */
  end(): void;
}

const SLOW_POLL_MS = 1_000;
/** The shortest time between two looks at the log on behalf of waiting readers, however many signals come in. */
const PROBE_SPACING_MS = 5;
/** Readers woken in one turn of the event loop: each then begins a claim. */
const WOKEN_AT_ONCE = 64;

class Waiter implements Waiting {
  at: readonly WaitingAt[] = [];
  private news = false;
  private notify?: (news: boolean) => void;

  constructor(
    readonly channels: ReadonlySet<string>,
    private readonly leave: (waiter: Waiter) => void,
  ) {}

  wake(news: boolean): void {
    this.news ||= news;
    this.notify?.(news);
  }

  async until(ms: number, at: readonly WaitingAt[], signal?: AbortSignal): Promise<boolean> {
    if (this.news || ms <= 0 || signal?.aborted === true) {
      const news = this.news;
      this.news = false;
      return news;
    }
    this.at = at;
    return new Promise((resolve) => {
      const done = (news: boolean): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abandon);
        this.notify = undefined;
        this.news = false;
        this.at = [];
        resolve(news);
      };
      const abandon = (): void => done(false);
      const timer = setTimeout(abandon, Math.min(ms, 2_147_483_647));
      signal?.addEventListener('abort', abandon, { once: true });
      this.notify = done;
    });
  }

  end(): void {
    this.leave(this);
  }
}

/**
 * Wakes readers. Commits of this process wake them from memory; after a signal from another broker, and once a second in case one was
 * lost, a single statement looks at the log on behalf of all that wait.
 */
@Injectable()
export class Wakeups implements BeforeApplicationShutdown {
  private readonly byChannel = new Map<string, Set<Waiter>>();
  private probing = false;
  private probeAgain = false;
  private stopped = false;

  constructor(
    private readonly database: Database,
    signals: BrokerSignals,
    tasks: BackgroundTasks,
  ) {
    signals.on('twinfed_message', () => {
      // Without the database nobody can look; the next look, a second later at most, tells of it.
      this.probe().catch(() => undefined);
    });
    tasks.every(SLOW_POLL_MS, 'wake readers', () => this.probe());
  }

  /** Enters a reader of these channels. */
  enter(channels: Iterable<string>): Waiting {
    const waiter = new Waiter(new Set(channels), (gone) => {
      this.remove(gone);
    });
    for (const channel of waiter.channels) {
      const waiters = this.byChannel.get(channel) ?? new Set();
      this.byChannel.set(channel, waiters.add(waiter));
    }
    if (this.stopped) waiter.wake(false);
    return waiter;
  }

  /** Wakes the readers of a channel; of many, some in each turn of the event loop, so that others are served in between. */
  wake(channel: string): void {
    wakeInTurns([...(this.byChannel.get(channel) ?? [])]);
  }

  /** Ends every wait: the broker stops. */
  release(): void {
    this.stopped = true;
    for (const waiters of this.byChannel.values()) for (const waiter of waiters) waiter.wake(false);
  }

  /** Whether the broker is stopping, so that waiting makes no sense. */
  get isReleased(): boolean {
    return this.stopped;
  }

  /** Waiting polls and streams end before the HTTP server waits for its last requests. */
  beforeApplicationShutdown(): void {
    this.release();
  }

  private remove(waiter: Waiter): void {
    for (const channel of waiter.channels) {
      const waiters = this.byChannel.get(channel);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.byChannel.delete(channel);
    }
  }

  private async probe(): Promise<void> {
    if (this.probing) {
      this.probeAgain = true;
      return;
    }
    this.probing = true;
    try {
      for (let again = true; again; again = this.probeAgain) {
        this.probeAgain = false;
        await this.probeOnce();
        await delay(PROBE_SPACING_MS, undefined, { ref: false });
      }
    } finally {
      this.probing = false;
    }
  }

  private async probeOnce(): Promise<void> {
    const places = new Map<string, WaitingAt>();
    for (const waiters of this.byChannel.values()) {
      for (const waiter of waiters) for (const at of waiter.at) places.set(`${at.channel}\n${at.lane}\n${at.after}`, at);
    }
    if (places.size === 0) return;
    const all = [...places.values()];
    const { rows } = await this.database.hot.query<{ channel: string }>({
      name: 'probe-channels',
      text: PROBE_SQL,
      values: [all.map((at) => at.channel), all.map((at) => at.lane), all.map((at) => at.after)],
    });
    for (const { channel } of rows) this.wake(channel);
  }
}

function wakeInTurns(waiters: readonly Waiter[]): void {
  for (const waiter of waiters.slice(0, WOKEN_AT_ONCE)) waiter.wake(true);
  if (waiters.length > WOKEN_AT_ONCE) setImmediate(wakeInTurns, waiters.slice(WOKEN_AT_ONCE));
}
