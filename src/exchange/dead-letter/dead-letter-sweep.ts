import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { CROWDED_SQL, RETIRE_SQL, TRIM_SQL } from './dead-letter.queries.js';

const TRIM_MS = 2_000;
const SWEEP_MS = 60_000;
const RETIRE_BATCH = 1_000;
/** One broker at a time sweeps; whoever finds the lock taken leaves it to the other. */
const SWEEP_LOCK_SQL = 'SELECT pg_try_advisory_lock(7200, 21) AS taken';
const SWEEP_UNLOCK_SQL = 'SELECT pg_advisory_unlock(7200, 21)';

/**
 * Keeps dead letters within their cap and age. Whoever buries has its receiver trimmed within seconds; what a broker that died did not trim, and what
 * grew too old, the sweep finds once a minute.
 */
@Injectable()
export class DeadLetterSweep implements OnModuleInit {
  private readonly touched = new Set<TwinId>();

  constructor(
    private readonly database: Database,
    private readonly tasks: BackgroundTasks,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.tasks.every(TRIM_MS, 'trim dead letters', () => this.trim());
    this.tasks.every(SWEEP_MS, 'sweep dead letters', () => this.sweep());
  }

  /** Has a receiver's dead letters counted before long. */
  trimSoon(receiver: TwinId): void {
    this.touched.add(receiver);
  }

  /** Drops the oldest dead letters beyond the cap, of the receivers that got new ones through this broker. */
  async trim(): Promise<void> {
    for (const receiver of this.touched) {
      this.touched.delete(receiver);
      await this.database.query(TRIM_SQL, [receiver, this.config.deadLetterLimit]);
    }
  }

  /** Drops what is too old, and what is beyond the cap of any receiver. */
  async sweep(): Promise<void> {
    const client = await this.database.pool.connect();
    try {
      const { rows } = await client.query<{ taken: boolean }>(SWEEP_LOCK_SQL);
      if (rows[0]?.taken !== true) return;
      try {
        await this.retire();
        const crowded = await this.database.query<{ receiver: TwinId }>(CROWDED_SQL, [this.config.deadLetterLimit]);
        for (const { receiver } of crowded) await this.database.query(TRIM_SQL, [receiver, this.config.deadLetterLimit]);
      } finally {
        await client.query(SWEEP_UNLOCK_SQL);
      }
    } finally {
      client.release();
    }
  }

  private async retire(): Promise<void> {
    for (;;) {
      const [gone] = await this.database.query<{ count: number }>(RETIRE_SQL, [this.config.deadLetterRetentionSeconds, RETIRE_BATCH]);
      if ((gone?.count ?? 0) < RETIRE_BATCH) return;
    }
  }
}
