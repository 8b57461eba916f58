import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { BrokerSignals } from '../../database/broker-signals.js';
import { Database } from '../../database/database.js';
import { SegmentKeeper } from '../../database/segment-keeper.js';
import { CHECK_VIOLATION, isRetryable, sqlState } from '../../database/sqlstate.js';
import { DomainError } from '../../problems/domain-error.js';
import { toDomainError } from '../../problems/problem-document.js';
import { Wakeups } from './wakeups.js';
import { APPEND_SQL, appendParameters } from './log.queries.js';
import type { NewLogRow, Position } from './log-row.js';

/** What became of an append. `refused`: the message id, or for a RESPONSE its REQUEST's one answer, is taken. */
export interface AppendOutcome {
  outcome: 'accepted' | 'refused' | 'too-old' | 'from-the-future';
  position: Position;
  acceptedAt: Date;
  segment: number;
}

interface Pending {
  row: NewLogRow;
  bytes: number;
  resolve: (outcome: AppendOutcome) => void;
  reject: (error: unknown) => void;
}

const MAX_BATCH_ROWS = 1_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** Writers beside each other: while one commits, another gathers. A channel always goes through the same one, which keeps its order. */
const WRITERS = 2;

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i += 1) value = (value * 31 + text.charCodeAt(i)) | 0;
  return value >>> 0;
}

/**
 * Group commit. Callers hand in rows and get their outcome after COMMIT; all that came while a commit was under way goes into the next
 * one. There is no timer: an idle writer commits at once. What waits is bounded in messages and bytes; beyond that callers are refused.
 */
@Injectable()
export class LogWriter implements OnApplicationShutdown {
  private readonly queues: Pending[][] = Array.from({ length: WRITERS }, () => []);
  private readonly running: (Promise<void> | undefined)[] = Array.from({ length: WRITERS }, () => undefined);
  private pendingRows = 0;
  private pendingBytes = 0;

  constructor(
    private readonly database: Database,
    private readonly segments: SegmentKeeper,
    private readonly signals: BrokerSignals,
    private readonly wakeups: Wakeups,
    private readonly config: Config,
  ) {}

  /** Messages that wait for their commit. */
  get backlog(): number {
    return this.pendingRows;
  }

  /**
   * Appends a message durably; resolves after COMMIT.
   * @throws DomainError `rate-limited` when too much waits, `database-unavailable` when the outcome is not known
   */
  append(row: NewLogRow): Promise<AppendOutcome> {
    const bytes = row.envelope.length + (row.payload?.length ?? 0) + 256;
    if (this.pendingRows >= this.config.backlogLimit || this.pendingBytes + bytes > MAX_PENDING_BYTES) {
      return Promise.reject(
        new DomainError('rate-limited', 'The broker has more messages waiting than it may hold; send again shortly.', {
          retryAfterSeconds: 1,
        }),
      );
    }
    this.pendingRows += 1;
    this.pendingBytes += bytes;
    const writer = hash(row.channel) % WRITERS;
    return new Promise((resolve, reject) => {
      this.queues[writer]?.push({ row, bytes, resolve, reject });
      this.running[writer] ??= this.drain(writer);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    for (const writer of this.running) await writer;
  }

  private async drain(writer: number): Promise<void> {
    await Promise.resolve();
    const queue = this.queues[writer] ?? [];
    while (queue.length > 0) {
      let rows = 0;
      for (let bytes = 0; rows < queue.length && rows < MAX_BATCH_ROWS && bytes < MAX_BATCH_BYTES; rows += 1)
        bytes += queue[rows]?.bytes ?? 0;
      const batch = queue.splice(0, rows);
      await this.commit(batch);
      for (const { bytes } of batch) this.pendingBytes -= bytes;
      this.pendingRows -= batch.length;
    }
    this.running[writer] = undefined;
  }

  private async commit(batch: readonly Pending[]): Promise<void> {
    try {
      await this.write(batch);
    } catch (error) {
      if (sqlState(error) === CHECK_VIOLATION) await this.segments.repair().catch(() => undefined);
      const isDataError = /^(22|23)/.test(sqlState(error) ?? '') || isRetryable(error);
      if (!isDataError) {
        this.fail(batch, error);
        return;
      }
      // One message's fault must not be its neighbours': each is tried alone.
      for (const pending of batch) await this.write([pending]).catch((alone: unknown) => this.fail([pending], alone));
    }
  }

  private fail(batch: readonly Pending[], error: unknown): void {
    const known = toDomainError(error);
    for (const pending of batch) pending.reject(known);
  }

  private async write(batch: readonly Pending[]): Promise<void> {
    const { rows } = await this.database.hot.query<AppendOutcome & { ord: number; accepted_at: Date }>({
      name: 'append-messages',
      text: APPEND_SQL,
      values: appendParameters(
        batch.map((pending) => pending.row),
        this.config.idempotencyWindowSeconds,
      ),
    });
    const channels = new Set<string>();
    for (const { ord, outcome, position, accepted_at: acceptedAt, segment } of rows) {
      const pending = batch[ord - 1];
      if (outcome === 'accepted' && pending !== undefined) channels.add(pending.row.channel);
      pending?.resolve({ outcome, position, acceptedAt, segment });
    }
    for (const channel of channels) this.wakeups.wake(channel);
    if (channels.size > 0) this.signals.raise('twinfed_message');
  }
}
