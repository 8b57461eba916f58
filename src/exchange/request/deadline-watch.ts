import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import { LogReader } from '../log/log-reader.js';
import { AggregateAnswer } from '../match/aggregate-answer.js';
import { isMatchedRequest } from '../match/turn-check.js';
import { BrokerAnswers } from './broker-answers.js';
import { Config } from '../../config/config.js';

const WATCH_MS = 500;
const BATCH = 500;
/** How far before the last look the next begins, because a commit may become visible after its deadline. */
const OVERLAP_MS = 3_000;
/** Now and then a look goes back further, for commits that took very long. */
const LONG_LOOK = { every: 120, backMs: 600_000 };

/**
 * Answers REQUESTs whose deadline passed with PEER_TIMEOUT. Any number of brokers watch: of several answers the first committed is the one.
 * After a restart the first look goes back over the whole retention, so that no REQUEST stays without its answer.
 */
@Injectable()
export class DeadlineWatch implements OnModuleInit {
  private since = new Date(0);
  private looks = 0;

  constructor(
    private readonly database: Database,
    private readonly reader: LogReader,
    private readonly answers: BrokerAnswers,
    private readonly aggregate: AggregateAnswer,
    private readonly tasks: BackgroundTasks,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.since = new Date(this.database.clock.now() - this.config.messageRetentionSeconds * 1_000);
    this.tasks.every(WATCH_MS, 'deadlines', () => this.look());
  }

  /** Answers everything that is overdue now. */
  async look(): Promise<void> {
    const started = this.database.clock.now();
    for (;;) {
      const overdue = await this.reader.overdue(this.since, BATCH);
      await Promise.all(
        overdue.map(async (request) => {
          const [row] = await this.reader.at(request.channel, request.lane, [request.position]);
          if (row === undefined) return;
          if (isMatchedRequest(row) && (await this.aggregate.give(request))) return;
          await this.answers.give(request, row.envelope, 'PEER_TIMEOUT', 'The receiver did not answer before the deadline.');
        }),
      );
      if (overdue.length < BATCH) break;
    }
    this.looks += 1;
    this.since = new Date(started - (this.looks % LONG_LOOK.every === 0 ? LONG_LOOK.backMs : OVERLAP_MS));
  }
}
