import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { PeerNews, PeerNotifier } from '../../federation/peer-notifier.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { TransactionLog } from '../log/transaction-log.js';
import { newRow } from '../message/new-row.js';
import { SpokenTransactions } from './spoken-transactions.js';

/** Brings news of federations and connections to the peer's inbox, as the message that the other twin would have sent. */
@Injectable()
export class InboxPeerNotifier implements PeerNotifier {
  constructor(
    private readonly spoken: SpokenTransactions,
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  tell(tx: Transaction, news: PeerNews): Promise<void> {
    if (!this.spoken.isToldBy(tx, news.to)) this.append(tx, news);
    return Promise.resolve();
  }

  private append(tx: Transaction, { from, to, action, object, payload }: PeerNews): void {
    const envelope: Envelope = {
      header: {
        messageId: randomUUID(),
        version: CURRENT_VERSION,
        messageType: 'REQUEST',
        sender: { id: from, role: 'DT' },
        receiver: { id: to, role: 'DT' },
        ...this.spoken.causeOf(tx),
        timestamp: new Date().toISOString(),
        lane: 'normal',
      },
      data: { action, object: { type: object.type, id: object.id } },
    };
    const text = JSON.stringify(payload);
    const message = { envelope, payload: { text, value: payload }, fingerprint: fingerprint(envelope), hasOwnId: false };
    this.log.append(tx, newRow(message, { channel: to, retentionMs: this.config.messageRetentionSeconds * 1_000 }));
  }
}
