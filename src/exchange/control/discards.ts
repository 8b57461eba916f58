import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { LogReader } from '../log/log-reader.js';
import { comparePositions, KIND_NUMBERS, type Position } from '../log/log-row.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { BrokerAnswers } from '../request/broker-answers.js';
import { Pending } from './pending.js';

/** Up to where messages of a source are passed over. */
export type Cuts = ReadonlyMap<string, Position>;

/**
 * The state without what waits up to the cuts: the frontier moves beyond, held keys begin later.
 * @param alsoGivenBack whether messages that were given back go too
 */
export function withoutPending(state: InboxState, cuts: Cuts, alsoGivenBack: boolean): InboxState {
  const cursors = { ...state.cursors };
  for (const [source, cut] of cuts) if (comparePositions(cut, cursors[source] ?? '0') > 0) cursors[source] = cut;
  const held = state.held.flatMap((each) => {
    const cut = cuts.get(each.source);
    if (cut === undefined) return [each];
    const goesOn = each.rest !== undefined && comparePositions(cut, state.cursors[each.source] ?? '0') < 0;
    const next = (BigInt(cut) + 1n).toString();
    const rest = goesOn && each.rest !== undefined ? (comparePositions(each.rest, next) > 0 ? each.rest : next) : undefined;
    const retry = alsoGivenBack ? each.retry.filter((position) => comparePositions(position, cut) > 0) : each.retry;
    return retry.length === 0 && rest === undefined ? [] : [{ ...each, retry, rest }];
  });
  return { ...state, cursors, held };
}

/** Tells the requesters of what was discarded. */
@Injectable()
export class Discards {
  constructor(
    private readonly pending: Pending,
    private readonly reader: LogReader,
    private readonly answers: BrokerAnswers,
  ) {}

  /**
   * Answers REQUESTs that waited up to the cuts, by the state before, with PEER_UNREACHABLE. A broker that dies meanwhile leaves the rest to their
   * deadlines.
   */
  async answer(receiver: TwinId, before: InboxState, cuts: Cuts, reason: string, alsoGivenBack = false): Promise<void> {
    for (const [source, cut] of cuts) {
      if (!/^\d$/.test(source)) continue;
      for await (const request of this.pending.requests(receiver, before, Number(source), cut)) {
        const key = { requester: request.sender, messageId: request.messageId, segment: request.segment };
        await this.answers.give(key, request.envelope, 'PEER_UNREACHABLE', reason);
      }
      const back = before.held.filter((held) => alsoGivenBack && held.source === source).flatMap(({ retry }) => retry);
      const gone = back.filter((position) => comparePositions(position, cut) <= 0);
      for (const { kind, sender, messageId, requestSegment, envelope } of await this.reader.at(receiver, Number(source), gone)) {
        if (kind !== KIND_NUMBERS.REQUEST || requestSegment === null) continue;
        await this.answers.give({ requester: sender, messageId, segment: requestSegment }, envelope, 'PEER_UNREACHABLE', reason);
      }
    }
  }
}
