import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PlacedEvent } from '../../database/domain-events.js';
import { EVENT_BATCH, EventConsumers } from '../../database/event-consumers.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { WireCredentials } from '../wire-credential/wire-credentials.js';
import { BindingRepository } from './binding.repository.js';
import { NotificationAddresses } from './notification-addresses.js';

/** Forgets bindings, credentials and absences of a twin that was deregistered or handed over. Until then the feeds see that it is another's. */
@Injectable()
export class BindingEndings implements OnModuleInit {
  constructor(
    private readonly consumers: EventConsumers,
    private readonly bindings: BindingRepository,
    private readonly credentials: WireCredentials,
    private readonly addresses: NotificationAddresses,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.consumers.add({
      name: 'binding-endings',
      kinds: ['twin.deregistered', 'twin.transferred'],
      appetite: () => Promise.resolve(EVENT_BATCH),
      consume: (tx, events) => this.consume(tx, events),
    });
  }

  private async consume(tx: Transaction, events: readonly PlacedEvent[]): Promise<void> {
    for (const { subject, recordedAt } of events) {
      const ended = await this.bindings.deleteOfTwin(tx, subject, recordedAt);
      await this.credentials.forget(tx, subject, undefined, recordedAt);
      await this.addresses.forget(tx, subject, undefined, recordedAt);
      await tx.query('DELETE FROM twin_absence WHERE twin_id = $1 AND since <= $2', [subject, recordedAt]);
      for (const name of ended) tx.record({ kind: 'binding.changed', subject, data: { name } });
    }
  }
}
