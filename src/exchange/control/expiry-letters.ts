import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { Undertaker } from '../dead-letter/undertaker.js';
import { LogReader } from '../log/log-reader.js';
import { isStream, KIND_NUMBERS, type LogRow, type Position, TRAITS } from '../log/log-row.js';
import { ADAPTOR_PARTY } from '../../vocabulary/envelope.js';
import { InboxFigures } from './inbox-figures.js';
import { EXPIRY_LETTERS_SQL } from './letter.queries.js';
import { Withdrawals } from './withdrawals.js';

const LOOK_MS = 2_000;
const BATCH = 200;
/** How far before the last look the next begins, because a commit may become visible after its time. */
const OVERLAP_MS = 5_000;
/** Now and then a look goes back further: for commits that took long, and for what was in hands then. */
const LONG_LOOK = { every: 60, backMs: 600_000 };
const REASON = 'its time was over';

/**
 * Messages whose time is over and whose sender asked for a dead letter (`onExpiry`). When they are about to be passed they are buried by the dispatch
 * check; those that nobody reads are found by an index of such messages alone. Others are only counted.
 */
@Injectable()
export class ExpiryLetters implements DispatchCheck, OnModuleInit {
  private since = new Date(0);
  private looks = 0;

  constructor(
    private readonly withdrawals: Withdrawals,
    private readonly undertaker: Undertaker,
    private readonly reader: LogReader,
    private readonly figures: InboxFigures,
    private readonly database: Database,
    private readonly tasks: BackgroundTasks,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.since = new Date(this.database.clock.now() - this.config.messageRetentionSeconds * 1_000);
    this.tasks.every(LOOK_MS, 'expired messages', () => this.look());
  }

  judge(receiver: TwinId, rows: readonly SourcedRow[], state?: InboxState): Promise<Verdicts | undefined> | undefined {
    const expired = rows.filter((row) => row.expired && row.channel === receiver);
    const asking = expired.filter(asksForLetter);
    // Who judges with a state is about to pass them.
    if (state !== undefined) this.figures.passed('expired', expired.length - asking.length);
    return asking.length === 0 ? undefined : this.judgeAsking(receiver, asking);
  }

  /** Buries what is over and waits unread. */
  async look(): Promise<void> {
    const started = this.database.clock.now();
    for (;;) {
      const found = await this.database.query<{ channel: string; lane: number; position: Position; expiresAt: Date }>(EXPIRY_LETTERS_SQL, [
        this.since,
        BATCH,
      ]);
      for (const { channel, lane, position } of found) if (!isStream(channel)) await this.bury(parseTwinId(channel), lane, position);
      const last = found.at(-1);
      if (found.length < BATCH || last === undefined) break;
      this.since = last.expiresAt;
    }
    this.looks += 1;
    this.since = new Date(started - (this.looks % LONG_LOOK.every === 0 ? LONG_LOOK.backMs : OVERLAP_MS));
  }

  private async judgeAsking(receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts> {
    const letters = new Set<LogRow>(await this.lettersAmong(receiver, rows));
    return new Map(rows.map((row): [SourcedRow, Verdict] => [row, letters.has(row) ? { bury: REASON } : 'pass']));
  }

  private async bury(receiver: TwinId, lane: number, position: Position): Promise<void> {
    const rows = await this.lettersAmong(receiver, (await this.reader.at(receiver, lane, [position])).filter(asksForLetter));
    const { taken } = await this.withdrawals.takeBackRows(receiver, rows, 'expired', {
      evenAnswered: true,
      before: (unclaimed) =>
        this.undertaker.buryRows(
          receiver,
          unclaimed.map((row) => ({ row: { ...row, source: String(lane), key: row.orderingKey }, reason: REASON })),
        ),
    });
    this.figures.passed('dead-lettered', taken.length);
  }

  /** Those that nobody took back, and of REQUESTs those that the receiver did not answer. */
  private async lettersAmong<R extends LogRow>(receiver: TwinId, rows: readonly R[]): Promise<R[]> {
    const gone = await this.withdrawals.among(
      receiver,
      rows.map((row) => row.position),
    );
    const letters: R[] = [];
    for (const row of rows) if (!gone.has(row.position) && !(await this.isAnswered(row))) letters.push(row);
    return letters;
  }

  private async isAnswered({ sender: requester, messageId, requestSegment: segment }: LogRow): Promise<boolean> {
    if (segment === null) return false;
    const answer = await this.reader.findAnswer({ requester, messageId, segment });
    return answer !== undefined && answer.sender !== ADAPTOR_PARTY.id;
  }
}

function asksForLetter(row: LogRow): boolean {
  return row.expired && (row.traits & TRAITS.deadLetterOnExpiry) !== 0 && row.kind !== KIND_NUMBERS.RESPONSE;
}
