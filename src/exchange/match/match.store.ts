import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { LogRow } from '../log/log-row.js';
import type { RequestKey } from '../log/log-reader.js';
import {
  COMPLETE_SQL,
  DUE_SQL,
  FIND_ATTEMPTS_SQL,
  FIND_REQUEST_SQL,
  FIND_TURNS_SQL,
  MARK_DEAD_SQL,
  MARK_RECEIVER_DEAD_SQL,
  NEXT_SQL,
  UNSENT_SQL,
} from './match.queries.js';
import type { MatchAttempt, MatchCandidate, MatchRequest } from './match-request.js';

type RequestRow = Omit<MatchRequest, 'candidates'> & { candidates: string };

/** Reads and writes how messages were resolved, and who was asked. */
@Injectable()
export class MatchStore {
  constructor(private readonly database: Database) {}

  /** How a message was resolved. */
  async request({ requester, messageId, segment }: RequestKey): Promise<MatchRequest | undefined> {
    const rows = await this.run<RequestRow>('match-request', FIND_REQUEST_SQL, [requester, messageId, segment]);
    return rows.map(toRequest)[0];
  }

  /** Everyone who was asked, in turn. */
  async attempts({ requester, messageId, segment }: RequestKey): Promise<MatchAttempt[]> {
    return this.run('match-attempts', FIND_ATTEMPTS_SQL, [requester, messageId, segment]);
  }

  /** Whose turn it is with these REQUESTs, row by row; undefined for one that was not resolved. */
  async turns(rows: readonly Pick<LogRow, 'sender' | 'messageId' | 'requestSegment'>[]): Promise<(string | undefined)[]> {
    const found = await this.run<{ ord: number; receiver: string }>('match-turns', FIND_TURNS_SQL, [
      rows.map((row) => row.sender),
      rows.map((row) => row.messageId),
      rows.map((row) => row.requestSegment),
    ]);
    const byRow = new Map(found.map(({ ord, receiver }) => [ord - 1, receiver]));
    return rows.map((_, index) => byRow.get(index));
  }

  /** Attempts whose time is over, or that died, and that nobody has followed up. */
  due(since: Date, limit: number): Promise<MatchAttempt[]> {
    return this.run('match-due', DUE_SQL, [since, limit]);
  }

  /** Attempts that were begun and not sent. */
  unsent(since: Date, limit: number): Promise<MatchAttempt[]> {
    return this.run('match-unsent', UNSENT_SQL, [since, limit]);
  }

  /** REQUESTs to all whose parts are answered. */
  async complete(limit: number): Promise<MatchRequest[]> {
    return (await this.run<RequestRow>('match-complete', COMPLETE_SQL, [limit])).map(toRequest);
  }

  /** Begins an attempt, unless somebody did. */
  async begin(attempt: Omit<MatchAttempt, 'startedAt' | 'dead'>): Promise<void> {
    await this.run('match-next', NEXT_SQL, attemptParameters(attempt));
  }

  /** Notes why the receiver whose turn it is will not answer. */
  async markDead(request: RequestKey, receiver: string, why: string): Promise<void> {
    await this.run('match-dead', MARK_DEAD_SQL, [request.requester, request.messageId, request.segment, receiver, why]);
  }

  /** The same for every REQUEST that awaits its answer. */
  async markReceiverDead(receiver: string, why: string): Promise<void> {
    await this.run('match-receiver-dead', MARK_RECEIVER_DEAD_SQL, [receiver, why]);
  }

  private async run<R>(name: string, text: string, values: unknown[]): Promise<R[]> {
    const { rows } = await this.database.hot.query({ name, text, values });
    return rows as R[];
  }
}

/** Parameters of a new attempt, in the order of its columns. */
export function attemptParameters(attempt: Omit<MatchAttempt, 'startedAt' | 'dead'>): unknown[] {
  const { requester, messageId, segment, ordinal, receiver, partId, reason, attemptUntil } = attempt;
  return [requester, messageId, segment, ordinal, receiver, partId, reason, attemptUntil];
}

function toRequest(row: RequestRow): MatchRequest {
  return { ...row, candidates: JSON.parse(row.candidates) as MatchCandidate[] };
}
