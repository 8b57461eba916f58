import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { TwinId } from '../../kernel/ids.js';
import { Wakeups } from '../log/wakeups.js';
import { SubscriptionRepository } from '../subscription/subscription.repository.js';
import { sourceTerms } from '../subscription/terms/subscription-terms.js';
import { ownSources, type Source } from './source.js';

const CACHED = 20_000;

/** The sources that an inbox reads: its own lanes and its subscriptions. Remembered until a subscription changes. */
@Injectable()
export class SourceDirectory {
  private readonly known = new LRUCache<string, readonly Source[]>({ max: CACHED });

  constructor(
    private readonly subscriptions: SubscriptionRepository,
    private readonly database: Database,
    wakeups: Wakeups,
    events: DomainEvents,
  ) {
    events.subscribe(['subscription.changed'], (event) => {
      this.known.delete(event.subject);
      // Whoever waits for this inbox waits for the wrong channels.
      wakeups.wake(event.subject);
    });
  }

  /** The sources of a receiver's inbox, own lanes first. */
  async of(receiver: TwinId): Promise<readonly Source[]> {
    const sources = this.known.get(receiver) ?? (await this.load(receiver));
    const now = this.database.clock.now();
    return sources.some(({ until }) => until !== undefined && until <= now)
      ? sources.filter(({ until }) => until === undefined || until > now)
      : sources;
  }

  private async load(receiver: TwinId): Promise<readonly Source[]> {
    const subscriptions = await this.subscriptions.listOpen(receiver);
    const sources = [
      ...ownSources(receiver),
      ...subscriptions.map((subscription) => ({
        key: subscription.id,
        channel: subscription.channel,
        lane: 1,
        priority: subscription.lane,
        start: subscription.startPosition,
        subscriptionId: subscription.id,
        connectionId: subscription.connectionId ?? undefined,
        until: subscription.expiresAt?.getTime(),
        terms: sourceTerms(subscription.terms),
        lastValueAt: subscription.lastValuePosition ?? undefined,
      })),
    ];
    this.known.set(receiver, sources);
    return sources;
  }
}
