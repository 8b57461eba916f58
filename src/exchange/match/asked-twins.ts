import { Injectable } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { type AcceptedMessage, LogReader } from '../log/log-reader.js';
import type { LogRow } from '../log/log-row.js';
import { attemptId } from './match-request.js';
import { MatchStore } from './match.store.js';

/** Tells where a twin was asked a REQUEST that candidates are asked in turn. */
@Injectable()
export class AskedTwins {
  constructor(
    private readonly store: MatchStore,
    private readonly reader: LogReader,
  ) {}

  /** The REQUEST as it lies in the inbox of a twin that was asked, whether first or later; undefined when it was not asked. @throws DomainError `superseded` */
  async requestTo(responder: string, requester: string, messageId: string): Promise<AcceptedMessage | undefined> {
    const accepted = await this.reader.findAccepted(requester, messageId);
    return accepted === undefined || accepted.channel === responder ? accepted : this.placeOf(responder, requester, messageId, accepted);
  }

  /** The same of a REQUEST that lies, as `accepted`, in the inbox of another. Who got a part of a REQUEST to all was not asked the whole. */
  private async placeOf(
    responder: string,
    requester: string,
    messageId: string,
    accepted: AcceptedMessage,
  ): Promise<AcceptedMessage | undefined> {
    const attempts = await this.store.attempts({ requester, messageId, segment: accepted.segment });
    const own = attempts.find(({ receiver }) => receiver === responder);
    const latest = attempts.at(-1);
    if (own === undefined || latest === undefined || accepted.deadline === null) return undefined;
    if (own.partId !== attemptId(messageId, own.ordinal)) return undefined;
    if (latest.ordinal !== own.ordinal) throw superseded(responder);
    if (own.ordinal === 1) return accepted;
    const place = await this.reader.findAccepted(requester, own.partId);
    return place === undefined ? undefined : { ...place, segment: accepted.segment, deadline: accepted.deadline };
  }

  /** Refuses a twin whose turn with this REQUEST is over. @throws DomainError `superseded` */
  async requireTurn(responder: string, row: LogRow): Promise<void> {
    const [turn] = await this.store.turns([row]);
    if (turn !== undefined && turn !== responder) throw superseded(responder);
  }
}

function superseded(responder: string): DomainError {
  return new DomainError('superseded', `Another twin has been asked since ${responder} did not answer in time.`, {
    pointer: '/header/correlationId',
  });
}
