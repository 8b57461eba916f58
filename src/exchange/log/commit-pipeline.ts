import { performance } from 'node:perf_hooks';
import type { Database } from '../../database/database.js';
import type { SegmentKeeper } from '../../database/segment-keeper.js';
import { CHECK_VIOLATION, isRetryable, sqlState, UNIQUE_VIOLATION } from '../../database/sqlstate.js';
import { toDomainError } from '../../problems/problem-document.js';
import { AppendSession } from './append-session.js';
import type { LogMetrics } from './log-metrics.js';
import type { NewLogRow, Position } from './log-row.js';
import type { CommittedRow, ReadFrom } from './log-tail.js';
import type { AppendOutcome } from './log-writer.js';
import { type AppendAnswer, positionsOf } from './log.queries.js';
import { SenderQueues } from './sender-queues.js';

/** A row and who waits for its outcome. */
export interface Pending {
  row: NewLogRow;
  bytes: number;
  resolve: (outcome: AppendOutcome) => void;
  reject: (error: unknown) => void;
}

/** A batch that is done with: what of it was stored, unless it failed, and what the log told beside. */
export interface Committed {
  batch: readonly Pending[];
  /** Positions of the batch's rows, also of those that were not stored. */
  positions: readonly Position[];
  stored: readonly CommittedRow[];
  answer?: AppendAnswer;
  /** When the log was asked, by this process's clock. */
  askedAt: number;
  links: readonly ReadFrom[];
  before: readonly Position[];
}

/** What a pipeline works with. */
export interface PipelineParts {
  database: Database;
  segments: SegmentKeeper;
  metrics: LogMetrics;
  /** Channels of the rows whose links are wanted. */
  followed: (rows: readonly NewLogRow[]) => ReadFrom[];
  windowSeconds: number;
}

const MAX_BATCH_ROWS = 1_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
/** Statements under way: while PostgreSQL commits one, it has the next, and the process prepares a third. */
const DEPTH = 2;
/** Whoever is told sends the next message at once, and all of them in one turn would keep answers of PostgreSQL waiting: so many are told in one. */
const TOLD_AT_ONCE = 64;
/**
 * So many rows of one turn are sent before its end when nothing is under way. A second statement is worth its cost from half the rows of the one before
 * on, within these bounds; fewer wait for the first.
 */
const WORTH_SENDING = { first: 32, least: 3, most: 64 };
/**
 * Between so many rows under way and waiting, a statement takes half of them: PostgreSQL works on one half while the process answers and reads those of
 * the other. Callers who all waited for one commit would go on in step, PostgreSQL and the process by turns idle.
 */
const WORTH_HALVING = { least: 6, most: 192 };
/** SQLSTATE of append_batch: the batch ahead of this one did not commit, so this one must not either. */
const AHEAD_FAILED = 'TF003';

/** Queues, batches and commits of one connection. Batches commit in the order in which they were taken, also when one of them fails on the way. */
export class CommitPipeline {
  private readonly queues = new SenderQueues<Pending>();
  private readonly session: AppendSession;
  private underWay = 0;
  private rowsUnderWay = 0;
  /** Rows of the statement that was sent last. */
  private lastSize = 0;
  private tickets = 0;
  private isScheduled = false;
  /** Ends when every batch sent so far is done with, in their order. */
  private settling: Promise<void> = Promise.resolve();

  constructor(
    name: string,
    private readonly parts: PipelineParts,
    private readonly onSettled: (committed: Committed) => void,
    private readonly later: (work: () => void) => unknown,
  ) {
    this.session = new AppendSession(parts.database, name, parts.windowSeconds);
  }

  /** Takes a row; its outcome comes after COMMIT. */
  push(pending: Pending): void {
    this.queues.push(pending.row.sender, pending);
    if (this.underWay >= DEPTH) return;
    // PostgreSQL works on these while the process reads those that come after them.
    if (this.queues.length >= (this.underWay === 0 ? WORTH_SENDING.first : WORTH_SENDING.most)) this.pump(MAX_BATCH_ROWS);
    else this.schedule();
  }

  /** Commits what waits, then closes the connection. */
  async end(): Promise<void> {
    while (this.underWay > 0 || this.queues.length > 0) {
      this.pump();
      await this.settling;
    }
    await this.session.end();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.later(() => {
      this.isScheduled = false;
      this.pump();
    });
  }

  private pump(most = this.share): void {
    while (this.queues.length > 0 && (this.underWay === 0 || (this.underWay < DEPTH && this.isWorthSending))) {
      this.send(this.withoutTwins(this.queues.take(most, MAX_BATCH_BYTES)));
    }
  }

  /** Rows of a statement. */
  private get share(): number {
    const all = this.queues.length + this.rowsUnderWay;
    return all >= WORTH_HALVING.least && all <= WORTH_HALVING.most ? Math.ceil(all / 2) : MAX_BATCH_ROWS;
  }

