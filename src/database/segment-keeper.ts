import { Injectable, Logger } from '@nestjs/common';
import type { Client } from 'pg';
import { BackgroundTasks } from './background-task.js';
import { Database } from './database.js';
import { attachPartition, dropPartition, type SegmentedTable, withMaintenanceSession } from './segment-ddl.js';

/** Append-only tables that are cut into segments together. */
export interface SegmentFamily {
  family: string;
  tables: readonly SegmentedTable[];
  /** Sequence whose values embed the segment number, if the tables are keyed by position. */
  sequence?: string;
  /** How long a segment stays open, in seconds. */
  spanSeconds: number;
  /** How long a closed segment is kept, in seconds. */
  keepSeconds: number;
  /** Carries what must outlive the segment into the open one, before it is dropped. */
  beforeDrop?: (segment: number) => Promise<void>;
}

const KEEPER_LOCK = [7200, 2] as const;
/** A drop waits for readers, so that it has a lock of its own: nothing that is needed waits for it. */
const DROP_LOCK = [7200, 3] as const;
const MAINTENANCE_MS = 30_000;
/** Partitions attached beyond the open segment. */
const AHEAD = 2;

/**
 * Keeps segments: attaches partitions ahead of need, opens the next when its time has come, drops those that are out of retention.
 * Acceptance never waits for it; any number of brokers may run it, one at a time does.
 */
@Injectable()
export class SegmentKeeper {
  private readonly logger = new Logger(SegmentKeeper.name);
  private readonly families: SegmentFamily[] = [];

  constructor(
    private readonly database: Database,
    tasks: BackgroundTasks,
  ) {
    tasks.every(MAINTENANCE_MS, 'segments', () => this.maintain());
  }

  /** Takes a family into care; when this resolves, its open segment and the next have their partitions. */
  async keep(family: SegmentFamily): Promise<void> {
    await this.withLock(KEEPER_LOCK, async (client) => {
      await this.prepare(client, family);
    });
    this.families.push(family);
  }

  /** Makes sure that the partitions of the open segments exist, after an append found none. Waits for no drop. */
  async repair(): Promise<void> {
    await this.withLock(KEEPER_LOCK, async (client) => {
      for (const family of this.families) await this.prepare(client, family);
    });
  }

  /** All that is due now. What is being read cannot be dropped for as long: the other families are looked after all the same. */
  async maintain(): Promise<void> {
    const failures: unknown[] = [];
    const forEach = async (work: (family: SegmentFamily) => Promise<void>): Promise<void> => {
      for (const family of this.families) await work(family).catch((error: unknown) => failures.push(error));
    };
    await this.withLock(KEEPER_LOCK, (client) =>
      forEach(async (family) => {
        await this.prepare(client, family);
        await this.openNextWhenDue(client, family);
      }),
    );
    await this.withLock(DROP_LOCK, (client) => forEach((family) => this.dropOutdated(client, family)));
    if (failures.length > 0) throw failures[0];
  }

  private async withLock(lock: readonly [number, number], work: (client: Client) => Promise<void>): Promise<void> {
    await withMaintenanceSession(this.database, async (client) => {
      await client.query('SET lock_timeout = 0');
      await client.query('SELECT pg_advisory_lock($1, $2)', [...lock]);
      await client.query(`SET lock_timeout = '100ms'`);
      await work(client);
    });
  }

  /** Partitions for the open segment and those ahead; the very first segment is opened here. */
  private async prepare(client: Client, family: SegmentFamily): Promise<void> {
    const { rows } = await client.query<{ id: number }>('SELECT max(id) AS id FROM segment WHERE family = $1 AND closed_at IS NULL', [
      family.family,
    ]);
    const open = rows[0]?.id ?? 0;
    for (let segment = Math.max(open, 1); segment <= open + AHEAD; segment += 1) {
      for (const table of family.tables) await attachPartition(client, table, segment);
    }
    if (open === 0) await this.open(client, family, 1);
  }

  private async openNextWhenDue(client: Client, family: SegmentFamily): Promise<void> {
    const { rows } = await client.query<{ id: number }>(
      `SELECT id FROM segment WHERE family = $1 AND closed_at IS NULL AND opened_at < clock_timestamp() - make_interval(secs => $2)`,
      [family.family, family.spanSeconds],
    );
    const due = rows[0];
    if (due !== undefined) await this.open(client, family, due.id + 1);
  }

  private async open(client: Client, family: SegmentFamily, id: number): Promise<void> {
    await client.query('SET lock_timeout = 0');
    await client.query('SELECT open_segment($1, $2, $3)', [family.family, id, family.sequence ?? null]);
    await client.query(`SET lock_timeout = '100ms'`);
  }

  private async dropOutdated(client: Client, family: SegmentFamily): Promise<void> {
    const { rows } = await client.query<{ id: number }>(
      `SELECT id FROM segment WHERE family = $1 AND closed_at < clock_timestamp() - make_interval(secs => $2) ORDER BY id`,
      [family.family, family.keepSeconds],
    );
    for (const { id } of rows) {
      await family.beforeDrop?.(id);
      for (const table of family.tables) await dropPartition(client, table, id);
      await client.query('DELETE FROM segment WHERE family = $1 AND id = $2', [family.family, id]);
      this.logger.log({ family: family.family, segment: id }, 'Dropped a segment that is out of retention.');
    }
  }
}
