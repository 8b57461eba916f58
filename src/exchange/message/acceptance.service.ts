import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { issuerOf } from '../../security/issuer.js';
import type { TwinId } from '../../kernel/ids.js';
import { Database } from '../../database/database.js';
import { isConstraint } from '../../database/sqlstate.js';
import { DomainError } from '../../problems/domain-error.js';
import { Presence } from '../../registry/lease/presence.js';
import { toDomainError } from '../../problems/problem-document.js';
import type { Principal } from '../../security/principal.js';
import { MessageLinks } from '../history/message-links.js';
import { HostedRequests, isHosted } from '../hosted/hosted-requests.service.js';
import { LogReader } from '../log/log-reader.js';
import type { NewLogRow } from '../log/log-row.js';
import { type AppendOutcome, LogWriter } from '../log/log-writer.js';
import { MatchAcceptance } from '../match/match-acceptance.js';
import { type AnsweredMessage, ResponseAcceptance } from '../request/response-acceptance.js';
import { AcceptanceChecks } from './acceptance-checks.js';
import { type IncomingMessage, readMessage } from './incoming-message.js';
import { noteHop } from './hops.js';
import { newRow } from './new-row.js';
import { checkPayloadReference } from './payload-reference.js';
import { PeerRouting } from './peer-routing.js';
import { isProgress, ProgressRouting } from './progress-routing.js';
import { alsoTold, type Receipt } from './receipt.js';
import { Repeats } from './repeats.js';
import { SenderAuthority } from './sender-authority.js';

export type { Receipt } from './receipt.js';

/** A message whose acceptance is tried; see {@link AcceptanceService.rehearse}. */
export interface Rehearsal {
  sender: TwinId;
  message: IncomingMessage;
  /** @throws DomainError `message-conflict` */
  isRepeat(): Promise<boolean>;
  /** The row that it would be, once every check has passed. @throws DomainError */
  place(): Promise<NewLogRow>;
}

/** A message that is about to be committed; `receipt` resolves after COMMIT. */
export interface Acceptance {
  receipt: Promise<Receipt>;
}

/**
 * Accepts messages: authenticates the sender, checks vocabulary, connection, payload, and stores. A refusal leaves nothing behind; a repeat of an
 * accepted message gets the first receipt, whatever has changed since.
 */
@Injectable()
export class AcceptanceService {
  /** How this deployment stands in the `via` of messages. */
  private readonly brokerId: string;

  constructor(
    private readonly authority: SenderAuthority,
    private readonly routing: PeerRouting,
    private readonly responses: ResponseAcceptance,
    private readonly hosted: HostedRequests,
    private readonly matches: MatchAcceptance,
    private readonly checks: AcceptanceChecks,
    private readonly writer: LogWriter,
    private readonly reader: LogReader,
    private readonly repeats: Repeats,
    private readonly progress: ProgressRouting,
    private readonly links: MessageLinks,
    private readonly presence: Presence,
    private readonly database: Database,
    config: Config,
  ) {
    this.brokerId = config.brokerId ?? issuerOf(config);
  }

  /** Accepts one message. @throws DomainError, JsonTextError */
  async accept(principal: Principal, text: string, traceparent?: string): Promise<Receipt> {
    return (await this.begin(principal, text, undefined, traceparent)).receipt;
  }

  /**
   * Checks a message and hands it to the log; messages begun one after the other keep their order. @throws DomainError, JsonTextError
   * @param before resolves when the messages of the same batch before this one are committed
   * @param traceparent the trace of the request that brought the message, for a message that names none
   * @param isPatient whether to wait for room instead of being refused when too much waits for its commit
   */
  async begin(
    principal: Principal,
    text: string,
    before: Promise<unknown> = Promise.resolve(),
    traceparent?: string,
    isPatient = false,
  ): Promise<Acceptance> {
    const message = readMessage(text);
    noteHop(message.envelope.header, this.brokerId);
    if (traceparent !== undefined) message.envelope.header.traceparent ??= traceparent;
    const sender = this.authority.knownSender(principal, message) ?? (await this.authority.requireSender(principal, message));
    this.presence.saw(sender);
    try {
      checkPayloadReference(message.envelope, this.database.clock.now());
      const { match } = message;
      if (match !== undefined) {
        await before;
        await this.links.noteMessage(message.envelope.header);
        const work = (): Promise<void> => this.matches.accept(principal, sender, message, match);
        return { receipt: Promise.resolve(await this.committed(sender, message, work)) };
      }
      if (isHosted(message.envelope)) {
        await before;
        await this.links.noteMessage(message.envelope.header);
        const work = (): Promise<void> => this.hosted.carryOut(principal, sender, message);
        return { receipt: Promise.resolve(await this.committed(sender, message, work)) };
      }
      const placed = this.knownPlace(principal, sender, message) ?? (await this.place(principal, sender, message));
      const checking = this.checks.check({ principal, sender, message, row: placed.row });
      if (checking !== undefined) await checking;
      // Thousands of messages may wait for their commit: what was parsed to be checked does not wait with them.
      if (message.payload !== undefined) message.payload.value = undefined;
      if (isPatient) await this.writer.room(sender);
      const noting = this.links.noteMessage(message.envelope.header);
      if (noting !== undefined) await noting;
      return { receipt: this.append(principal, sender, message, placed) };
    } catch (error) {
      const repeat = await this.repeats.find(sender, message);
      if (repeat !== undefined) return { receipt: Promise.resolve(repeat) };
      throw error;
    }
  }

