import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ReceivedDocument } from '../../adaptor/protocol/inbound-protocol.js';
import type { SinkOutcome } from '../../adaptor/protocol/message-sink.js';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { FeedCounter } from './feed-counter.js';
import { COUNT_NOTIFIED_SQL, LOCK_NOTIFIED_SQL } from './notification-address.queries.js';
import type { Counted } from './notified-figures.js';

const COUNT_MS = 1_000;

type Step = (counter: FeedCounter) => void;

/** Counts what sources brought by themselves, once a second, together with what other brokers count of the same address. */
@Injectable()
export class NotificationCounts implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(NotificationCounts.name);
  private steps = new Map<string, Step[]>();

  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly tasks: BackgroundTasks,
  ) {}

  onApplicationBootstrap(): void {
    this.tasks.every(COUNT_MS, 'notified figures', () => this.write());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.write().catch((error: unknown) => this.logger.warn({ err: error }, 'What was notified lately was not counted.'));
  }

  came(address: string): void {
    this.count(address, (counter) => counter.came());
  }

  postponed(address: string): void {
    this.count(address, (counter) => counter.postponed());
  }

  /** @param ms from when it came */
  ended(address: string, document: ReceivedDocument, outcome: Exclude<SinkOutcome, { kind: 'later' }>, ms: number): void {
    // A document is kept for a second only where something of it is to be kept for longer.
    const { identity } = document;
    const told = outcome.kind === 'refused' ? document : { document: undefined, ...(identity === undefined ? {} : { identity }) };
    this.count(address, (counter) => counter.ended(told, outcome, ms));
  }

  private count(address: string, step: Step): void {
    const steps = this.steps.get(address);
    if (steps === undefined) this.steps.set(address, [step]);
    else steps.push(step);
  }

  private async write(): Promise<void> {
    const { steps } = this;
    this.steps = new Map();
    for (const [address, each] of steps) {
      steps.delete(address);
      await this.writeOne(address, each).catch((error: unknown) => {
        this.steps.set(address, [...each, ...(this.steps.get(address) ?? [])]);
        for (const [left, others] of steps) for (const step of others) this.count(left, step);
        throw error;
      });
    }
  }

  private async writeOne(address: string, steps: readonly Step[]): Promise<void> {
    await this.uow.run(async (tx) => {
      const [counted] = await tx.query<Counted>(LOCK_NOTIFIED_SQL, [address]);
      if (counted === undefined) return;
      const counter = new FeedCounter(counted, () => this.database.clock.now());
      for (const step of steps) step(counter);
      await tx.query(COUNT_NOTIFIED_SQL, [address, JSON.stringify(counter.figures), JSON.stringify(counter.refusals)]);
    });
  }
}
