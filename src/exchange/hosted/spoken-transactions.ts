import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';

/** Remembers for which peer a transaction's own message is the news, so that the peer is not told twice. */
@Injectable()
export class SpokenTransactions {
  private readonly peers = new WeakMap<Transaction, TwinId>();

  /** The message that causes this transaction goes to `peer` itself. */
  mark(tx: Transaction, peer: TwinId): void {
    this.peers.set(tx, peer);
  }

  /** Whether the peer hears of the change by the message that caused it. */
  isToldBy(tx: Transaction, peer: TwinId): boolean {
    return this.peers.get(tx) === peer;
  }
}
