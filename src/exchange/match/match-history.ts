import { Injectable } from '@nestjs/common';
import { LogReader, type RequestKey } from '../log/log-reader.js';
import type { AttemptReason, MatchCandidate, MatchPolicy } from './match-request.js';
import { MatchStore } from './match.store.js';

/** A candidate with its place in the order of preference, from 1. */
export interface RankedCandidate extends MatchCandidate {
  readonly rank: number;
}

/** One receiver that was asked, or got a copy. */
export interface AttemptRecord {
  readonly ordinal: number;
  readonly receiver: string;
  readonly reason: AttemptReason;
  /** Under which message id it got the message; of a later attempt that of the message itself. */
  readonly messageId: string;
  readonly startedAt: Date;
  /** Until when its answer was awaited before the next was asked; absent when it was the only one to be asked. */
  readonly until?: Date;
  /** Why it could not answer. */
  readonly dead?: string;
  /** When the next was asked in its place. */
  readonly supersededAt?: Date;
  /** Of a part: when it was answered. */
  readonly answeredAt?: Date;
}

/** How the receiver of a message was found. */
export interface MatchRecord {
  readonly policy: MatchPolicy;
  readonly query: unknown;
  readonly attemptTimeoutMs?: number;
  readonly acceptedAt: Date;
  readonly candidates: readonly RankedCandidate[];
  readonly attempts: readonly AttemptRecord[];
}

/** Tells how messages were resolved. */
@Injectable()
export class MatchHistory {
  constructor(
    private readonly store: MatchStore,
    private readonly reader: LogReader,
  ) {}

  /** How a message was resolved, as long as its acceptance is remembered; undefined for one that named its receiver. */
  async read(key: RequestKey): Promise<MatchRecord | undefined> {
    const request = await this.store.request(key);
    if (request === undefined) return undefined;
    const { policy, query, attemptTimeoutMs, acceptedAt, candidates } = request;
    const attempts = await this.store.attempts(key);
    const isTogether = policy === 'all';
    const records = attempts.map(async (attempt, index): Promise<AttemptRecord> => {
      const { ordinal, receiver, reason, startedAt, attemptUntil, dead } = attempt;
      const answer = isTogether ? await this.reader.findAnswer({ ...key, messageId: attempt.partId }) : undefined;
      const next = isTogether ? undefined : attempts[index + 1];
      return {
        ordinal,
        receiver,
        reason,
        messageId: isTogether ? attempt.partId : attempt.messageId,
        startedAt,
        ...(attemptUntil === null ? {} : { until: attemptUntil }),
        ...(dead === null ? {} : { dead }),
        ...(next === undefined ? {} : { supersededAt: next.startedAt }),
        ...(answer === undefined ? {} : { answeredAt: answer.acceptedAt }),
      };
    });
    return {
      policy,
      query: JSON.parse(query) as unknown,
      ...(attemptTimeoutMs === null ? {} : { attemptTimeoutMs }),
      acceptedAt,
      candidates: candidates.map((candidate, index) => ({ rank: index + 1, ...candidate })),
      attempts: await Promise.all(records),
    };
  }
}
