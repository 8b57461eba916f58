import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { KIND_NUMBERS, type LogRow, TRAITS } from '../log/log-row.js';
import { reasonOf } from '../dead-letter/reason.js';
import { MatchNews } from './match-news.js';
import { MatchStore } from './match.store.js';

/** How long a REQUEST that cannot be delivered waits for the next candidate to be asked instead. */
const HANDED_ON_MS = 1_000;

/** Whether the row is a REQUEST that several twins may be asked in turn, or a part of one that goes to all. */
export function isMatchedRequest(row: Pick<LogRow, 'traits' | 'kind' | 'requestSegment'>): boolean {
  return (row.traits & TRAITS.matched) !== 0 && row.kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null;
}

/**
 * Passes a REQUEST whose receiver's turn is over: another candidate has been asked since. And passes the answers of parts, which the requester gets
 * together.
 */
@Injectable()
export class TurnCheck implements DispatchCheck {
  constructor(
    private readonly store: MatchStore,
    private readonly news: MatchNews,
    private readonly database: Database,
  ) {}

  async judge(receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const matched = rows.filter(({ traits }) => (traits & TRAITS.matched) !== 0);
    if (matched.length === 0) return undefined;
    const verdicts = new Map<SourcedRow, Verdict>();
    for (const row of matched) if (row.kind === KIND_NUMBERS.RESPONSE) verdicts.set(row, 'pass');
    const requests = matched.filter(isMatchedRequest);
    if (requests.length > 0) {
      const turns = await this.store.turns(requests);
      requests.forEach((row, index) => {
        const turn = turns[index];
        if (turn !== undefined && turn !== receiver) verdicts.set(row, 'pass');
      });
    }
    return verdicts;
  }

  /**
   * Takes REQUESTs out of the undertaker's hands that another candidate may be asked instead: they wait while the watch looks, which hands them on or
   * answers them. A mark that it shall look is all that is written, and it may be written again.
   */
  async spare(receiver: TwinId, found: Map<SourcedRow, Verdict>): Promise<void> {
    const dying = [...found].flatMap(([row, verdict]) =>
      typeof verdict === 'object' && 'bury' in verdict && isMatchedRequest(row) ? [{ row, why: verdict.bury }] : [],
    );
    if (dying.length === 0) return;
    const turns = await this.store.turns(dying.map(({ row }) => row));
    for (const [index, { row, why }] of dying.entries()) {
      if (turns[index] === undefined || row.requestSegment === null) continue;
      await this.store.markDead(
        { requester: row.sender, messageId: row.messageId, segment: row.requestSegment },
        receiver,
        reasonOf(why).words,
      );
      found.set(row, { waitUntil: this.database.clock.now() + HANDED_ON_MS });
    }
    this.news.tell();
  }
}
