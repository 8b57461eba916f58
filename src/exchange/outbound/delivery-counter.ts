import type { SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import { FeedCounter } from '../binding/feed-counter.js';
import type { DeliveryFigures } from './endpoint.js';

const NO_DOCUMENT = { document: undefined };

/** Counts what is delivered to an endpoint, with the means of the feeds that come in, so that figures of both directions can be compared. */
export class DeliveryCounter {
  private readonly feed: FeedCounter;

  /** @param begun what was counted before; what it does not say is nothing */
  constructor(begun: Partial<DeliveryFigures>, now: () => number) {
    const { attempts: received = 0, delivered: taken = 0, failed: refused = 0, ...means } = begun;
    this.feed = new FeedCounter({ figures: { received, taken, refused, ...means }, refusals: [] }, now);
  }

  get figures(): DeliveryFigures {
    const { received, taken, refused, lastAt, latencyMs, errorRate } = this.feed.figures;
    return { attempts: received, delivered: taken, failed: refused, ...(lastAt === undefined ? {} : { lastAt }), latencyMs, errorRate };
  }

  /** Whether something was counted since the last time that this was asked. */
  takeChanged(): boolean {
    return this.feed.takeChanged();
  }

  /** What was to be written was not: it is still to be. */
  keepChanged(): void {
    this.feed.keepChanged();
  }

  /** An attempt has ended. @param ms from when it was handed to the protocol */
  tried(outcome: SendOutcome, ms: number): void {
    this.feed.came();
    if (outcome.kind === 'accepted') this.feed.ended(NO_DOCUMENT, { kind: 'taken', messageId: '', repeated: false }, ms);
    else this.feed.ended(NO_DOCUMENT, { kind: 'refused', code: outcome.kind, reason: outcome.reason }, ms);
  }
}
