import { Injectable } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { problemDocument, type ProblemDocument } from '../../problems/problem-document.js';
import type { Principal } from '../../security/principal.js';
import { AcceptanceService, type Rehearsal } from '../message/acceptance.service.js';
import { isStream, type NewLogRow } from '../log/log-row.js';
import { MatchAcceptance } from './match-acceptance.js';
import type { MatchCandidate } from './match-request.js';
import type { NearMiss } from './near-misses.js';

/** Twins that a dry run tells of beside those that would get the message. */
const MAX_OTHERS = 20;

/** A twin that would get the message. */
export interface DryReceiver extends Partial<Omit<MatchCandidate, 'receiver' | 'connectionId' | 'planVersion'>> {
  readonly receiver: string;
  readonly connectionId: string | null;
  readonly planVersion: number | null;
}

/** What sending a message would do now. */
export interface DryRun {
  readonly outcome: 'accepted' | 'repeated' | 'refused';
  readonly sender: string;
  /** Who would get it. */
  readonly receivers: readonly DryReceiver[];
  /** It would be published, to whoever has subscribed. */
  readonly published: boolean;
  /** Who would be asked next, in this order. */
  readonly next: readonly DryReceiver[];
  /** Why others would not get it, of those that the sender may see. */
  readonly others: readonly NearMiss[];
  /** What sending it would be refused with. */
  readonly problem?: ProblemDocument;
}

/** Says what sending a message would do, without doing it. It may be otherwise a moment later. */
@Injectable()
export class DryRunService {
  constructor(
    private readonly acceptance: AcceptanceService,
    private readonly matches: MatchAcceptance,
  ) {}

  /**
   * Every check that accepting the message makes; what they refuse is the answer.
   * @throws DomainError, JsonTextError for what is no message, or not the caller's to send, or would be carried out by the broker itself
   */
  async run(principal: Principal, text: string): Promise<DryRun> {
    if (text.trimStart().startsWith('['))
      throw new DomainError('validation-failed', 'A dry run takes one message, not an array.', { pointer: '' });
    const rehearsal = await this.acceptance.rehearse(principal, text);
    const nobody = { sender: rehearsal.sender, receivers: [], published: false, next: [], others: [] };
    try {
      if (await rehearsal.isRepeat()) return { ...nobody, outcome: 'repeated' };
      return { ...nobody, ...(await this.tried(principal, rehearsal)) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { ...nobody, outcome: 'refused', problem: problemDocument(error) };
    }
  }

  private async tried(principal: Principal, rehearsal: Rehearsal): Promise<Partial<DryRun> & Pick<DryRun, 'outcome'>> {
    const { sender, message } = rehearsal;
    if (message.match === undefined) {
      const row = await rehearsal.place();
      const published = isStream(row.channel);
      return { outcome: 'accepted', published, receivers: published ? [] : [receiverOf(row)] };
    }
    const plan = await this.matches.plan(principal, sender, message, message.match);
    const others = await this.matches.others(principal, plan, MAX_OTHERS);
    if (plan.placed.length === 0)
      return { outcome: 'refused', others, problem: problemDocument(await this.matches.refusal(principal, plan)) };
    const all = plan.placed.map(({ candidate, row }) => ({ ...receiverOf(row), ...candidate }));
    return message.match.policy === 'all'
      ? { outcome: 'accepted', receivers: all, others }
      : {
          outcome: 'accepted',
          receivers: all.slice(0, 1),
          next: message.envelope.header.messageType === 'REQUEST' ? all.slice(1) : [],
          others,
        };
  }
}

function receiverOf({ channel, connectionId, planVersion }: NewLogRow): DryReceiver {
  return { receiver: channel, connectionId, planVersion };
}
