import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DomainEvents } from '../../database/domain-events.js';
import type { OrganizationId } from '../../kernel/ids.js';
import type { ReadyFeatures } from '../twin-submission.js';

const MAX_LISTS = 2_000;
/** Characters of all lists. */
const MAX_TEXT = 8 * 1024 * 1024;
/** Characters of one list; longer ones are seldom written twice. */
const LONGEST_LIST = 65_536;

/**
 * Lists of features that were found to be in order, by their text as it was sent: twins of one kind have the same, and a bulk has very many of them. What
 * follows from terms and shared schemas is forgotten when any of those change: in the broker that changes them before its caller hears of it, in the
 * others within about a second.
 */
@Injectable()
export class KnownFeatures {
  private readonly lists = new LRUCache<string, ReadyFeatures>({
    max: MAX_LISTS,
    maxSize: MAX_TEXT,
    sizeCalculation: (_, key) => key.length,
  });
  private news = 0;

  constructor(events: DomainEvents) {
    events.subscribe(['term.changed', 'schema.changed'], () => {
      this.news += 1;
      this.lists.clear();
    });
  }

  /** Grows with every piece of news about terms and shared schemas. */
  get generation(): number {
    return this.news;
  }

  /** The list as it was read of this organization, when it was lately. */
  find(owner: OrganizationId, text: string): ReadyFeatures | undefined {
    return this.lists.get(`${owner} ${text}`);
  }

  /** Remembers a list that is in order, unless news came since `generation`. One with shared schemas takes the long way each time. */
  keep(owner: OrganizationId, text: string, list: ReadyFeatures, generation: number): void {
    if (generation !== this.news || text.length > LONGEST_LIST || list.sharedSchemas.length > 0) return;
    this.lists.set(`${owner} ${text}`, list);
  }
}
