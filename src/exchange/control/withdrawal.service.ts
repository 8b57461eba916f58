import { Injectable } from '@nestjs/common';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { type AcceptedMessage, LogReader } from '../log/log-reader.js';
import { isStream } from '../log/log-row.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { CLOSE_REQUEST_SQL } from './withdrawal.queries.js';
import { Withdrawals } from './withdrawals.js';

/** A message that its sender took back. */
export interface WithdrawnMessage {
  messageId: string;
  sender: string;
  withdrawnAt: Date;
}

const MESSAGE_ID = /^[\x21-\x7e]{1,200}$/;

/** Lets a sender take back what nobody has claimed. */
@Injectable()
export class WithdrawalService {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly reader: LogReader,
    private readonly withdrawals: Withdrawals,
  ) {}

  /**
   * Takes a message back; again is the same. A REQUEST that is taken back gets no answer, from nobody.
   * @throws DomainError `not-found`, `forbidden`; `state-conflict` when somebody has it in hands; `expired` when it is settled, answered or too old
   */
  async withdraw(principal: Principal, sender: string, messageId: string): Promise<WithdrawnMessage> {
    await this.authority.requireOwner(principal, parseTwinId(sender));
    const accepted = MESSAGE_ID.test(messageId) ? await this.reader.findAccepted(sender, messageId) : undefined;
    if (accepted === undefined) throw new DomainError('not-found', `${sender} sent no message ${messageId} that is still remembered.`);
    if (isStream(accepted.channel)) {
      throw new DomainError('state-conflict', 'A published message cannot be withdrawn: whoever subscribed may have read it.');
    }
    const { channel, lane, position } = accepted;
    const receiver = parseTwinId(channel);
    const closing = accepted.deadline === null ? [] : [closingOf(sender, messageId, accepted)];
    const standing = await this.withdrawals.takeBack(receiver, { lane, position }, 'withdrawn', closing);
    if (standing === 'claimed') throw new DomainError('state-conflict', `The message is in the hands of ${channel} already.`);
    const withdrawal = (await this.withdrawals.among(channel, [position])).get(position);
    if (withdrawal?.reason !== 'withdrawn') {
      throw new DomainError('expired', 'The message was settled, or its time is over; there is nothing left to take back.');
    }
    return { messageId, sender, withdrawnAt: withdrawal.withdrawnAt };
  }
}

function closingOf(sender: string, messageId: string, { segment }: AcceptedMessage): { sql: string; parameters: unknown[] } {
  return { sql: CLOSE_REQUEST_SQL, parameters: [sender, messageId, segment] };
}
