import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { StandingNotification, StandingQuery } from './standing-query.js';

/** Brings notifications to the inbox of a twin, committed with them. Declared here, implemented by the exchange. */
export interface StandingNotifier {
  tell(tx: Transaction, query: StandingQuery, notifications: readonly StandingNotification[]): void;
}

/** Where the exchange puts its notifier, as discovery cannot import the exchange. */
@Injectable()
export class StandingNotifierPort implements StandingNotifier {
  private notifier?: StandingNotifier;

  /** Called once, before the first request. */
  bind(notifier: StandingNotifier): void {
    this.notifier = notifier;
  }

  tell(tx: Transaction, query: StandingQuery, notifications: readonly StandingNotification[]): void {
    this.notifier?.tell(tx, query, notifications);
  }
}
