import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import type { DomainEventKind, PlacedEvent } from '../../database/domain-events.js';
import { EVENT_BATCH, EventConsumers } from '../../database/event-consumers.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { StandingEvaluator } from './standing-evaluator.js';
import { StandingQueryRepository } from './standing-query.repository.js';

/** Its name among the durable consumers. */
export const STANDING_CONSUMER = 'standing-queries';
/** How long notifications are kept, in days. */
export const NOTIFICATION_DAYS = 7;
const FORGET_MS = 60_000;
const FORGET_BATCH = 5_000;
const KINDS: readonly DomainEventKind[] = [
  'twin.registered',
  'twin.updated',
  'twin.deregistered',
  'twin.status-changed',
  'twin.transferred',
  'member.changed',
  'federation.changed',
  'term.changed',
  'organization.changed',
];

/** Feeds the change of the registry to the standing queries: one broker at a time, each change once, from a place kept in the database. */
@Injectable()
export class StandingConsumer implements OnModuleInit {
  constructor(
    private readonly consumers: EventConsumers,
    private readonly evaluator: StandingEvaluator,
    private readonly queries: StandingQueryRepository,
    private readonly uow: UnitOfWork,
    private readonly tasks: BackgroundTasks,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.consumers.add({
      name: STANDING_CONSUMER,
      kinds: KINDS,
      appetite: async (tx) => ((await this.queries.hasAny(tx)) ? EVENT_BATCH : 0),
      consume: (tx, events) => this.consume(tx, events),
    });
    this.tasks.every(FORGET_MS, 'forget standing notifications', () => this.forget());
  }

  private async consume(tx: Transaction, events: readonly PlacedEvent[]): Promise<void> {
    for (const { kind, subject, data } of events) {
      if (kind === 'twin.deregistered' || kind === 'twin.transferred') {
        await this.end(tx, await this.queries.idsOfTwin(tx, subject as TwinId));
      }
      if (kind === 'organization.changed' && data['status'] === 'OFFBOARDED') {
        await this.end(tx, await this.queries.idsOfOrganization(tx, subject));
      }
    }
    await this.evaluator.evaluate(tx, events);
  }

  private async end(tx: Transaction, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.queries.delete(tx, ids);
    for (const id of ids) this.evaluator.forget(id);
  }

  private async forget(): Promise<void> {
    await this.uow.run(async (tx) => {
      await this.consumers.hold(tx, STANDING_CONSUMER);
      await this.end(tx, await this.queries.idsOfExpired(tx));
    });
    while ((await this.queries.forget(NOTIFICATION_DAYS, FORGET_BATCH)) === FORGET_BATCH);
  }
}
