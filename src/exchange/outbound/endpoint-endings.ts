import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PlacedEvent } from '../../database/domain-events.js';
import { EVENT_BATCH, EventConsumers } from '../../database/event-consumers.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { DELETE_OLD_KEYS_SQL } from './endpoint.queries.js';
import { EndpointRepository } from './endpoint.repository.js';

/** Forgets the endpoint and the keys of a twin that was deregistered or handed over. Until then {@link EndpointOwnership} sees that nothing is delivered. */
@Injectable()
export class EndpointEndings implements OnModuleInit {
  constructor(
    private readonly consumers: EventConsumers,
    private readonly endpoints: EndpointRepository,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.consumers.add({
      name: 'outbound-endings',
      kinds: ['twin.deregistered', 'twin.transferred'],
      appetite: () => Promise.resolve(EVENT_BATCH),
      consume: (tx, events) => this.consume(tx, events),
    });
  }

  private async consume(tx: Transaction, events: readonly PlacedEvent[]): Promise<void> {
    for (const { subject, recordedAt } of events) {
      const ended = await this.endpoints.delete(tx, subject, recordedAt);
      await tx.query(DELETE_OLD_KEYS_SQL, [subject, recordedAt]);
      if (ended) tx.record({ kind: 'delivery.changed', subject, data: {} });
    }
  }
}
