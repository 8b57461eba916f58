/**
 * The last dispatch check: adapts payloads for their receiver. A message is adapted when it is about to go out, by the plan it was accepted under, and
 * the outcome stands on the row; what waits behind it is not looked at.
 *
 * Some steps take their time (a script runs in a worker). Such messages get a moment together; one that is not ready then waits on its own, with
 * the messages of its key behind it, while all others of the inbox go out. Its outcome is kept until it is asked for again.
 */
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { KIND_NUMBERS, type Position } from '../log/log-row.js';
import { type Adaptation, Adaptations } from './adaptations.js';
import { failureWords, unadaptable } from './adapted-message.js';

/** How long the messages of one look are waited for together, in milliseconds. */
const TOGETHER_MS = 100;
/** When a message that was not ready is looked at again, in milliseconds. */
const AGAIN_MS = 200;
/** When a message is tried again whose adaptation failed for a reason that is not its own, in milliseconds. */
const TROUBLE_MS = 2_000;
const MAX_PENDING = 10_000;
/** How long the outcome of a slow adaptation is kept for whoever asks again, in milliseconds. */
const KEPT_MS = 60_000;

/** An adaptation under way, or its outcome; `trouble`: it failed for a reason that is not the message's. */
interface Attempt {
  outcome?: Adaptation | 'trouble';
  readonly done: Promise<void>;
}

/** Adapts what is about to be delivered; buries what cannot be adapted. Costs a look into a map for each message whose plan changes nothing. */
@Injectable()
export class AdaptationCheck implements DispatchCheck {
  private readonly logger = new Logger(AdaptationCheck.name);
  private readonly pending = new LRUCache<string, Attempt>({ max: MAX_PENDING, ttl: KEPT_MS });

  constructor(
    private readonly adaptations: Adaptations,
    private readonly database: Database,
  ) {}

  judge(receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> | undefined {
    let concerned: SourcedRow[] | undefined;
    for (const row of rows) {
      if (row.adapted === undefined && !this.adaptations.isUntouched(row)) (concerned ??= []).push(row);
    }
    return concerned === undefined ? undefined : this.adapt(receiver, concerned);
  }

  /** Adapts rows that are shown or handed out again without being judged; gives the positions of those that cannot be adapted. */
  async complete(receiver: TwinId, rows: readonly SourcedRow[]): Promise<ReadonlySet<Position>> {
    const unadaptable = new Set<Position>();
    for (const row of rows) {
      if (row.adapted !== undefined || this.adaptations.isUntouched(row)) continue;
      const attempt = this.attempt(receiver, row);
      await attempt.done;
      if (this.take(receiver, row, attempt, 0) !== undefined) unadaptable.add(row.position);
    }
    return unadaptable;
  }

  private async adapt(receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const attempts = rows.map((row) => this.attempt(receiver, row));
    await within(TOGETHER_MS, attempts);
    const now = this.database.clock.now();
    const verdicts = new Map<SourcedRow, Verdict>();
    rows.forEach((row, index) => {
      const verdict = this.take(receiver, row, attempts[index], now);
      if (verdict !== undefined) verdicts.set(row, verdict);
    });
    return verdicts.size === 0 ? undefined : verdicts;
  }

  /** Starts to adapt the message, or goes on with what was started before. */
  private attempt(receiver: TwinId, row: SourcedRow): Attempt {
    const known = this.pending.get(keyOf(receiver, row));
    if (known !== undefined) return known;
    const attempt: Attempt = {
      done: this.adaptations.adapt(row, receiver).then(
        (outcome) => {
          attempt.outcome = outcome;
        },
        (error: unknown) => {
          attempt.outcome = 'trouble';
          this.logger.warn({ err: error, receiver, sender: row.sender, messageId: row.messageId }, 'A message could not be adapted now.');
        },
      ),
    };
    return attempt;
  }

  /** Puts what came of it on the row, or says what is to be done with it instead. */
  private take(receiver: TwinId, row: SourcedRow, attempt: Attempt | undefined, now: number): Verdict | undefined {
    const key = keyOf(receiver, row);
    const outcome = attempt?.outcome;
    if (attempt !== undefined && outcome === undefined) {
      this.pending.set(key, attempt);
      return { waitUntil: now + AGAIN_MS };
    }
    this.pending.delete(key);
    if (outcome === undefined || outcome === 'unchanged') return undefined;
    if (outcome === 'trouble') return { waitUntil: now + TROUBLE_MS };
    if ('adapted' in outcome) {
      row.adapted = outcome.adapted;
      return undefined;
    }
    if (row.kind === KIND_NUMBERS.RESPONSE) {
      row.adapted = unadaptable(outcome.envelope, outcome.failure);
      return undefined;
    }
    return { bury: `not-adaptable: ${failureWords(outcome.failure)}`, adaptation: outcome.failure };
  }
}

function keyOf(receiver: TwinId, { connectionId, channel, lane, position }: SourcedRow): string {
  return `${receiver} ${connectionId ?? ''} ${channel} ${lane} ${position}`;
}

/** Resolves when all are done, or the time is over. */
async function within(ms: number, attempts: readonly Attempt[]): Promise<void> {
  const open = attempts.filter(({ outcome }) => outcome === undefined).map(({ done }) => done);
  if (open.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(open), over]).finally(() => {
    clearTimeout(timer);
  });
}
