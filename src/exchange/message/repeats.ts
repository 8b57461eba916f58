import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { type AcceptedMessage, LogReader } from '../log/log-reader.js';
import type { IncomingMessage } from './incoming-message.js';
import { isHeadPrint, isSamePayload } from './message-print.js';
import { alsoTold, type Receipt } from './receipt.js';

/** Recognises messages that were accepted before. */
@Injectable()
export class Repeats {
  constructor(private readonly reader: LogReader) {}

  /**
   * The first receipt, if the message was accepted before.
   * @throws DomainError `message-conflict` when the id stands for another message
   */
  async find(sender: TwinId, message: IncomingMessage): Promise<Receipt | undefined> {
    if (!message.hasOwnId) return undefined;
    const { messageId, messageType } = message.envelope.header;
    const known = await this.reader.findAccepted(sender, messageId);
    if (known === undefined) return undefined;
    if (!(await this.isSame(known, message))) {
      throw new DomainError('message-conflict', `The message id ${messageId} was used for another message; choose a new one.`, {
        pointer: '/header/messageId',
      });
    }
    return {
      messageId,
      sender,
      acceptedAt: known.acceptedAt,
      repeated: true,
      ...alsoTold(message),
      ...(messageType === 'REQUEST' ? { request: { requester: sender, messageId, segment: known.segment } } : {}),
      ...(known.deadline === null ? {} : { deadline: known.deadline }),
    };
  }

  private async isSame(known: AcceptedMessage, message: IncomingMessage): Promise<boolean> {
    if (!known.fingerprint.equals(message.fingerprint)) return false;
    if (!isHeadPrint(known.fingerprint)) return true;
    const row = await this.reader.findPayload(known);
    return row === undefined || isSamePayload(row.payload, message.payload?.text ?? null);
  }
}
