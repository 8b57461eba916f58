import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { BackgroundTasks } from './background-task.js';
import { Database } from './database.js';
import { type DomainEventKind, DomainEvents, EVENT_COLUMNS, type PlacedEvent } from './domain-events.js';
import { type Transaction, UnitOfWork } from './unit-of-work.js';

/**
 * Someone who must hear of every domain event exactly once, in commit order, whatever broker was killed meanwhile: its place is a row, which
 * moves in the transaction of what it does with the events.
 */
export interface EventConsumer {
  /** Of letters, digits and hyphens; never changed. */
  readonly name: string;
  readonly kinds: readonly DomainEventKind[];
  /** How many events it takes at a time, at most {@link EVENT_BATCH}; 0: nobody waits for what it makes, and it passes over what happened. */
  readonly appetite: (tx: Transaction) => Promise<number>;
  /** Handles events, in this transaction. */
  readonly consume: (tx: Transaction, events: readonly PlacedEvent[]) => Promise<void>;
}

/** Most events handled in one transaction. */
export const EVENT_BATCH = 200;
const POLL_MS = 1_000;

/** Rides event_consumer_pkey; locks the row, or finds none while another broker works for this consumer. */
const TAKE = 'SELECT position FROM event_consumer WHERE name = $1 FOR UPDATE SKIP LOCKED';
/** Rides domain_event_pkey. */
const READ = `SELECT ${EVENT_COLUMNS} FROM domain_event WHERE position > $1 AND position <= $2 AND kind = ANY ($3::text[]) ORDER BY position LIMIT $4`;
/** Rides domain_event_pkey. What is committed later has a greater position. */
const END = 'SELECT greatest(max(position), $1::bigint) AS position FROM domain_event WHERE position > $1';
const MOVE = 'UPDATE event_consumer SET position = $2 WHERE name = $1';

interface Served {
  readonly consumer: EventConsumer;
  running?: Promise<void>;
  again: boolean;
}

/** Serves the durable consumers of domain events: one broker at a time for each, any of them. */
@Injectable()
export class EventConsumers implements OnApplicationShutdown {
  private readonly logger = new Logger(EventConsumers.name);
  private readonly served: Served[] = [];
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly events: DomainEvents,
    tasks: BackgroundTasks,
  ) {
    events.follow((batch) => {
      for (const each of this.served) if (batch.some(({ kind }) => each.consumer.kinds.includes(kind))) this.serveSoon(each);
    });
    tasks.every(POLL_MS, 'event consumers', async () => {
      for (const each of this.served) await this.serve(each);
    });
  }

  /** Takes a consumer into service: for the first time from now on, ever after from where it was. Called while the program starts. */
  async add(consumer: EventConsumer): Promise<void> {
    await this.database.query(
      `INSERT INTO event_consumer (name, position) VALUES ($1, (SELECT coalesce(max(position), 0) FROM domain_event)) ON CONFLICT DO NOTHING`,
      [consumer.name],
    );
    this.served.push({ consumer, again: false });
  }

  /** Keeps the consumer from going on until the transaction ends: what is read meanwhile, it has not gone beyond. Rides event_consumer_pkey. */
  async hold(tx: Transaction, name: string): Promise<void> {
    await tx.query('SELECT FROM event_consumer WHERE name = $1 FOR UPDATE', [name]);
  }

  /** Resolves when this broker has handled what was committed before the call, unless another broker is at it. */
  async settled(): Promise<void> {
    await this.events.readNew();
    for (const each of this.served) await this.serve(each);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const { running } of this.served) await running?.catch(() => undefined);
  }

  private serveSoon(each: Served): void {
    this.serve(each).catch((error: unknown) => {
      if (!this.stopped)
        this.logger.warn({ err: error, consumer: each.consumer.name }, 'Events were not handled; they will be tried again.');
    });
  }

  private async serve(each: Served): Promise<void> {
    each.again = true;
    each.running ??= this.serveToEnd(each).finally(() => {
      each.running = undefined;
    });
    await each.running;
  }

  private async serveToEnd(each: Served): Promise<void> {
    while (each.again && !this.stopped) {
      each.again = false;
      let more = true;
      while (more) more = await this.uow.run((tx) => this.step(tx, each.consumer));
    }
  }

  /** One batch; true when there may be more. */
  private async step(tx: Transaction, consumer: EventConsumer): Promise<boolean> {
    const [place] = await tx.query<{ position: string }>(TAKE, [consumer.name]);
    if (place === undefined || this.stopped) return false;
    const [end] = await tx.query<{ position: string }>(END, [place.position]);
    const last = end?.position ?? place.position;
    if (last === place.position) return false;
    const limit = Math.min(await consumer.appetite(tx), EVENT_BATCH);
    const events = limit > 0 ? await tx.query<PlacedEvent>(READ, [place.position, last, consumer.kinds, limit]) : [];
    if (events.length > 0) await consumer.consume(tx, events);
    const full = limit > 0 && events.length === limit;
    await tx.query(MOVE, [consumer.name, full ? (events.at(-1)?.position ?? last) : last]);
    return full;
  }
}
