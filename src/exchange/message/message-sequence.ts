import type { Principal } from '../../security/principal.js';
import type { AcceptanceService, Receipt } from './acceptance.service.js';

/**
 * Messages that come one after the other from one caller, without end. Each is checked and handed to the log after the one before it; their commits
 * overlap. Where an array would be refused for want of room, a sequence waits: a refusal would let later messages overtake.
 */
export class MessageSequence {
  private open = 0;
  private idle: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(private readonly acceptance: AcceptanceService) {}

  /** Resolves once the message is handed to the log, or refused, so that the next may begin. What became of it is told by `receipt`, which may reject. */
  async begin(principal: Principal, text: string, traceparent?: string): Promise<{ receipt: Promise<Receipt> }> {
    try {
      const { receipt } = await this.acceptance.begin(principal, text, this.settled(), traceparent, true);
      this.began();
      return { receipt: receipt.finally(() => this.ended()) };
    } catch (error) {
      const receipt = Promise.reject<Receipt>(error instanceof Error ? error : new Error(String(error)));
      // Whoever looks at it does so after this turn.
      receipt.catch(() => undefined);
      return { receipt };
    }
  }

  /** Resolves when everything begun so far has its outcome. */
  settled(): Promise<void> {
    return this.idle?.promise ?? Promise.resolve();
  }

  private began(): void {
    this.open += 1;
    if (this.idle !== undefined) return;
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.idle = { promise, resolve };
  }

  private ended(): void {
    this.open -= 1;
    if (this.open > 0) return;
    this.idle?.resolve();
    this.idle = undefined;
  }
}
