import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { isConstraint } from '../../database/sqlstate.js';
import { SEAL_MESSAGES, UnitOfWork } from '../../database/unit-of-work.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { parseConnectionId } from '../../kernel/ids.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { type Envelope, envelopeText } from '../../vocabulary/envelope.js';
import { Withdrawals } from '../control/withdrawals.js';
import { type AcceptedMessage, LogReader } from '../log/log-reader.js';
import type { LogRow, NewLogRow } from '../log/log-row.js';
import { TransactionLog } from '../log/transaction-log.js';
import { BrokerAnswers } from '../request/broker-answers.js';
import { adoptStatement, NEXT_ALONGSIDE_SQL } from './match.queries.js';
import { attemptId, type MatchAttempt, type MatchCandidate, type MatchRequest, RECEIVER_EXPIRED } from './match-request.js';
import { ailmentOf } from './match-resolver.js';
import { attemptParameters, MatchStore } from './match.store.js';

/** After the append that it completes. */
const AFTER_MESSAGES = SEAL_MESSAGES + 0.5;

type NewAttempt = Omit<MatchAttempt, 'startedAt' | 'dead'>;

/**
 * Asks the next candidate. In two steps, each of which may be repeated by any broker: the attempt is noted, which ends the turn of the one before;
 * then its log row is appended, under an acceptance id of its own that makes it one row. For a REQUEST that must not be carried out twice the first step
 * takes the message back from the inbox in the same commit, which fails once somebody has claimed it: see Withdrawals.
 */
@Injectable()
export class Fallback {
  constructor(
    private readonly store: MatchStore,
    private readonly reader: LogReader,
    private readonly withdrawals: Withdrawals,
    private readonly connections: ConnectionDirectory,
    private readonly twins: TwinDirectory,
    private readonly uow: UnitOfWork,
    private readonly log: TransactionLog,
    private readonly answers: BrokerAnswers,
    private readonly database: Database,
  ) {}

  /** Follows an attempt up whose time is over, or that died. */
  async followUp(attempt: MatchAttempt): Promise<void> {
    const request = await this.store.request(attempt);
    if (request === undefined) return;
    const attempts = await this.store.attempts(attempt);
    const latest = attempts.at(-1);
    if (latest?.ordinal !== attempt.ordinal) return;
    const place = await this.reader.findAccepted(attempt.requester, attempt.partId);
    // Its broker died before it was sent: it is its turn first.
    if (place === undefined) return this.send(attempt);
    const next = await this.nextOf(request, attempts);
    const begun = next !== undefined && (await this.begin(request, attempt, place, this.attemptOf(request, attempt, next)));
    // Another broker may have begun it meanwhile, which is why it could not be begun here.
    const now = begun || attempt.dead !== null ? (await this.store.attempts(attempt)).at(-1) : undefined;
    if (now !== undefined && now.ordinal > attempt.ordinal) await this.send(now);
    // Who has a REQUEST in hand may answer it although its registration ran out.
    else if (attempt.dead !== null && attempt.dead !== RECEIVER_EXPIRED) await this.giveUp(attempt, attempt.dead);
  }

  /** Appends the log row of an attempt that was begun; harmless when it is there. */
  async send(attempt: MatchAttempt): Promise<void> {
    const request = await this.store.request(attempt);
    const candidate = request?.candidates.find((each) => each.receiver === attempt.receiver);
    const first = await this.first(attempt);
    const { deadline } = request ?? {};
    if (candidate === undefined || first === undefined || !deadline) return;
    const { row, accepted } = first;
    const fresh = this.rowOf(attempt, candidate, row, accepted, deadline);
    try {
      await this.uow.run(async (tx) => {
        this.log.append(tx, fresh);
        tx.seal(AFTER_MESSAGES, () => adoptStatement({ ...attempt, deadline }, attempt.partId, fresh));
        return Promise.resolve();
      });
    } catch (error) {
      if (!isConstraint(error, 'refused')) throw error;
    }
  }

  /** Whether the next attempt was begun, here or elsewhere. */
  private async begin(request: MatchRequest, attempt: MatchAttempt, place: AcceptedMessage, next: NewAttempt): Promise<boolean> {
    const present = request.candidates.find((each) => each.receiver === attempt.receiver);
    if (present?.repeatable === true) {
      await this.store.begin(next);
      return true;
    }
    const beside = { sql: NEXT_ALONGSIDE_SQL, parameters: attemptParameters(next) };
    return (await this.withdrawals.takeBack(attempt.receiver, place, 'superseded', [beside])) === 'unclaimed';
  }

  /** The first candidate nobody has asked yet that is still connected and well. */
  private async nextOf(request: MatchRequest, attempts: readonly MatchAttempt[]): Promise<MatchCandidate | undefined> {
    const asked = new Set(attempts.map(({ receiver }) => receiver));
    for (const candidate of request.candidates) {
      if (asked.has(candidate.receiver)) continue;
      const connection = await this.connections.find(parseConnectionId(candidate.connectionId));
      const twin = await this.twins.find(candidate.receiver);
      if (connection?.state === 'CONNECTED' && twin !== undefined && ailmentOf(twin) === undefined) return candidate;
    }
    return undefined;
  }

  private attemptOf(request: MatchRequest, before: MatchAttempt, { receiver }: MatchCandidate): NewAttempt {
    const { requester, messageId, segment, attemptTimeoutMs } = request;
    const ordinal = before.ordinal + 1;
    return {
      requester,
      messageId,
      segment,
      ordinal,
      receiver,
      partId: attemptId(messageId, ordinal),
      reason: before.dead === null ? 'timed-out' : 'dead',
      attemptUntil: attemptTimeoutMs === null ? null : new Date(this.database.clock.now() + attemptTimeoutMs),
    };
  }

  private rowOf(attempt: MatchAttempt, candidate: MatchCandidate, row: LogRow, accepted: AcceptedMessage, deadline: Date): NewLogRow {
    const { header, data } = JSON.parse(row.envelope) as Envelope;
    return {
      channel: attempt.receiver,
      lane: row.lane,
      orderingKey: row.orderingKey,
      sender: row.sender,
      messageId: attempt.partId,
      kind: row.kind,
      fingerprint: accepted.fingerprint,
      ttlMs: Math.max(1, Math.round(deadline.getTime() - this.database.clock.now())),
      sentAt: null,
      answerable: false,
      answers: null,
      connectionId: candidate.connectionId,
      planVersion: candidate.planVersion,
      envelope: envelopeText({ header: { ...header, receiver: { id: attempt.receiver, role: 'DT' } }, data }),
      payload: row.payload,
      notBefore: row.notBefore?.toISOString() ?? null,
      traits: row.traits,
    };
  }

  /** The REQUEST as it went to the first who was asked. */
  private async first({ requester, messageId }: MatchAttempt): Promise<{ row: LogRow; accepted: AcceptedMessage } | undefined> {
    const accepted = await this.reader.findAccepted(requester, messageId);
    if (accepted === undefined) return undefined;
    const [row] = await this.reader.at(accepted.channel, accepted.lane, [accepted.position]);
    return row === undefined ? undefined : { row, accepted };
  }

  /** Nobody is left to ask. */
  private async giveUp(attempt: MatchAttempt, why: string): Promise<void> {
    const first = await this.first(attempt);
    if (first === undefined) return;
    await this.answers.give(attempt, first.row.envelope, 'PEER_UNREACHABLE', `The receiver could not be reached: ${why}.`);
  }
}
