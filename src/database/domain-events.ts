import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from './background-task.js';
import { BrokerSignals } from './broker-signals.js';
import { Database } from './database.js';
import { SegmentKeeper } from './segment-keeper.js';

/** What can have happened. The subject of each is the id of the thing it names. */
export type DomainEventKind =
  | 'twin.registered'
  | 'twin.updated'
  | 'twin.deregistered'
  | 'twin.status-changed'
  | 'twin.transferred'
  | 'twin.maintenance-changed'
  | 'absence.changed'
  | 'term.changed'
  | 'schema.changed'
  | 'standing-query.notified'
  | 'organization.changed'
  | 'federation.changed'
  | 'member.changed'
  | 'identifiers.changed'
  | 'connection.changed'
  | 'inbox.changed'
  | 'incident-right.changed'
  | 'subscription.changed'
  | 'delivery.changed'
  | 'binding.changed'
  | 'view.changed';

/** A domain event before it has its place. */
export interface DomainEventDraft {
  kind: DomainEventKind;
  /** Id of the thing it happened to. */
  subject: string;
  data: Record<string, unknown>;
}

/** A committed domain event. `position` is missing while it is told locally, right after its commit. */
export interface DomainEvent extends DomainEventDraft {
  position?: string;
}

/** A domain event at its place in commit order: a bigint as text. */
export interface PlacedEvent extends DomainEventDraft {
  readonly position: string;
  readonly recordedAt: Date;
}

/** Columns of {@link PlacedEvent}. */
export const EVENT_COLUMNS = 'position, kind, subject, data, recorded_at AS "recordedAt"';

type Handler = (event: DomainEvent) => void | Promise<void>;

const POLL_MS = 1_000;
const BATCH = 500;
const KEEP_SECONDS = 7 * 86_400;
const SPAN_SECONDS = 86_400;

/**
 * News within and between brokers: rows committed together with the change they tell, read by cursor in commit order. Handlers hear of an
 * event at least once: right after the commit in the broker that made the change, and by the table in every broker. They must be idempotent.
 */
@Injectable()
export class DomainEvents implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(DomainEvents.name);
  private readonly handlers = new Map<DomainEventKind, Handler[]>();
  private readonly followers: ((events: readonly PlacedEvent[]) => void)[] = [];
  private cursor?: string;
  private reading?: Promise<void>;
  private readAgain = false;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly signals: BrokerSignals,
    private readonly segments: SegmentKeeper,
    tasks: BackgroundTasks,
  ) {
    signals.on('twinfed_event', () => {
      this.readSoon();
    });
    tasks.every(POLL_MS, 'domain events', () => this.readNew());
  }

  /** Prepares the table and starts at its end: what happened before is in the tables already. */
  async onModuleInit(): Promise<void> {
    await this.segments.keep({
      family: 'event',
      tables: [{ name: 'domain_event', key: 'position' }],
      sequence: 'domain_event_position',
      spanSeconds: SPAN_SECONDS,
      keepSeconds: KEEP_SECONDS,
    });
    const [row] = await this.database.query<{ position: string | null }>('SELECT max(position) AS position FROM domain_event');
    this.cursor = row?.position ?? '0';
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.reading?.catch(() => undefined);
  }

  /** Calls `handler` for every event of these kinds, in commit order. */
  subscribe(kinds: readonly DomainEventKind[], handler: Handler): void {
    for (const kind of kinds) this.handlers.set(kind, [...(this.handlers.get(kind) ?? []), handler]);
  }

  /** Hands over every event, in commit order and placed, before the handlers hear of it by the table. */
  follow(follower: (events: readonly PlacedEvent[]) => void): void {
    this.followers.push(follower);
  }

  /** Up to which position this broker has read: a bigint as text. */
  get place(): string {
    return this.cursor ?? '0';
  }

  /** Told by the unit of work after its commit: local handlers hear of it before the caller gets its answer. */
  async committedHere(events: readonly DomainEventDraft[]): Promise<void> {
    if (events.length === 0) return;
    this.signals.raise('twinfed_event');
    for (const event of events) await this.dispatch(event);
    this.readSoon();
  }

  /** Reads and dispatches what other brokers committed; runs that come together melt into one. */
  async readNew(): Promise<void> {
    if (this.cursor === undefined) return;
    if (this.reading !== undefined) {
      this.readAgain = true;
      return this.reading;
    }
    this.reading = this.readToEnd().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private readSoon(): void {
    if (this.stopped) return;
    this.readNew().catch((error: unknown) => {
      if (!this.stopped) this.logger.warn({ err: error }, 'New domain events could not be read; they will be tried again.');
    });
  }

  private async readToEnd(): Promise<void> {
    for (let again = true; again; again = this.readAgain) {
      this.readAgain = false;
      for (;;) {
        // Rides domain_event_pkey; takes no lock that a writer waits for.
        const events = await this.database.query<PlacedEvent>(
          `SELECT ${EVENT_COLUMNS} FROM domain_event WHERE position > $1 ORDER BY position LIMIT $2`,
          [this.cursor, BATCH],
        );
        if (events.length > 0) for (const follower of this.followers) follower(events);
        for (const event of events) {
          await this.dispatch(event);
          this.cursor = event.position;
        }
        if (events.length < BATCH) break;
      }
    }
  }

  private async dispatch(event: DomainEvent): Promise<void> {
    for (const handler of this.handlers.get(event.kind) ?? []) {
      try {
        await handler(event);
      } catch (error) {
        this.logger.error({ err: error, kind: event.kind, subject: event.subject }, 'A handler of a domain event failed.');
      }
    }
  }
}
