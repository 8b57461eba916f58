import { Injectable } from '@nestjs/common';
import type { LogRow } from '../log/log-row.js';
import { MatchNews } from './match-news.js';
import { MatchStore } from './match.store.js';
import { isMatchedRequest } from './turn-check.js';

/** Hands a REQUEST that became a dead letter on to the next candidate, where asking another does no harm. */
@Injectable()
export class MatchDeaths {
  constructor(
    private readonly store: MatchStore,
    private readonly news: MatchNews,
  ) {}

  /**
   * Whether the REQUEST gets its answer another way: the next candidate is asked. Only where it may be asked twice, for its receiver has had it in
   * hand. May be repeated.
   */
  async takeOver(receiver: string, row: LogRow, why: string): Promise<boolean> {
    if (!isMatchedRequest(row) || row.requestSegment === null) return false;
    const key = { requester: row.sender, messageId: row.messageId, segment: row.requestSegment };
    const request = await this.store.request(key);
    if (request?.candidates.find((each) => each.receiver === receiver)?.repeatable !== true) return false;
    await this.store.markDead(key, receiver, why);
    this.news.tell();
    return true;
  }
}
