import { Injectable } from '@nestjs/common';
import { type Envelope, type MessageStatus } from '../../vocabulary/envelope.js';
import { isSuccess, type StatusCode } from '../../vocabulary/status.js';
import { AdaptedAnswers } from '../adaptation/adapted-answers.js';
import { LogReader, type RequestKey } from '../log/log-reader.js';
import type { LogRow } from '../log/log-row.js';
import { MAX_MESSAGE_BYTES } from '../message/limits.js';
import { BrokerAnswers } from '../request/broker-answers.js';
import type { MatchAttempt } from './match-request.js';
import { MatchStore } from './match.store.js';

/** Bytes that the payloads of all parts may take together in one answer. */
const MAX_PAYLOADS_BYTES = MAX_MESSAGE_BYTES / 2;

interface Part {
  attempt: MatchAttempt;
  status: MessageStatus;
  /** As the requester gets it. */
  answer?: Pick<LogRow, 'payload' | 'acceptedAt'>;
}

/** Answers a REQUEST that went to all: once every part is answered, or when its time is over, with what there is. */
@Injectable()
export class AggregateAnswer {
  constructor(
    private readonly store: MatchStore,
    private readonly reader: LogReader,
    private readonly answers: BrokerAnswers,
    private readonly adapted: AdaptedAnswers,
  ) {}

  /**
   * Gives the answer, unless it was given. A part without an answer counts as PEER_TIMEOUT.
   * @returns whether the REQUEST went to all
   */
  async give(key: RequestKey): Promise<boolean> {
    const request = await this.store.request(key);
    const accepted = await this.reader.findAccepted(key.requester, key.messageId);
    if (request?.policy !== 'all' || accepted === undefined) return false;
    const [whole] = await this.reader.at(accepted.channel, accepted.lane, [accepted.position]);
    if (whole === undefined) return false;
    const parts = await Promise.all((await this.store.attempts(key)).map((attempt) => this.partOf(attempt)));
    const { code, reason } = verdictOf(parts);
    await this.answers.giveContent(key, JSON.parse(whole.envelope) as Envelope, {
      code,
      reason,
      details: parts.map(({ attempt, status }) => ({ receiver: attempt.receiver, messageId: attempt.partId, code: status.code })),
      payloadText: payloadOf(parts),
    });
    return true;
  }

  private async partOf(attempt: MatchAttempt): Promise<Part> {
    const { requester, partId: messageId, segment } = attempt;
    const answer = await this.reader.findAnswer({ requester, messageId, segment });
    if (answer === undefined)
      return { attempt, status: { code: 'PEER_TIMEOUT', reason: 'The receiver did not answer before the deadline.' } };
    const { envelope, payload } = await this.adapted.of(answer);
    const { data } = JSON.parse(envelope) as Envelope;
    return { attempt, answer: { payload, acceptedAt: answer.acceptedAt }, status: data.status ?? { code: 'OK' } };
  }
}

/** OK when every part succeeded; else the code of the highest ranked part that failed. The reason says how many succeeded. */
function verdictOf(parts: readonly Part[]): { code: StatusCode; reason?: string } {
  const failed = parts.filter(({ status }) => !isSuccess(status.code));
  const [first] = failed;
  if (first === undefined) return { code: 'OK' };
  return { code: first.status.code, reason: `${parts.length - failed.length} of ${parts.length} succeeded.` };
}

/** `{"parts": […]}` with each part's own payload text; payloads that would make it too large are left out, and found under the part's message id. */
function payloadOf(parts: readonly Part[]): string {
  let room = MAX_PAYLOADS_BYTES;
  const texts = parts.map(({ attempt, status, answer }) => {
    const head = JSON.stringify({
      receiver: attempt.receiver,
      messageId: attempt.partId,
      status,
      ...(answer === undefined ? {} : { answeredAt: answer.acceptedAt.toISOString() }),
    });
    const payload = answer?.payload ?? null;
    if (payload === null) return head;
    room -= Buffer.byteLength(payload);
    return room < 0 ? `${head.slice(0, -1)},"payloadOmitted":true}` : `${head.slice(0, -1)},"payload":${payload}}`;
  });
  return `{"parts":[${texts.join(',')}]}`;
}
