import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { TwinId } from '../../kernel/ids.js';
import { Inboxes } from '../inbox/inboxes.js';
import { InboxFigures } from './inbox-figures.js';
import { InboxOverflow } from './inbox-overflow.js';
import type { InboxSettings } from './inbox-settings.js';
import { Pending } from './pending.js';

/** How much waits in a limited inbox, as far as this broker knows. */
export interface KnownDepth {
  messages: number;
  bytes: number;
}

interface Entry extends KnownDepth {
  /** When it is to be counted again, by the process's own clock. */
  dueAt: number;
  counting?: Promise<void>;
}

/** Counted at most this often, and never for more than a twentieth of the time. */
const REFRESH_MS = 1_000;
const COUNTING_SHARE = 20;
const COUNTED_BEYOND = 1_000;
const CACHED = 20_000;

/**
 * How much waits in limited inboxes: counted from the log at most once a second and only while messages come, between counts what this broker
 * accepted is added. So several brokers may together let a second's worth too much in.
 */
@Injectable()
export class InboxDepths {
  private readonly known = new LRUCache<TwinId, Entry>({ max: CACHED });

  constructor(
    private readonly inboxes: Inboxes,
    private readonly pending: Pending,
    private readonly overflow: InboxOverflow,
    private readonly figures: InboxFigures,
    private readonly database: Database,
    events: DomainEvents,
  ) {
    events.subscribe(['inbox.changed'], ({ subject }) => {
      this.known.delete(subject as TwinId);
    });
  }

  /** How much waits; {@link KnownDepth} is to be added to when a message is let in. */
  async of(receiver: TwinId, settings: InboxSettings): Promise<KnownDepth> {
    const entry = this.known.get(receiver) ?? { messages: 0, bytes: 0, dueAt: 0 };
    this.known.set(receiver, entry);
    if (performance.now() >= entry.dueAt) {
      entry.counting ??= this.count(receiver, settings, entry).finally(() => {
        entry.counting = undefined;
      });
    }
    if (entry.counting !== undefined) await entry.counting;
    return entry;
  }

  /** Counts again with the next message. */
  forget(receiver: TwinId): void {
    this.known.delete(receiver);
  }

  private async count(receiver: TwinId, settings: InboxSettings, entry: Entry): Promise<void> {
    const started = performance.now();
    let depth = await this.measure(receiver, settings);
    if (this.isOver(depth, settings)) {
      if (settings.overflow === 'dropOldest' || settings.limits.maxAgeSeconds !== undefined)
        await this.overflow.passOver(receiver, settings);
      if (settings.overflow === 'coalesceLatest') await this.overflow.coalesce(receiver);
      depth = await this.measure(receiver, settings);
    }
    this.figures.counted(receiver, depth.messages, depth.oldest);
    const now = performance.now();
    const { messages, bytes } = depth;
    Object.assign(entry, { messages, bytes }, { dueAt: now + Math.max(REFRESH_MS, (now - started) * COUNTING_SHARE) });
  }

  private async measure(receiver: TwinId, { limits }: InboxSettings): Promise<KnownDepth & { oldest: number }> {
    const state = await this.inboxes.read(receiver);
    const cap = limits.maxMessages === undefined ? Number.MAX_SAFE_INTEGER : limits.maxMessages + COUNTED_BEYOND;
    const depths = await this.pending.measure(receiver, state, cap);
    return {
      messages: depths.reduce((sum, { messages }) => sum + messages, 0),
      bytes: depths.reduce((sum, { bytes }) => sum + bytes, 0),
      oldest: Math.min(...depths.map(({ oldest }) => oldest?.getTime() ?? Number.POSITIVE_INFINITY)),
    };
  }

  private isOver({ messages, bytes, oldest }: KnownDepth & { oldest: number }, { limits }: InboxSettings): boolean {
    const { maxMessages, maxBytes, maxAgeSeconds } = limits;
    return (
      (maxMessages !== undefined && messages > maxMessages) ||
      (maxBytes !== undefined && bytes > maxBytes) ||
      (maxAgeSeconds !== undefined && oldest < this.database.clock.now() - maxAgeSeconds * 1_000)
    );
  }
}
