import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import { AggregateAnswer } from './aggregate-answer.js';
import { Fallback } from './fallback.js';
import { MatchNews } from './match-news.js';
import { type MatchAttempt, RECEIVER_EXPIRED } from './match-request.js';
import { MatchStore } from './match.store.js';

const WATCH_MS = 250;
const BATCH = 200;
/** What a broker left half done is looked for less often. */
const SWEEP_MS = 2_000;
/** How far before the last look the next begins, because a commit may become visible after its time. */
const OVERLAP_MS = 3_000;
/** Now and then a look goes back further, for commits that took very long. */
const LONG_LOOK = { every: 240, backMs: 600_000 };

/**
 * Watches over messages that were resolved: asks the next candidate when an attempt's time is over or it died, sends what a broker that died had only
 * noted, and answers REQUESTs to all once their parts are answered. Any number of brokers watch; what one does the others find done. After a restart
 * the first look goes back over the whole retention.
 */
@Injectable()
export class MatchWatch implements OnModuleInit {
  private readonly logger = new Logger(MatchWatch.name);
  private since = new Date(0);
  private sentSince = new Date(0);
  private looks = 0;
  private looking?: Promise<void>;
  private again = false;

  constructor(
    private readonly database: Database,
    private readonly store: MatchStore,
    private readonly fallback: Fallback,
    private readonly aggregate: AggregateAnswer,
    private readonly news: MatchNews,
    private readonly events: DomainEvents,
    private readonly tasks: BackgroundTasks,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.since = this.sentSince = new Date(this.database.clock.now() - this.config.messageRetentionSeconds * 1_000);
    this.tasks.every(WATCH_MS, 'attempts', () => this.follow());
    this.tasks.every(SWEEP_MS, 'unfinished attempts', () => this.sweep());
    this.news.onNews(() => this.hurry());
    this.events.subscribe(['twin.status-changed', 'twin.deregistered'], async ({ kind, subject, data }) => {
      if (kind === 'twin.status-changed' && data.status !== 'EXPIRED') return;
      await this.store.markReceiverDead(subject, RECEIVER_EXPIRED);
      this.hurry();
    });
  }

  /** Looks at everything that there is to look at now. */
  async look(): Promise<void> {
    await this.follow();
    await this.sweep();
  }

  /** Looks soon, without being waited for. */
  private hurry(): void {
    if (this.looking !== undefined) {
      this.again = true;
      return;
    }
    this.looking = this.hurried().finally(() => {
      this.looking = undefined;
    });
  }

  private async hurried(): Promise<void> {
    // After the change of an inbox that is under way, which may wait for the news to be told.
    await Promise.resolve();
    do {
      this.again = false;
      try {
        await this.follow();
        await this.complete();
      } catch (error) {
        this.logger.warn({ err: error }, 'A look at attempts failed; the next one finds what there is.');
      }
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- hurry() sets it meanwhile
    } while (this.again);
  }

  private async follow(): Promise<void> {
    const started = this.database.clock.now();
    await this.inBatches(
      () => this.store.due(this.since, BATCH),
      (attempt) => this.fallback.followUp(attempt),
    );
    this.looks += 1;
    this.since = new Date(started - (this.looks % LONG_LOOK.every === 0 ? LONG_LOOK.backMs : OVERLAP_MS));
  }

  private async sweep(): Promise<void> {
    const started = this.database.clock.now();
    await this.inBatches(
      () => this.store.unsent(this.sentSince, BATCH),
      (attempt) => this.fallback.send(attempt),
    );
    this.sentSince = new Date(started - LONG_LOOK.backMs);
    await this.complete();
  }

  private async complete(): Promise<void> {
    for (const request of await this.store.complete(BATCH)) await this.aggregate.give(request);
  }

  /** Until a batch brings nothing new: an attempt that stays as it is comes again and again. */
  private async inBatches(read: () => Promise<MatchAttempt[]>, work: (attempt: MatchAttempt) => Promise<void>): Promise<void> {
    const seen = new Set<string>();
    for (;;) {
      const found = await read();
      const fresh = found.filter((each) => !seen.has(keyOf(each)));
      for (const attempt of fresh) {
        seen.add(keyOf(attempt));
        await work(attempt);
      }
      if (fresh.length === 0 || found.length < BATCH) return;
    }
  }
}

function keyOf({ requester, messageId, segment, ordinal }: MatchAttempt): string {
  return `${requester}\n${messageId}\n${segment}\n${ordinal}`;
}
