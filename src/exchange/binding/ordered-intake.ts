import { setTimeout as delay } from 'node:timers/promises';
import type { SinkOutcome } from '../../adaptor/protocol/message-sink.js';

/** Tries to take one document; see `MessageSink.take`. */
export type Taking = (placed: () => void) => Promise<SinkOutcome>;

interface Lane {
  /** Resolves when the last document's place is sure. */
  placed: Promise<void>;
  /** Resolves when nothing of the last document is under way. */
  settled: Promise<unknown>;
}

/**
 * Takes documents in their order per key, many at once: one is begun when the place of the one before is sure, not when it is durable. What is to be tried
 * again holds back those of its key, and no others.
 */
export class OrderedIntake {
  private readonly lanes = new Map<string, Lane>();
  private readonly closing = new AbortController();
  private underWay = 0;
  private idle?: () => void;

  /** @param postponed told whenever a document is to be tried again */
  constructor(private readonly postponed: () => void) {}

  /** Documents that are being taken. */
  get size(): number {
    return this.underWay;
  }

  /** Tries until it is taken or refused; `later` only when this is closed meanwhile. */
  take(key: string, taking: Taking): Promise<SinkOutcome> {
    const before = this.lanes.get(key);
    let isPlaced = (): void => undefined;
    const placed = new Promise<void>((resolve) => (isPlaced = resolve));
    const settled = this.run(before, taking, isPlaced).finally(() => {
      isPlaced();
      if (this.lanes.get(key) === lane) this.lanes.delete(key);
      this.underWay -= 1;
      if (this.underWay === 0) this.idle?.();
    });
    const lane = { placed, settled };
    this.underWay += 1;
    this.lanes.set(key, lane);
    return settled;
  }

  /** Begins nothing any more, tries nothing again; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.closing.abort();
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private async run(before: Lane | undefined, taking: Taking, placed: () => void): Promise<SinkOutcome> {
    await before?.placed;
    for (;;) {
      if (this.closing.signal.aborted) return { kind: 'later', afterMs: 0 };
      const outcome = await taking(placed);
      if (outcome.kind !== 'later') return outcome;
      this.postponed();
      // Whatever was begun before must not end behind it.
      await before?.settled;
      await delay(outcome.afterMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }
}
