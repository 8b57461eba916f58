import { setTimeout as delay } from 'node:timers/promises';
import { wordsOf } from './no-answer.js';
import type { InboundListener } from './inbound-protocol.js';

/** Between two attempts to connect, in milliseconds: at first, doubling to at most; ± 20 %. */
export const RECONNECT_MS = { first: 250, most: 30_000 } as const;

/** What an attempt is given. */
export interface Attempt {
  /** Aborted when the session closes. */
  readonly signal: AbortSignal;
  /** To be called when the connection stands; with what is worth saying of it, in words. */
  readonly stands: (remark?: string) => void;
}

/** Why a connection ended, in words, and for how long the other side wants to be left alone. */
export class ConnectionOver extends Error {
  override readonly name = 'ConnectionOver';

  constructor(
    readonly reason: string,
    readonly afterMs?: number,
  ) {
    super(reason);
  }
}

/** Connects again and again, telling the listener, until it is closed. */
export class Reconnecting {
  private readonly closing = new AbortController();
  private readonly done: Promise<void>;

  /** @param connect one connection, from the look-up of the name to its end; rejects with why it ended */
  constructor(
    private readonly listener: Pick<InboundListener, 'changed'>,
    private readonly connect: (attempt: Attempt) => Promise<void>,
  ) {
    this.done = this.run();
  }

  /** Ends the connection; resolves when it is over. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    const isClosed = (): boolean => signal.aborted;
    let failures = 0;
    while (!isClosed()) {
      this.listener.changed('connecting');
      let over: unknown;
      try {
        await this.connect({
          signal,
          stands: (remark) => {
            failures = 0;
            this.listener.changed('connected', remark);
          },
        });
      } catch (error) {
        over = error;
      }
      if (isClosed()) return;
      this.listener.changed('disconnected', over instanceof ConnectionOver ? over.reason : wordsOf(over));
      const grown = Math.min(RECONNECT_MS.first * 2 ** Math.min(failures, 20), RECONNECT_MS.most) * (0.8 + 0.4 * Math.random());
      failures += 1;
      const asked = over instanceof ConnectionOver ? (over.afterMs ?? 0) : 0;
      await delay(Math.max(grown, asked), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
