import { setImmediate } from 'node:timers';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { BrokerSignals } from '../../database/broker-signals.js';
import { Database } from '../../database/database.js';
import { SegmentKeeper } from '../../database/segment-keeper.js';
import { Admission } from './admission.js';
import { CommitPipeline, type Committed } from './commit-pipeline.js';
import { LogMetrics } from './log-metrics.js';
import { LANE_NUMBERS, type NewLogRow, type Position } from './log-row.js';
import { LogTail } from './log-tail.js';
import { Wakeups } from './wakeups.js';

/** What became of an append. `refused`: the message id, or for a RESPONSE its REQUEST's one answer, is taken. */
export interface AppendOutcome {
  outcome: 'accepted' | 'refused' | 'too-old' | 'from-the-future';
  position: Position;
  acceptedAt: Date;
  segment: number;
}

/** What a row takes beside its texts, roughly. */
const ROW_BYTES = 256;

/**
 * Group commit. Callers hand in rows and get their outcome after COMMIT; all that comes while commits are under way goes into the next one. There is no
 * timer: what one turn of the event loop brought is committed at its end. Incidents have a pipeline of their own, so that no bulk stands before them.
 */
@Injectable()
export class LogWriter implements OnApplicationShutdown {
  private readonly admission: Admission;
  private readonly urgent: CommitPipeline;
  private readonly ordinary: CommitPipeline;

  constructor(
    database: Database,
    segments: SegmentKeeper,
    config: Config,
    metrics: LogMetrics,
    private readonly tail: LogTail,
    private readonly signals: BrokerSignals,
    private readonly wakeups: Wakeups,
  ) {
    this.admission = new Admission({
      messages: config.backlogLimit,
      bytes: config.backlogBytes,
      senderMessages: config.senderBacklogLimit,
      senderBytes: config.senderBacklogBytes,
    });
    metrics.watchBacklog(() => this.backlog);
    const parts = {
      database,
      segments,
      metrics,
      followed: (rows: readonly NewLogRow[]) => this.tail.followed(rows),
      windowSeconds: config.idempotencyWindowSeconds,
    };
    const settled = (committed: Committed): void => {
      this.settled(committed);
    };
    this.urgent = new CommitPipeline('twinfed incidents', parts, settled, setImmediate);
    this.ordinary = new CommitPipeline('twinfed messages', parts, settled, setImmediate);
  }

  /** Messages that wait for their commit. */
  get backlog(): number {
    return this.admission.messages;
  }

  /**
   * Appends a message durably; resolves after COMMIT. Messages of one sender in one lane are stored in the order of the calls.
   * @throws DomainError `rate-limited` when too much waits, `database-unavailable` when the outcome is not known
   */
  append(row: NewLogRow): Promise<AppendOutcome> {
    const bytes = row.envelope.length + (row.payload?.length ?? 0) + ROW_BYTES;
    return new Promise((resolve, reject) => {
      this.admission.enter(row.sender, bytes);
      const pipeline = row.lane === LANE_NUMBERS.incident ? this.urgent : this.ordinary;
      pipeline.push({ row, bytes, resolve, reject });
    });
  }

  /** Resolves when a sender may hand in more: for callers that wait instead of being refused. It may be taken by another before they come. */
  room(sender: string): Promise<void> {
    return this.admission.room(sender);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.urgent.end(), this.ordinary.end()]);
  }

  private settled({ batch, stored, answer, askedAt, links, before }: Committed): void {
    for (const { row, bytes } of batch) this.admission.leave(row.sender, bytes);
    if (answer !== undefined && stored.length > 0) {
      this.tail.committed(stored, { ...answer, askedAt }, links, before);
      for (const channel of new Set(stored.map(({ row }) => row.channel))) this.wakeups.wake(channel);
      this.signals.raise('twinfed_message');
    }
    this.admission.callWaiting();
  }
}
