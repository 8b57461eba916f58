import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import { MIGRATIONS } from '../database/migrations.js';
import { within } from './within.js';

/** How one thing that readiness depends on is doing. */
export type CheckStatus = 'up' | 'down' | 'unknown';

/** Whether this broker can serve. */
export interface Readiness {
  ready: boolean;
  checks: { database: CheckStatus; migrations: CheckStatus };
  stopping: boolean;
}

const TIME_LIMIT_MS = 1_500;

/** Judges whether requests should be sent here: the database answers, its schema is the one this program knows, and nobody is stopping it. */
@Injectable()
export class ReadinessProbe implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ReadinessProbe.name);
  private running?: Promise<string[]>;
  private stopping = false;
  private down = false;

  constructor(private readonly database: Database) {}

  async check(): Promise<Readiness> {
    try {
      const applied = new Set(await within(TIME_LIMIT_MS, this.appliedMigrations()));
      this.tell(undefined);
      const migrations = MIGRATIONS.every((migration) => applied.has(migration.name)) ? 'up' : 'down';
      return { ready: migrations === 'up' && !this.stopping, checks: { database: 'up', migrations }, stopping: this.stopping };
    } catch (error) {
      this.tell(error);
      return { ready: false, checks: { database: 'down', migrations: 'unknown' }, stopping: this.stopping };
    }
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
  }

  /** One query at a time: a hanging database must not collect one connection per probe. */
  private appliedMigrations(): Promise<string[]> {
    this.running ??= this.database
      .query<{ name: string }>('SELECT name FROM schema_migration')
      .then((rows) => rows.map((row) => row.name))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Says it once when the database goes, and once when it is back. */
  private tell(error: unknown): void {
    const down = error !== undefined;
    if (down === this.down) return;
    this.down = down;
    if (down) this.logger.warn({ err: error }, 'Not ready: the database does not answer.');
    else this.logger.log('Ready again: the database answers.');
  }
}
