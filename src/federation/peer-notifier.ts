import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';

/** News from one twin to another, in the words of Y.4605-style messages (actions and objects: ours, grade P). */
export interface PeerNews {
  readonly from: TwinId;
  readonly to: TwinId;
  readonly action: 'CONNECT' | 'DISCONNECT' | 'ACCEPT' | 'REJECT' | 'UPDATE';
  readonly object: { readonly type: 'federation' | 'connection'; readonly id: string };
  /** The object in its wire form. */
  readonly payload: object;
}

/**
 * Brings news to a peer's inbox, committed with the change it tells. Declared here, implemented by the exchange, which decides whether a
 * message is due: when the change came by a message, that message itself is the news.
 */
export interface PeerNotifier {
  tell(tx: Transaction, news: PeerNews): Promise<void>;
}

/** Where the composition root puts the exchange's notifier, as federations cannot import the exchange. */
@Injectable()
export class PeerNotifierPort implements PeerNotifier {
  private notifier?: PeerNotifier;

  /** Called once, before the first request. */
  bind(notifier: PeerNotifier): void {
    this.notifier = notifier;
  }

  async tell(tx: Transaction, news: PeerNews): Promise<void> {
    if (this.notifier === undefined) throw new Error('No peer notifier is bound to the federation module.');
    await this.notifier.tell(tx, news);
  }
}

/** Injection token of {@link PeerNotifier}: the port, bound in the composition root. */
export const PEER_NOTIFIER = Symbol('PEER_NOTIFIER');
