import { setTimeout as delay } from 'node:timers/promises';
import type { InboundListener } from '../inbound-protocol.js';
import type { Link } from './kept-link.js';
import { wireReason } from './wire-fault.js';

/** Between two tries: grows by doubling, with jitter, up to a bound. Milliseconds. */
export interface RedialTimes {
  readonly firstMs: number;
  readonly mostMs: number;
  /** A connection that stood this long begins the growing anew; a server that accepts and drops is not hammered. */
  readonly steadyMs: number;
}

export const REDIAL_TIMES: RedialTimes = { firstMs: 250, mostMs: 10_000, steadyMs: 5_000 };

/** A connection of a binding: made at once, made anew whenever it is over, until it is closed. */
export class StandingLink {
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  private link: Link | undefined;

  /** @param connect makes a connection that stands; `over` of it may resolve to the reason why it ended */
  constructor(
    private readonly connect: (signal: AbortSignal) => Promise<Link>,
    private readonly listener: Pick<InboundListener, 'changed'>,
    private readonly times: RedialTimes = REDIAL_TIMES,
  ) {
    this.running = this.run();
  }

  /** Aborted when the link is to be no more. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.link?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { firstMs, mostMs, steadyMs } = this.times;
    let failures = 0;
    while (!this.closing.signal.aborted) {
      this.listener.changed('connecting');
      const begun = performance.now();
      const reason = await this.stand();
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- closed meanwhile, maybe
      if (this.closing.signal.aborted) break;
      this.listener.changed('disconnected', reason);
      failures = performance.now() - begun >= steadyMs ? 0 : failures + 1;
      const waitMs = Math.min(firstMs * 2 ** Math.min(failures, 20), mostMs) * (0.5 + Math.random() / 2);
      await delay(waitMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  /** Resolves to why there is no connection, as soon as there is none. */
  private async stand(): Promise<string> {
    try {
      this.link = await this.connect(this.closing.signal);
    } catch (error) {
      return wireReason(error);
    }
    if (this.closing.signal.aborted) {
      await this.link.close();
      return 'the broker gave up';
    }
    this.listener.changed('connected');
    const reason = await this.link.over;
    this.link = undefined;
    return typeof reason === 'string' ? reason : 'the connection broke';
  }
}
