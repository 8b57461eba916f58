import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { PeerNews, PeerNotifier } from '../../federation/peer-notifier.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { MessageLinks } from '../history/message-links.js';
import { TransactionLog } from '../log/transaction-log.js';
import { newRow } from '../message/new-row.js';
import { SpokenTransactions } from './spoken-transactions.js';

/** Brings news of federations and connections to the peer's inbox, as the message that the other twin would have sent. */
@Injectable()
export class InboxPeerNotifier implements PeerNotifier {
  constructor(
    private readonly spoken: SpokenTransactions,
    private readonly links: MessageLinks,
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  async tell(tx: Transaction, news: PeerNews): Promise<void> {
    if (!this.spoken.isToldBy(tx, news.to)) await this.append(tx, news);
  }

  private async append(tx: Transaction, { from, to, action, object, payload }: PeerNews): Promise<void> {
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
    const { messageId, causationId } = envelope.header;
    if (causationId !== undefined) await this.links.noteIn(tx, { cause: causationId, sender: from, messageId, kind: 'cause' });
    const text = JSON.stringify(payload);
    const message = { envelope, payload: { text, value: payload }, fingerprint: fingerprint(envelope), hasOwnId: false };
    this.log.append(tx, newRow(message, { channel: to, retentionMs: this.config.messageRetentionSeconds * 1_000 }));
  }
}
