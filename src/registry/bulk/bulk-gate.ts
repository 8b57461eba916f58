import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import pg from 'pg';
import { Database } from '../../database/database.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { MAX_OPEN_BULKS, MAX_OPEN_EXPORTS } from './bulk-limits.js';

/** Class of the advisory locks that bulks hold, one per organization. */
const LOCK_CLASS = 7208;
const RETRY_SECONDS = 5;

/** The right to go on, until `leave`. The signal is given when it ends earlier; its reason is a DomainError. */
export interface Pass {
  readonly signal: AbortSignal;
  readonly leave: () => Promise<void>;
}

/**
 * Who may send a bulk or take an export now. An organization's bulk holds a lock of the database by a connection of its own, so that the organization has
 * one at a time, whichever broker takes it, and the lock is free at once when that broker dies.
 */
@Injectable()
export class BulkGate implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private bulks = 0;
  private exports = 0;

  constructor(private readonly database: Database) {}

  /** Ends every bulk and export; their senders are told to come back. */
  onModuleDestroy(): void {
    this.stopping.abort(new DomainError('shutting-down', 'The broker is stopping; go on through another, or when it is back.'));
  }

  /** @throws DomainError `rate-limited` when the organization has a bulk already, or the broker has as many as it takes */
  async enterBulk(owner: OrganizationId): Promise<Pass> {
    if (this.bulks >= MAX_OPEN_BULKS) throw tooMany(`The broker reads ${MAX_OPEN_BULKS} bulks already; send yours shortly.`);
    this.bulks += 1;
    try {
      return await this.lock(owner);
    } catch (error) {
      this.bulks -= 1;
      throw error;
    }
  }

  /** @throws DomainError `rate-limited` when the broker has as many exports as it takes */
  enterExport(): Pass {
    if (this.exports >= MAX_OPEN_EXPORTS) throw tooMany(`The broker writes ${MAX_OPEN_EXPORTS} exports already; ask again shortly.`);
    this.exports += 1;
    const leave = once(async () => {
      this.exports -= 1;
    });
    return { signal: this.stopping.signal, leave };
  }

  private async lock(owner: OrganizationId): Promise<Pass> {
    const lost = new AbortController();
    const client = new pg.Client(this.database.sessionConfig('twinfed bulk'));
    client.on('error', (cause) => {
      lost.abort(
        new DomainError('database-unavailable', 'The connection to the database was lost; go on from the last line told.', { cause }),
      );
    });
    await client.connect();
    const leave = once(async () => {
      this.bulks -= 1;
      await client.end().catch(() => undefined);
    });
    try {
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked', [
        LOCK_CLASS,
        owner,
      ]);
      if (rows[0]?.locked !== true) throw tooMany('The organization has a bulk under way; one is read at a time.');
      return { signal: AbortSignal.any([this.stopping.signal, lost.signal]), leave };
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}

function tooMany(detail: string): DomainError {
  return new DomainError('rate-limited', detail, { retryAfterSeconds: RETRY_SECONDS });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
