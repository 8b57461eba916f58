import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { StandingNotifier } from '../../discovery/standing/standing-notifier.js';
import type { StandingNotification, StandingQuery } from '../../discovery/standing/standing-query.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import { type Envelope, REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { TransactionLog } from '../log/transaction-log.js';
import { newRow } from '../message/new-row.js';

/** Brings what a standing query tells to the inbox that was named with it, as NOTIFYs of the registry. */
@Injectable()
export class StandingInboxNotifier implements StandingNotifier {
  constructor(
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  tell(tx: Transaction, query: StandingQuery, notifications: readonly StandingNotification[]): void {
    const { inbox } = query;
    if (inbox === null) return;
    for (const { number, reason, twin, toldAt } of notifications) {
      const envelope: Envelope = {
        header: {
          messageId: `standing-${query.id}-${number}`,
          version: CURRENT_VERSION,
          messageType: 'NOTIFICATION',
          sender: REGISTRY_PARTY,
          receiver: { id: inbox, role: 'DT' },
          timestamp: toldAt.toISOString(),
        },
        data: { action: 'NOTIFY', object: { type: 'digitalTwin', id: twin } },
      };
      const value = { standingQuery: query.name, reason, twin, toldAt: toldAt.toISOString() };
      const message = { envelope, payload: { text: JSON.stringify(value), value }, fingerprint: fingerprint(value), hasOwnId: false };
      this.log.append(tx, newRow(message, { channel: inbox, retentionMs: this.config.messageRetentionSeconds * 1_000 }));
    }
  }
}
