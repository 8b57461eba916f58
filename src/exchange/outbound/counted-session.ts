import type { OutboundDelivery, OutboundSession, SendOutcome, Verification } from '../../adaptor/protocol/outbound-protocol.js';

/** Told of every attempt that ended. @param ms from when the message was handed to the protocol */
export type AttemptCount = (outcome: SendOutcome, ms: number) => void;

/** A session whose attempts to deliver are counted; not those that this broker itself gave up. */
export class CountedSession implements OutboundSession {
  constructor(
    private readonly session: OutboundSession,
    private readonly count: AttemptCount,
  ) {}

  verify(signal?: AbortSignal): Promise<Verification> {
    return this.session.verify(signal);
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const begun = performance.now();
    const outcome = await this.session.send(delivery, signal);
    if (signal?.aborted !== true) this.count(outcome, performance.now() - begun);
    return outcome;
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
