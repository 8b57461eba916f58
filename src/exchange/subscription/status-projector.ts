import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { type DomainEvent, type DomainEventKind, DomainEvents } from '../../database/domain-events.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import { ADAPTOR_PARTY, type Envelope, REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import type { ObjectType } from '../../vocabulary/codes.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { streamChannel } from '../log/log-row.js';
import { LogWriter } from '../log/log-writer.js';
import { newRow } from '../message/new-row.js';
import { SubscriptionRepository } from './subscription.repository.js';

interface Stream {
  of: 'federation' | 'connection' | 'twin';
  object: ObjectType;
}

const STREAMS: Partial<Record<DomainEventKind, Stream>> = {
  'federation.changed': { of: 'federation', object: 'federationStatus' },
  'connection.changed': { of: 'connection', object: 'communicationStatus' },
  'twin.registered': { of: 'twin', object: 'digitalTwin' },
  'twin.updated': { of: 'twin', object: 'digitalTwin' },
  'twin.deregistered': { of: 'twin', object: 'digitalTwin' },
  'twin.status-changed': { of: 'twin', object: 'digitalTwin' },
};

/**
 * Tells subscribers of statuses and registrations: turns domain events into NOTIFYs on the stream of the thing they happened to, if anybody reads
 * it. Every broker does so, under a message id that is the event's position, so that each is stored once.
 */
@Injectable()
export class StatusProjector implements OnModuleInit {
  constructor(
    private readonly events: DomainEvents,
    private readonly subscriptions: SubscriptionRepository,
    private readonly writer: LogWriter,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(Object.keys(STREAMS) as DomainEventKind[], (event) => this.project(event));
  }

  private async project(event: DomainEvent): Promise<void> {
    const stream = STREAMS[event.kind];
    // Told locally an event has no position yet; it comes again with one.
    if (stream === undefined || event.position === undefined) return;
    const channel = streamChannel(stream.of, event.subject);
    if (!(await this.subscriptions.isRead(channel))) return;
    const sender = stream.of === 'twin' ? REGISTRY_PARTY : ADAPTOR_PARTY;
    const envelope: Envelope = {
      header: {
        messageId: `event-${event.position}`,
        version: CURRENT_VERSION,
        messageType: 'NOTIFICATION',
        sender,
        timestamp: new Date().toISOString(),
      },
      data: { action: 'NOTIFY', object: { type: stream.object, id: event.subject } },
    };
    const value = { event: event.kind, ...event.data };
    const message = { envelope, payload: { text: JSON.stringify(value), value }, fingerprint: fingerprint(value), hasOwnId: false };
    await this.writer.append(newRow(message, { channel, retentionMs: this.config.messageRetentionSeconds * 1_000, isStream: true }));
  }
}
