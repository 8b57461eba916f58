import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Metric } from 'prom-client';
import { LANES } from '../../vocabulary/codes.js';
import { LANE_NUMBERS } from './log-row.js';

const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000];
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const UNREGISTERED = { registers: [] };

/** Measurements of acceptance. Labels are lanes alone, so that their number does not grow with twins. The metrics page takes them in from `all`. */
@Injectable()
export class LogMetrics {
  private readonly accepted = new Counter({
    name: 'twinfed_messages_accepted_total',
    help: 'Messages stored, by lane.',
    labelNames: ['lane'] as const,
    ...UNREGISTERED,
  });
  private readonly batchSize = new Histogram({
    name: 'twinfed_message_commit_size',
    help: 'Messages that shared one commit.',
    buckets: BATCH_SIZES,
    ...UNREGISTERED,
  });
  private readonly commitSeconds = new Histogram({
    name: 'twinfed_message_commit_duration_seconds',
    help: 'Duration of a commit of messages, from sending it to its answer.',
    buckets: SECONDS,
    ...UNREGISTERED,
  });
  private readonly backlog: Gauge;
  private measureBacklog: () => number = () => 0;
  readonly all: readonly Metric[];

  constructor() {
    const measure = (): number => this.measureBacklog();
    this.backlog = new Gauge({
      name: 'twinfed_messages_uncommitted',
      help: 'Messages that wait for their commit in this broker.',
      ...UNREGISTERED,
      collect() {
        this.set(measure());
      },
    });
    this.all = [this.accepted, this.batchSize, this.commitSeconds, this.backlog];
  }

  /** Says how the backlog is counted when it is asked for. */
  watchBacklog(count: () => number): void {
    this.measureBacklog = count;
  }

  /** Notes one commit: the lanes of the messages that were stored, and how long it took. */
  committed(size: number, lanes: readonly number[], seconds: number): void {
    this.batchSize.observe(size);
    this.commitSeconds.observe(seconds);
    for (const lane of LANES) {
      const stored = lanes.reduce((count, each) => (each === LANE_NUMBERS[lane] ? count + 1 : count), 0);
      if (stored > 0) this.accepted.inc({ lane }, stored);
    }
  }
}
