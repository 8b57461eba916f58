import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { DomainEventKind, PlacedEvent } from '../../database/domain-events.js';
import { EVENT_BATCH, EventConsumers } from '../../database/event-consumers.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import { REGISTRY_EVENT_KINDS } from '../../registry/feed/registry-event.js';
import type { ObjectType } from '../../vocabulary/codes.js';
import { ADAPTOR_PARTY, type Envelope, type Party, REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { streamChannel } from '../log/log-row.js';
import { TransactionLog } from '../log/transaction-log.js';
import { newRow } from '../message/new-row.js';
import { RegistrySubscriptions } from './registry-subscriptions.js';
import { SubscriptionRepository } from './subscription.repository.js';

/** One NOTIFY that is due. */
export interface StatusNews {
  readonly channel: string;
  /** Unique among the news of the sender. */
  readonly messageId: string;
  readonly object: { readonly type: ObjectType; readonly id: string };
  readonly value: object;
}

const CHANGED: Partial<Record<DomainEventKind, { of: 'federation' | 'connection'; object: ObjectType }>> = {
  'federation.changed': { of: 'federation', object: 'federationStatus' },
  'connection.changed': { of: 'connection', object: 'communicationStatus' },
};
/** Most messages that one transaction appends. */
const MAX_ROWS = 5_000;

/**
 * Tells subscribers of statuses and registrations: turns domain events into NOTIFYs, on the stream of the thing they happened to or on that of a filtered
 * subscription. A durable consumer: each is told once, whatever broker is killed.
 */
@Injectable()
export class StatusProjector implements OnModuleInit {
  constructor(
    private readonly consumers: EventConsumers,
    private readonly subscriptions: SubscriptionRepository,
    private readonly registry: RegistrySubscriptions,
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.consumers.add({
      name: 'status-streams',
      kinds: [...(Object.keys(CHANGED) as DomainEventKind[]), ...REGISTRY_EVENT_KINDS],
      appetite: (tx) => this.appetite(tx),
      consume: (tx, events) => this.project(tx, events),
    });
  }

  private async appetite(tx: Transaction): Promise<number> {
    const { all, filtered } = await this.subscriptions.countOfStatuses(tx);
    return all === 0 ? 0 : Math.max(1, Math.min(EVENT_BATCH, Math.floor(MAX_ROWS / (filtered + 1))));
  }

  private async project(tx: Transaction, events: readonly PlacedEvent[]): Promise<void> {
    const read = await this.subscriptions.readChannels(tx, [...new Set(events.flatMap((event) => channelOf(event) ?? []))]);
    const filtered = await this.registry.all(tx);
    for (const event of events) {
      const channel = channelOf(event);
      if (channel !== undefined && read.has(channel)) {
        const news = CHANGED[event.kind] === undefined ? this.registry.newsOfTwin(event, channel) : newsOfStatus(event, channel);
        this.append(tx, event, news);
        for (const withdrawal of await this.registry.endOfSight(tx, event, channel)) this.append(tx, event, withdrawal);
      }
      for (const news of await this.registry.filteredNews(filtered, event)) this.append(tx, event, news);
    }
  }

  private append(tx: Transaction, event: PlacedEvent, { channel, messageId, object, value }: StatusNews): void {
    const sender: Party = CHANGED[event.kind] === undefined ? REGISTRY_PARTY : ADAPTOR_PARTY;
    const envelope: Envelope = {
      header: {
        messageId,
        version: CURRENT_VERSION,
        messageType: 'NOTIFICATION',
        sender,
        timestamp: event.recordedAt.toISOString(),
      },
      data: { action: 'NOTIFY', object },
    };
    const message = { envelope, payload: { text: JSON.stringify(value), value }, fingerprint: fingerprint(value), hasOwnId: false };
    const retentionMs = this.config.messageRetentionSeconds * 1_000;
    this.log.append(tx, newRow(message, { channel, retentionMs, isStream: channel.startsWith('stream ') }));
  }
}

function channelOf({ kind, subject }: PlacedEvent): string | undefined {
  const status = CHANGED[kind];
  return streamChannel(status?.of ?? 'twin', subject);
}

function newsOfStatus(event: PlacedEvent, channel: string): StatusNews {
  const object: ObjectType = CHANGED[event.kind]?.object ?? 'federationStatus';
  return {
    channel,
    messageId: `event-${event.position}`,
    object: { type: object, id: event.subject },
    value: { event: event.kind, ...event.data },
  };
}