  private get isWorthSending(): boolean {
    return this.queues.length >= Math.min(WORTH_SENDING.most, Math.max(WORTH_SENDING.least, this.lastSize / 2));
  }

  /** Of two rows with one id, the second waits for the next batch: within one, it would fail them all. */
  private withoutTwins(taken: readonly Pending[]): readonly Pending[] {
    const ids = new Set<string>();
    const batch = taken.filter(({ row }) => {
      const size = ids.size;
      return ids.add(`${row.messageId} ${row.sender}`).size > size;
    });
    if (batch.length === taken.length) return taken;
    const kept = new Set(batch);
    for (const twin of taken) if (!kept.has(twin)) this.queues.push(twin.row.sender, twin);
    return batch;
  }

  private send(batch: readonly Pending[]): void {
    const after = this.underWay === 0 ? null : String(this.tickets);
    this.tickets += 1;
    this.underWay += 1;
    this.rowsUnderWay += batch.length;
    this.lastSize = batch.length;
    const commit = this.commit(batch, after, String(this.tickets));
    // Looked at in its turn.
    commit.catch(() => undefined);
    this.settling = this.settling
      .then(() => commit)
      .then(
        (committed) => this.succeed(committed),
        (error: unknown) => this.recover(batch, error),
      )
      .finally(() => {
        this.underWay -= 1;
        this.rowsUnderWay -= batch.length;
        if (this.queues.length >= WORTH_SENDING.most) this.pump();
        else if (this.queues.length > 0) this.schedule();
      });
  }

  private async commit(batch: readonly Pending[], after: string | null, ticket: string | null): Promise<Committed> {
    const rows = batch.map(({ row }) => row);
    const links = this.parts.followed(rows);
    const askedAt = performance.now();
    const answer = await this.session.append(rows, { after, ticket, links });
    const positions = positionsOf(answer.positions);
    const stored: CommittedRow[] = [];
    const refused = new Set(answer.refused ?? []);
    rows.forEach((row, index) => {
      const position = positions[index];
      if (position !== undefined && !refused.has(index + 1)) stored.push({ row, position });
    });
    const lanes = stored.map(({ row }) => row.lane);
    this.parts.metrics.committed(batch.length, lanes, (performance.now() - askedAt) / 1_000);
    return { batch, positions, stored, answer, askedAt, links, before: answer.links === null ? [] : positionsOf(answer.links) };
  }

  private succeed(committed: Committed): void {
    const { batch, answer, positions } = committed;
    this.onSettled(committed);
    if (answer === undefined) return;
    const { acceptedAt, segment } = answer;
    const reasons = new Map(answer.refused?.map((ordinal, index) => [ordinal - 1, answer.reasons?.[index] ?? 'refused']));
    const tell = (from: number): void => {
      for (const [offset, { resolve }] of batch.slice(from, from + TOLD_AT_ONCE).entries()) {
        const index = from + offset;
        resolve({ outcome: reasons.get(index) ?? 'accepted', position: positions[index] ?? '0', acceptedAt, segment });
      }
      if (from + TOLD_AT_ONCE < batch.length) this.later(() => tell(from + TOLD_AT_ONCE));
    };
    tell(0);
  }

  private fail(batch: readonly Pending[], error: unknown): void {
    const known = toDomainError(error);
    this.onSettled({ batch, positions: [], stored: [], askedAt: performance.now(), links: [], before: [] });
    for (const { reject } of batch) reject(known);
  }

  /** Batches behind this one are not done with, so nothing overtakes what is tried again here. */
  private async recover(batch: readonly Pending[], error: unknown): Promise<void> {
    const state = sqlState(error);
    const isWorthRetrying = state === AHEAD_FAILED || state === CHECK_VIOLATION || state === UNIQUE_VIOLATION || isRetryable(error);
    if (!isWorthRetrying && !isDataError(error)) {
      this.fail(batch, error);
      return;
    }
    // No partition: the keeper makes it.
    if (state === CHECK_VIOLATION) await this.parts.segments.repair().catch(() => undefined);
    try {
      if (!isWorthRetrying) throw error;
      this.succeed(await this.commit(batch, null, null));
    } catch (again) {
      if (!isDataError(again) && !isRetryable(again)) this.fail(batch, again);
      else await this.oneByOne(batch);
    }
  }

  /** One message's fault must not be its neighbours': each is tried alone. */
  private async oneByOne(batch: readonly Pending[]): Promise<void> {
    for (const pending of batch) {
      try {
        this.succeed(await this.commit([pending], null, null));
      } catch (error) {
        this.fail([pending], error);
      }
    }
  }
}

function isDataError(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}
