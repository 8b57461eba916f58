import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { MessageHeader } from '../../vocabulary/envelope.js';

/** What a message of the broker says of the message that caused it. */
export type Cause = Pick<MessageHeader, 'causationId' | 'traceparent'>;

/**
 * Remembers the message that a transaction carries out: for which peer it is the news, so that the peer is not told twice, and what others who
 * hear of the change are told of its cause.
 */
@Injectable()
export class SpokenTransactions {
  private readonly peers = new WeakMap<Transaction, TwinId>();
  private readonly causes = new WeakMap<Transaction, Cause>();

  /** The message that causes this transaction goes to `peer` itself. */
  mark(tx: Transaction, peer: TwinId): void {
    this.peers.set(tx, peer);
  }

  /** Whether the peer hears of the change by the message that caused it. */
  isToldBy(tx: Transaction, peer: TwinId): boolean {
    return this.peers.get(tx) === peer;
  }

  /** The transaction carries out the REQUEST of this header. */
  begin(tx: Transaction, { messageId, traceparent }: MessageHeader): void {
    this.causes.set(tx, { causationId: messageId, ...(traceparent === undefined ? {} : { traceparent }) });
  }

  /** What a message that tells of the transaction says of its cause; nothing when no message caused it. */
  causeOf(tx: Transaction): Cause {
    return this.causes.get(tx) ?? {};
  }
}
