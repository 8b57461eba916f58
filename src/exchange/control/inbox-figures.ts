import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Counter, Gauge, type Metric } from 'prom-client';

/** Why messages were passed over without being delivered. */
export const PASSED_REASONS = ['dropped', 'coalesced', 'purged', 'expired', 'dead-lettered'] as const;
export type PassedReason = (typeof PASSED_REASONS)[number];

/** How much waited in an inbox when it was last counted. */
interface Seen {
  messages: number;
  /** When the oldest was accepted (epoch ms); infinite when nothing waits. */
  oldest: number;
}

const UNREGISTERED = { registers: [] };
const REMEMBERED = 1_000;
const REMEMBERED_MS = 60_000;

/**
 * Measurements of inboxes: totals and maxima, never by twin, so that the number of series stays what it is. Depths are those of inboxes that this broker counted
 * within the last minute: limited ones that messages came for, and those whose backlog was asked for.
 */
@Injectable()
export class InboxFigures {
  private readonly seen = new LRUCache<string, Seen>({ max: REMEMBERED, ttl: REMEMBERED_MS });
  private readonly passedOver = new Counter({
    name: 'twinfed_inbox_messages_passed_total',
    help: 'Messages passed over without delivery by this broker, by reason; one that was looked at twice may count twice.',
    labelNames: ['reason'] as const,
    ...UNREGISTERED,
  });
  private readonly refusals = new Counter({
    name: 'twinfed_inbox_full_refusals_total',
    help: 'Messages refused because the inbox of their receiver is full.',
    ...UNREGISTERED,
  });
  readonly all: readonly Metric[];

  constructor() {
    const seen = (): Seen[] => [...this.seen.values()];
    const waiting = new Gauge({
      name: 'twinfed_inbox_waiting_messages',
      help: 'Messages that wait in inboxes counted within the last minute: all together, and in the fullest.',
      labelNames: ['of'] as const,
      ...UNREGISTERED,
      collect() {
        const depths = seen().map(({ messages }) => messages);
        this.set(
          { of: 'total' },
          depths.reduce((sum, messages) => sum + messages, 0),
        );
        this.set({ of: 'fullest' }, Math.max(0, ...depths));
      },
    });
    const oldest = new Gauge({
      name: 'twinfed_inbox_oldest_waiting_seconds',
      help: 'Age of the oldest message that waits in inboxes counted within the last minute.',
      ...UNREGISTERED,
      collect() {
        const first = Math.min(...seen().map((each) => each.oldest));
        this.set(Number.isFinite(first) ? Math.max(0, (Date.now() - first) / 1_000) : 0);
      },
    });
    this.all = [this.passedOver, this.refusals, waiting, oldest];
  }

  /** Counts messages that were passed over. */
  passed(reason: PassedReason, messages: number): void {
    if (messages > 0) this.passedOver.inc({ reason }, messages);
  }

  /** Counts a message refused because its inbox is full. */
  refused(): void {
    this.refusals.inc();
  }

  /** Notes how much waits in an inbox. */
  counted(receiver: string, messages: number, oldest: number): void {
    this.seen.set(receiver, { messages, oldest });
  }
}
