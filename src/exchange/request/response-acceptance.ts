import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { isSuccess } from '../../vocabulary/status.js';
import { Inboxes } from '../inbox/inboxes.js';
import { settleAnywhere } from '../inbox/settling.js';
import { LogReader, type AcceptedMessage } from '../log/log-reader.js';
import type { IncomingMessage } from '../message/incoming-message.js';
import { newRow } from '../message/new-row.js';
import { PeerRouting } from '../message/peer-routing.js';
import type { NewLogRow } from '../log/log-row.js';

/** A RESPONSE ready to be appended, and the REQUEST it answers. */
export interface PreparedResponse {
  row: NewLogRow;
  request: AcceptedMessage;
}

/** Accepts RESPONSEs: only from the twin that was asked, only once, and in the form that the function promised. */
@Injectable()
export class ResponseAcceptance {
  constructor(
    private readonly reader: LogReader,
    private readonly routing: PeerRouting,
    private readonly inboxes: Inboxes,
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
    const request = await this.reader.findAccepted(requester, messageId);
    if (request === undefined || request.channel !== sender || request.deadline === null) {
      throw new DomainError('not-found', `${sender} was not asked anything by ${requester} under the id ${messageId}.`, {
        pointer: '/header/correlationId',
      });
    }
    const [logged] = await this.reader.at(request.channel, request.lane, [request.position]);
    if (logged === undefined) throw new DomainError('expired', 'The REQUEST is no longer kept.', { pointer: '/header/correlationId' });
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
    if (data.status !== undefined && isSuccess(data.status.code)) {
      await this.routing.checkAnswer(logged.connectionId, sender, asked, message);
    }
    const row = newRow(message, {
      channel: requester,
      answers: { requester, messageId, segment: request.segment },
      retentionMs: this.config.messageRetentionSeconds * 1_000,
    });
    return { row, request };
  }

  /** Settles the delivery of the REQUEST that was answered, if it is in anybody's hands. */
  async settleRequest(responder: TwinId, request: AcceptedMessage): Promise<void> {
    const place = { source: String(request.lane), position: request.position };
    await this.inboxes.change(responder, (state) => ({ state: settleAnywhere(state, place), result: undefined }));
  }
}
