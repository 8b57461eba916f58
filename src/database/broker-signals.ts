import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import { BackgroundTasks } from './background-task.js';
import { Database } from './database.js';

/** What brokers tell one another: "there are new …, look", and who says so. Never what, so that equal signals melt together. */
export type Signal = 'twinfed_event' | 'twinfed_message';

const SIGNALS: readonly Signal[] = ['twinfed_event', 'twinfed_message'];
const HEARTBEAT_MS = 2_000;
const ALIVE_SECONDS = 10;

/**
 * Signals between brokers on one database: one LISTEN connection a process, one NOTIFY in flight a signal, and none at all while no other
 * broker lives. A signal may be lost; whoever waits for one also looks by itself once a second.
 */
@Injectable()
export class BrokerSignals implements OnModuleInit, OnApplicationShutdown {
  readonly brokerId = randomUUID();
  private readonly logger = new Logger(BrokerSignals.name);
  private readonly handlers = new Map<Signal, (() => void)[]>();
  private readonly sending = new Map<Signal, 'sending' | 'again'>();
  private listener?: Client;
  private othersLive = true;
  private encounters = 1;
  private stopped = false;

  constructor(
    private readonly database: Database,
    tasks: BackgroundTasks,
  ) {
    tasks.every(HEARTBEAT_MS, 'heartbeat', () => this.beatOrFollow());
  }

  /** Starts listening and makes this broker known. */
  async onModuleInit(): Promise<void> {
    await this.beat();
    // Whoever thought to be alone learns of this broker before it serves its first request.
    await this.send('twinfed_event');
  }

  /** Whether no other broker was seen on this database lately. */
  get isAlone(): boolean {
    return !this.othersLive;
  }

  /** How often this broker was not alone, its start included: what it knows of others’ doings is old once it is alone again. */
  get timesJoined(): number {
    return this.encounters;
  }

  /** Calls `handler` when another broker raised the signal. */
  on(signal: Signal, handler: () => void): void {
    this.handlers.set(signal, [...(this.handlers.get(signal) ?? []), handler]);
  }

  /** Tells the other brokers, if there are any; returns at once. */
  raise(signal: Signal): void {
    if (!this.othersLive || this.stopped) return;
    if (this.sending.has(signal)) {
      this.sending.set(signal, 'again');
      return;
    }
    this.sending.set(signal, 'sending');
    void this.send(signal);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.listener?.end().catch(() => undefined);
    await this.database.query('DELETE FROM broker WHERE id = $1', [this.brokerId]).catch(() => undefined);
  }

  private async send(signal: Signal): Promise<void> {
    try {
      do {
        this.sending.set(signal, 'sending');
        await this.database.hot.query(`NOTIFY ${signal}, '${this.brokerId}'`);
      } while (this.sending.get(signal) === 'again');
    } catch (error) {
      this.logger.warn({ err: error }, 'A signal to other brokers was lost; they will look by themselves.');
    } finally {
      this.sending.delete(signal);
    }
  }

  /** A database that does not answer, or only reads, may have a new primary. */
  private async beatOrFollow(): Promise<void> {
    try {
      await this.beat();
    } catch (error) {
      await this.database.followPrimary();
      throw error;
    }
  }

  private async beat(): Promise<void> {
    if (this.stopped) return;
    await this.listen();
    const askedAt = performance.now();
    const [row] = await this.database.query<{ others: boolean; now: string }>(
      `WITH seen AS (
         INSERT INTO broker (id, started_at, seen_at) VALUES ($1, clock_timestamp(), clock_timestamp())
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at),
       gone AS (DELETE FROM broker WHERE seen_at < clock_timestamp() - interval '1 hour')
       SELECT EXISTS (SELECT FROM broker WHERE id <> $1 AND seen_at > clock_timestamp() - make_interval(secs => $2)) AS others,
              extract(epoch FROM clock_timestamp()) * 1000 AS now`,
      [this.brokerId, ALIVE_SECONDS],
    );
    this.note(row?.others ?? true);
    if (row !== undefined) this.database.clock.observe(Number(row.now), askedAt);
  }

  private note(othersLive: boolean): void {
    if (othersLive && !this.othersLive) this.encounters += 1;
    this.othersLive = othersLive;
  }

  private async listen(): Promise<void> {
    if (this.listener !== undefined) return;
    const client = new Client(this.database.sessionConfig('twinfed listener'));
    client.on('error', () => undefined);
    client.on('end', () => {
      this.listener = undefined;
    });
    client.on('notification', ({ channel, payload }) => {
      // Taken for another's, a signal of one's own would make a broker that is alone under load think for ever that it is not.
      if (payload === this.brokerId) return;
      // A broker that is alone sends none.
      this.note(true);
      for (const handler of this.handlers.get(channel as Signal) ?? []) handler();
    });
    await client.connect();
    this.listener = client;
    for (const signal of SIGNALS) await client.query(`LISTEN ${signal}`);
    for (const handlers of this.handlers.values()) for (const handler of handlers) handler();
  }
}
