import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { BrokerSignals } from '../../database/broker-signals.js';
import { toDomainError } from '../../problems/problem-document.js';
import { type MessageLink, MessageLinks } from '../history/message-links.js';
import { LogWriter } from '../log/log-writer.js';
import type { NewLogRow, Position } from '../log/log-row.js';
import { Wakeups } from '../log/wakeups.js';
import { Redeliveries } from './redelivery.js';
import type { ReplayCounts, ReplayJob, ReplayPlace } from './replay-job.js';
import { ReplayRepository } from './replay.repository.js';
import { ReplaySources } from './replay-source.js';

const LOOK_MS = 1_000;
const ROUND_MS = 100;
/** Rounds between two looks for jobs of brokers that died; less than half a lease. */
const ROUNDS = 20;
const MOST_JOBS = 8;
const READ = 200;
const FORGET_MS = 3_600_000;
/** How long a job that ended is remembered, in seconds. */
const KEPT_SECONDS = 7 * 86_400;

/**
 * Carries replays on, whichever broker began them. A broker that dies loses its lease within 5 s, and another goes on behind the last progress stored;
 * what was appended after that is recognised by its id. A broker that was frozen meanwhile finds its fence outdated and stores nothing.
 */
@Injectable()
export class ReplayRunner implements OnModuleInit {
  private readonly logger = new Logger(ReplayRunner.name);
  /** Deliveries that a job may make now, and since when. */
  private readonly allowance = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly jobs: ReplayRepository,
    private readonly sources: ReplaySources,
    private readonly redeliveries: Redeliveries,
    private readonly links: MessageLinks,
    private readonly writer: LogWriter,
    private readonly signals: BrokerSignals,
    private readonly wakeups: Wakeups,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(LOOK_MS, 'replays', () => this.run());
    this.tasks.every(FORGET_MS, 'forget replays', () => this.jobs.forget(KEPT_SECONDS));
  }

  /** Takes what there is to do and does it for a while. */
  async run(): Promise<void> {
    let mine = await this.jobs.take(this.signals.brokerId, MOST_JOBS);
    for (let round = 0; round < ROUNDS && mine.length > 0 && !this.wakeups.isReleased; round += 1) {
      const left = await Promise.all(mine.map((job) => this.step(job).catch((error: unknown) => this.stumble(job, error))));
      mine = left.filter((job) => job !== undefined);
      if (mine.length > 0) await delay(ROUND_MS);
    }
  }

  /** One step of a job; undefined when it is not one's own any more, or ended. */
  private async step(job: ReplayJob): Promise<ReplayJob | undefined> {
    const budget = this.budgetOf(job);
    const place = job.places.find(({ at, end }) => BigInt(at) < BigInt(end));
    if (place === undefined) return this.finish(job);
    if (budget < 1) return job;
    const steps = await this.sources.next(job, place, READ);
    if (steps.length === 0) return this.store(job, { ...place, at: place.end }, job.counts, []);
    const counts: ReplayCounts = { ...job.counts, skipped: { ...job.counts.skipped } };
    const skip = (reason: string): void => {
      counts.skipped[reason] = (counts.skipped[reason] ?? 0) + 1;
    };
    const rows: { row: NewLogRow; replayOf: string; position: Position }[] = [];
    let reached = place.at;
    for (const { position, message } of steps) {
      if (rows.length >= budget) break;
      reached = position;
      counts.read += 1;
      if (message === undefined) continue;
      if (message.replayed) {
        skip('replayed-already');
        continue;
      }
      const made = await this.redeliveries.make(job.receiver, message, { replay: job.id, requests: job.terms.requests });
      if ('row' in made) rows.push({ ...made, position });
      else skip(made.skipped);
    }
    const linkOf = ({ row, replayOf }: (typeof rows)[number]): MessageLink => ({
      cause: replayOf,
      sender: row.sender,
      messageId: row.messageId,
      kind: 'replay',
    });
    await Promise.all(rows.map((each) => this.links.note(linkOf(each))));
    const outcomes = await Promise.all(rows.map(({ row }) => this.writer.append(row)));
    // Refused: this job appended it before, and its broker died before it could say so.
    counts.delivered += outcomes.length;
    this.spend(job, rows.length);
    return this.store(
      job,
      { ...place, at: reached },
      counts,
      rows.map(({ position }) => position),
    );
  }

  private async store(
    job: ReplayJob,
    place: ReplayPlace,
    counts: ReplayCounts,
    delivered: readonly Position[],
  ): Promise<ReplayJob | undefined> {
    await this.sources.done(job, delivered);
    const places = job.places.map((each) => (each.lane === place.lane ? place : each));
    const isStored = await this.jobs.store(job, { places, counts, state: 'RUNNING' });
    if (!isStored) this.allowance.delete(job.id);
    return isStored ? { ...job, places, counts } : undefined;
  }

  private async finish(job: ReplayJob): Promise<undefined> {
    await this.jobs.store(job, { places: job.places, counts: job.counts, state: 'DONE' });
    this.allowance.delete(job.id);
    return undefined;
  }

  /** What passes by itself is tried again when the job is taken the next time; what does not ends it. */
  private async stumble(job: ReplayJob, error: unknown): Promise<undefined> {
    this.allowance.delete(job.id);
    const { code } = toDomainError(error);
    if (code !== 'internal') return;
    this.logger.error({ err: error, replay: job.id }, 'A replay failed.');
    await this.jobs.store(job, { places: job.places, counts: job.counts, state: 'FAILED', failure: code });
  }

  private budgetOf({ id, rate }: ReplayJob): number {
    const now = performance.now();
    const { tokens, at } = this.allowance.get(id) ?? { tokens: 1, at: now };
    const grown = Math.min(tokens + ((now - at) / 1_000) * rate, Math.max(rate / 2, 1));
    this.allowance.set(id, { tokens: grown, at: now });
    return Math.floor(grown);
  }

  private spend({ id }: ReplayJob, tokens: number): void {
    const known = this.allowance.get(id);
    if (known !== undefined) this.allowance.set(id, { tokens: known.tokens - tokens, at: known.at });
  }
}
