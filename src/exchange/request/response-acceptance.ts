import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { isSuccess } from '../../vocabulary/status.js';
import { Inboxes } from '../inbox/inboxes.js';
import { AskedTwins } from '../match/asked-twins.js';
import { MatchNews } from '../match/match-news.js';
import { wholeOf } from '../match/match-request.js';
import { isMatchedRequest } from '../match/turn-check.js';
import { settleAnywhere } from '../inbox/settling.js';
import { LogReader, type AcceptedMessage } from '../log/log-reader.js';
import type { IncomingMessage } from '../message/incoming-message.js';
import { newRow } from '../message/new-row.js';
import { PeerRouting } from '../message/peer-routing.js';
import { type NewLogRow, TRAITS } from '../log/log-row.js';

/** Where a REQUEST lies that is answered. */
export interface AnsweredMessage extends AcceptedMessage {
  /** Whether it is a part of one that went to all. */
  isPart: boolean;
}

/** A RESPONSE ready to be appended, and the REQUEST it answers. */
export interface PreparedResponse {
  row: NewLogRow;
  request: AnsweredMessage;
}

/** Accepts RESPONSEs: only from the twin that was asked, only once, and in the form that the function promised. */
@Injectable()
export class ResponseAcceptance {
  constructor(
    private readonly reader: LogReader,
    private readonly routing: PeerRouting,
    private readonly inboxes: Inboxes,
    private readonly asked: AskedTwins,
    private readonly news: MatchNews,
    private readonly config: Config,
  ) {}

  /**
   * Checks a RESPONSE against its REQUEST.
   * @throws DomainError `not-found` when the sender was asked nothing under this id, `payload-invalid`
   */
  async prepare(sender: TwinId, message: IncomingMessage): Promise<PreparedResponse> {
    const { header, data } = message.envelope;
    const requester = header.receiver?.id ?? '';
    const messageId = header.correlationId ?? '';
    const request = await this.asked.requestTo(sender, requester, messageId);
    if (request === undefined || request.deadline === null) {
      throw new DomainError('not-found', `${sender} was not asked anything by ${requester} under the id ${messageId}.`, {
        pointer: '/header/correlationId',
      });
    }
    const [logged] = await this.reader.at(request.channel, request.lane, [request.position]);
    if (logged === undefined) throw new DomainError('expired', 'The REQUEST is no longer kept.', { pointer: '/header/correlationId' });
    const isMatched = isMatchedRequest(logged);
    if (isMatched) await this.asked.requireTurn(sender, logged);
    const asked = JSON.parse(logged.envelope) as Envelope;
    if (asked.data.action !== data.action || asked.data.object.type !== data.object.type) {
      throw new DomainError(
        'state-conflict',
        `The REQUEST was ${asked.data.action} on ${asked.data.object.type}; its RESPONSE names the same.`,
        {
          pointer: '/data/action',
        },
      );
    }
    const isAnswered = data.status !== undefined && isSuccess(data.status.code);
    if (isAnswered) await this.routing.checkAnswer(logged.connectionId, sender, asked, message);
    const row = newRow(message, {
      ...(isAnswered ? await this.routing.wayBack(logged.connectionId, logged) : {}),
      channel: requester,
      answers: { requester, messageId, segment: request.segment },
      retentionMs: this.config.messageRetentionSeconds * 1_000,
    });
    // The answer of a part is not delivered: the requester gets all of them together.
    const isPart = isMatched && wholeOf(asked) !== undefined;
    return { row: isPart ? { ...row, traits: row.traits | TRAITS.matched } : row, request: { ...request, isPart } };
  }

  /** Settles the delivery of the REQUEST that was answered, if it is in anybody's hands. */
  async settleRequest(responder: TwinId, request: AnsweredMessage): Promise<void> {
    if (request.isPart) this.news.tell();
    const place = { source: String(request.lane), position: request.position };
    await this.inboxes.change(responder, (state) => ({ state: settleAnywhere(state, place), result: undefined }));
  }
}
