import { Injectable } from '@nestjs/common';
import { jsonArrayElements } from '../../kernel/json-text.js';
import { DomainError } from '../../problems/domain-error.js';
import { problemDocument, type ProblemDocument, toDomainError } from '../../problems/problem-document.js';
import type { Principal } from '../../security/principal.js';
import { messageText } from '../adaptation/adapted-message.js';
import { AdaptedAnswers } from '../adaptation/adapted-answers.js';
import { LogReader, type RequestKey } from '../log/log-reader.js';
import type { LogRow } from '../log/log-row.js';
import { Withdrawals } from '../control/withdrawals.js';
import { AnswerWait } from '../request/answer-wait.js';
import { AcceptanceService, type Receipt } from './acceptance.service.js';
import { MAX_BATCH_MESSAGES } from './limits.js';
import { SenderAuthority } from './sender-authority.js';
import { parseTwinId } from '../../kernel/ids.js';

/** How a message was taken: accepted, or already answered within the wait. */
export interface Submission {
  receipt: Receipt;
  /** The RESPONSE as JSON text, when there is one. */
  response?: string;
  /** To be called once the RESPONSE was written to the caller: its delivery is settled then. */
  taken?: () => Promise<void>;
}

/** One outcome of a batch, in the order of the batch. */
export type BatchOutcome = { receipt: Receipt } | { problem: ProblemDocument };

/** What is known of a message that was accepted. */
export interface MessageReport {
  messageId: string;
  sender: string;
  acceptedAt: Date;
  deadline: Date | null;
  /** When its sender took it back. */
  withdrawnAt?: Date;
  response?: string;
}

/** Nothing else is the id of a message; PostgreSQL would refuse to look for some of it. */
const MESSAGE_ID = /^[\x21-\x7e]{1,200}$/;

/** Takes messages in from a caller: one, with or without waiting for its answer, or many. */
@Injectable()
export class MessageIntakeService {
  constructor(
    private readonly acceptance: AcceptanceService,
    private readonly answers: AnswerWait,
    private readonly reader: LogReader,
    private readonly authority: SenderAuthority,
    private readonly withdrawals: Withdrawals,
    private readonly adapted: AdaptedAnswers,
  ) {}

  /** Accepts one message; for a REQUEST waits up to `waitMs` for its answer. Hanging up ends the wait, never the REQUEST. */
  async submit(principal: Principal, text: string, waitMs = 0, signal?: AbortSignal, traceparent?: string): Promise<Submission> {
    const receipt = await this.acceptance.accept(principal, text, traceparent);
    const { request } = receipt;
    if (request === undefined || (waitMs === 0 && !receipt.repeated)) return { receipt };
    const answer = await this.answers.for(request, waitMs, signal);
    return answer === undefined ? { receipt } : { receipt, ...(await this.inline(request, answer)) };
  }

  /**
   * Accepts an array of messages; a bad one never spoils its neighbours.
   * @throws JsonTextError when it is no array, DomainError `payload-too-large` beyond 1,000 messages
   */
  async submitBatch(principal: Principal, text: string, traceparent?: string): Promise<BatchOutcome[]> {
    const { elements, truncated } = jsonArrayElements(text, MAX_BATCH_MESSAGES);
    if (truncated) throw new DomainError('payload-too-large', `An array may hold at most ${MAX_BATCH_MESSAGES} messages.`);
    const outcomes: Promise<BatchOutcome>[] = [];
    let before: Promise<unknown> = Promise.resolve();
    for (const [index, { start, end }] of elements.entries()) {
      const outcome = await this.beginOne(principal, text.slice(start, end), before, index, traceparent);
      outcomes.push(outcome.done);
      before = Promise.all([before, outcome.done]);
    }
    return Promise.all(outcomes);
  }

  /** What became of a message that the principal's twin sent. @throws DomainError `not-found`, `forbidden` */
  async report(principal: Principal, sender: string, messageId: string): Promise<MessageReport> {
    await this.authority.requireOwner(principal, parseTwinId(sender));
    const accepted = MESSAGE_ID.test(messageId) ? await this.reader.findAccepted(sender, messageId) : undefined;
    if (accepted === undefined) throw new DomainError('not-found', `${sender} sent no message ${messageId} that is still remembered.`);
    const answer = await this.reader.findAnswer({ requester: sender, messageId, segment: accepted.segment });
    const { acceptedAt, deadline, channel, position } = accepted;
    const withdrawal = answer === undefined ? (await this.withdrawals.among(channel, [position])).get(position) : undefined;
    const withdrawnAt = withdrawal?.reason === 'withdrawn' ? withdrawal.withdrawnAt : undefined;
    const response = answer === undefined ? {} : { response: messageText(await this.adapted.of(answer)) };
    return { messageId, sender, acceptedAt, deadline, withdrawnAt, ...response };
  }

  private async inline(request: RequestKey, answer: LogRow): Promise<Pick<Submission, 'response' | 'taken'>> {
    return { response: messageText(await this.adapted.of(answer)), taken: () => this.reader.takeAnswer(request) };
  }

  /** The promise is wrapped, so that awaiting the start of one message does not await its commit. */
  private async beginOne(
    principal: Principal,
    text: string,
    before: Promise<unknown>,
    index: number,
    traceparent?: string,
  ): Promise<{ done: Promise<BatchOutcome> }> {
    const refusal = (error: unknown): BatchOutcome => ({ problem: problemDocument(toDomainError(error).beneath(`/${index}`)) });
    try {
      const { receipt } = await this.acceptance.begin(principal, text, before, traceparent);
      return { done: receipt.then((accepted) => ({ receipt: accepted }), refusal) };
    } catch (error) {
      return { done: Promise.resolve(refusal(error)) };
    }
  }
}