  /**
   * What {@link begin} would check, step by step, storing nothing.
   * @throws DomainError, JsonTextError for what is no message, not the caller's to send, or carried out by the broker itself
   */
  async rehearse(principal: Principal, text: string): Promise<Rehearsal> {
    const message = readMessage(text);
    noteHop(message.envelope.header, this.brokerId);
    const sender = await this.authority.requireSender(principal, message);
    if (message.match === undefined && isHosted(message.envelope)) {
      throw new DomainError(
        'validation-failed',
        'A dry run is for messages to twins; what the broker carries out itself cannot be tried.',
        {
          pointer: '/header/receiver',
        },
      );
    }
    return {
      sender,
      message,
      isRepeat: async () => (await this.repeats.find(sender, message)) !== undefined,
      place: async () => {
        checkPayloadReference(message.envelope, this.database.clock.now());
        const { row, request } = await this.place(principal, sender, message);
        await this.checks.check({ principal, sender, message, row });
        if (request !== undefined && row.answers !== null && (await this.reader.findAnswer({ ...row.answers, segment: request.segment })))
          throw refusalOf('refused');
        return row;
      },
    };
  }

  /** The place of a message between twins that are connected, when everything it takes is in memory: then there is nothing to wait for. */
  private knownPlace(
    principal: Principal,
    sender: TwinId,
    message: IncomingMessage,
  ): { row: NewLogRow; receiverBackAt?: Date } | undefined {
    const { envelope } = message;
    const { messageType, receiver } = envelope.header;
    if (messageType === 'RESPONSE' || receiver === undefined || isProgress(envelope)) return undefined;
    const placement = this.routing.knownDelivery(principal, sender, message);
    return placement === undefined ? undefined : { row: newRow(message, placement), receiverBackAt: placement.receiverBackAt };
  }

  private async place(
    principal: Principal,
    sender: TwinId,
    message: IncomingMessage,
  ): Promise<{ row: NewLogRow; request?: AnsweredMessage; receiverBackAt?: Date }> {
    const { header } = message.envelope;
    if (header.messageType === 'RESPONSE') return this.responses.prepare(sender, message);
    const placement = isProgress(message.envelope)
      ? await this.progress.place(sender, message)
      : header.receiver === undefined
        ? await this.routing.publication(sender, message)
        : await this.routing.delivery(principal, sender, message);
    return { row: newRow(message, placement), receiverBackAt: placement.receiverBackAt };
  }

  private async append(
    principal: Principal,
    sender: TwinId,
    message: IncomingMessage,
    { row, request, receiverBackAt }: { row: NewLogRow; request?: AnsweredMessage; receiverBackAt?: Date },
  ): Promise<Receipt> {
    const outcome = await this.writer.append(row);
    if (outcome.outcome !== 'accepted') return this.refused(sender, message, outcome.outcome);
    if (request !== undefined) await this.responses.settleRequest(sender, request);
    const { messageId } = message.envelope.header;
    return {
      messageId,
      sender,
      acceptedAt: outcome.acceptedAt,
      repeated: false,
      ...alsoTold(message),
      ...(receiverBackAt === undefined ? {} : { receiverBackAt }),
      ...(row.answerable
        ? {
            request: { requester: sender, messageId, segment: outcome.segment },
            deadline: new Date(outcome.acceptedAt.getTime() + row.ttlMs),
          }
        : {}),
    };
  }

  /** Does work that commits the message itself, unless it is a repeat. */
  private async committed(sender: TwinId, message: IncomingMessage, work: () => Promise<void>): Promise<Receipt> {
    const known = await this.repeats.find(sender, message);
    if (known !== undefined) return known;
    try {
      await work();
    } catch (error) {
      const outcomes = ['refused', 'too-old', 'from-the-future'] as const;
      const outcome = outcomes.find((each) => isConstraint(error, each));
      if (outcome === undefined) throw error;
      return this.refused(sender, message, outcome);
    }
    const { messageId, messageType } = message.envelope.header;
    const stored = await this.reader.findAccepted(sender, messageId);
    if (stored === undefined) throw toDomainError(new Error('the message that was just committed cannot be found'));
    return {
      messageId,
      sender,
      acceptedAt: stored.acceptedAt,
      repeated: false,
      ...alsoTold(message),
      ...(messageType === 'REQUEST' ? { request: { requester: sender, messageId, segment: stored.segment } } : {}),
      ...(stored.deadline === null ? {} : { deadline: stored.deadline }),
    };
  }

  /** The log did not take the message: it is a repeat, too old, or too late as an answer. */
  private async refused(
    sender: TwinId,
    message: IncomingMessage,
    outcome: Exclude<AppendOutcome['outcome'], 'accepted'>,
  ): Promise<Receipt> {
    const repeat = await this.repeats.find(sender, message);
    if (repeat !== undefined) return repeat;
    throw refusalOf(outcome);
  }
}

/** Why the log did not take a message that is no repeat. */
function refusalOf(outcome: Exclude<AppendOutcome['outcome'], 'accepted'>): DomainError {
  switch (outcome) {
    case 'too-old':
      return new DomainError('expired', 'The message is older than the idempotency window; send it as a new message.', {
        pointer: '/header/timestamp',
      });
    case 'from-the-future':
      return new DomainError('validation-failed', 'The timestamp lies more than five minutes in the future.', {
        pointer: '/header/timestamp',
      });
    case 'refused':
      return new DomainError('already-answered', 'The REQUEST has its answer already, or its time is over.', {
        pointer: '/header/correlationId',
      });
  }
}
