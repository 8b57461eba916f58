import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { PlacedEvent } from '../../database/domain-events.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { ReaderCircles } from '../../registry/feed/reader-circles.js';
import { type Reader, type RegistryEvent, type RegistryEventFilter, registryEvent } from '../../registry/feed/registry-event.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { streamChannel } from '../log/log-row.js';
import type { StatusNews } from './status-projector.js';
import { type Subscription, SubscriptionRepository } from './subscription.repository.js';

/** Whoever reads the stream of one twin shares its rows: they tell what everyone who sees the twin may know. */
const EVERYONE: Reader = { principal: { kind: 'operator', subject: 'registry' }, circles: new Set() };

/** Subscriptions to the registry: to one twin, whose stream all its subscribers share, or to a filtered part of the change feed, one stream each. */
@Injectable()
export class RegistrySubscriptions {
  constructor(
    private readonly subscriptions: SubscriptionRepository,
    private readonly twins: TwinDirectory,
    private readonly circles: ReaderCircles,
  ) {}

  /** The open filtered ones. */
  all(tx: Transaction): Promise<Subscription[]> {
    return this.subscriptions.listFiltered(tx);
  }

  /** News of a twin for those who subscribed to it by name. */
  newsOfTwin(event: PlacedEvent, channel: string): StatusNews {
    return newsOf(event, registryEvent(event, EVERYONE, {}), channel, '');
  }

  /** News for each filtered subscription whose subscriber could see the twin and asked for such an event. */
  async filteredNews(subscriptions: readonly Subscription[], event: PlacedEvent): Promise<StatusNews[]> {
    const due: StatusNews[] = [];
    for (const { id, subscriber, channel, filter } of subscriptions) {
      const reader = await this.readerOf(subscriber);
      const told = reader && registryEvent(event, reader, filter ?? {});
      if (told) due.push(newsOf(event, told, channel, `-${hash('sha256', `${subscriber} ${id}`).slice(0, 24)}`));
    }
    return due;
  }

  /** Ends the subscriptions of those who no longer see the twin since this event, and tells them so in their inbox. */
  async endOfSight(tx: Transaction, event: PlacedEvent, channel: string): Promise<StatusNews[]> {
    if (event.data['previousAccess'] === undefined && event.kind !== 'twin.transferred') return [];
    const due: StatusNews[] = [];
    for (const { id, subscriber } of await this.subscriptions.onChannel(tx, channel)) {
      const reader = await this.readerOf(subscriber);
      const told = reader && registryEvent(event, reader, {});
      if (told && told.type !== 'twinWithdrawn') continue;
      await this.subscriptions.delete(tx, subscriber, id);
      tx.record({ kind: 'subscription.changed', subject: subscriber, data: { id, state: 'ENDED' } });
      if (told) due.push(newsOf(event, told, subscriber, `-${hash('sha256', `${subscriber} ${id}`).slice(0, 24)}`));
    }
    return due;
  }

  /** Ends subscriptions to single twins, by this one and to this one, where it no longer shares what let the subscriber see the twin. */
  async endOfCompany(tx: Transaction, twin: TwinId): Promise<void> {
    const mine = (await this.subscriptions.listOpen(twin)).filter(({ channel }) => channel.startsWith(streamChannel('twin', '')));
    for (const { id, subscriber, provider } of [...mine, ...(await this.subscriptions.onChannel(tx, streamChannel('twin', twin)))]) {
      const reader = await this.readerOf(subscriber);
      if (reader && (await this.twins.isVisible(reader.principal, parseTwinId(provider)))) continue;
      await this.subscriptions.delete(tx, subscriber, id);
      tx.record({ kind: 'subscription.changed', subject: subscriber, data: { id, state: 'ENDED' } });
    }
  }

  private async readerOf(subscriber: TwinId): Promise<Reader | undefined> {
    const twin = await this.twins.find(subscriber);
    return twin && this.circles.readerOf({ kind: 'twin', twin: subscriber, organization: twin.owner, subject: subscriber });
  }
}

/** The stream of a filtered subscription: one for each subscriber and filter. */
export function filteredChannel(subscriber: TwinId, filter: RegistryEventFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return `stream registry ${subscriber} ${hash('sha256', JSON.stringify(given.toSorted(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 32)}`;
}

function newsOf(event: PlacedEvent, told: RegistryEvent | undefined, channel: string, suffix: string): StatusNews {
  return {
    channel,
    messageId: `event-${event.position}${suffix}`,
    object: { type: 'digitalTwin', id: event.subject },
    value: told ?? { twin: event.subject },
  };
}
