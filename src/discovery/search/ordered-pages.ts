import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { CandidateSource } from './candidates.js';
import { INDEXED_ORDERS, type IndexedSort, type SortKey } from './order.js';
import type { PageCursor } from './page-cursor.js';
import { type PreparedQuery, QueryEngine } from './query-engine.js';
import { Look } from './refinement.js';
import type { SearchPage } from './search-page.js';

/** Candidates whose exact geometry one request looks at. */
export const MAX_CANDIDATES = 5_000;

/** Candidates that are fetched at once where not all of them match. */
const SMALLEST_BATCH = 100;

/** Pages in an order that an index has. */
@Injectable()
export class OrderedPages {
  constructor(
    private readonly source: CandidateSource,
    private readonly engine: QueryEngine,
  ) {}

  /**
   * Looks at candidates in order until the page is full and one more is found, they are used up, or the bounds of one request are reached.
   * @throws InvalidCursor
   */
  async page(query: PreparedQuery, sort: IndexedSort, size: number, cursors: PageCursor, cursor: string | undefined): Promise<SearchPage> {
    const order = INDEXED_ORDERS[sort];
    const [after] = cursor === undefined ? [] : cursors.read(cursor, 1, sort === 'freshness');
    const found: SortKey[] = [];
    const look = new Look();
    let seen = 0;
    const isBounded = query.hasAreas || query.collapse === true;
    const batch = isBounded ? Math.max(SMALLEST_BATCH, 2 * size) : size + 1;
    for await (const candidates of this.source.inOrder(query.asker, query, { order, after }, batch)) {
      for await (const { candidate, matches } of this.engine.refine(query, candidates, look)) {
        if (matches) {
          if (found.length === size) return pageOf(found, cursors, found.at(-1));
          found.push(candidate.key);
        }
        seen += 1;
        if (isBounded && (seen >= MAX_CANDIDATES || look.isOver)) return pageOf(found, cursors, candidate.key);
      }
    }
    return pageOf(found, cursors, undefined);
  }
}

function pageOf(found: readonly SortKey[], cursors: PageCursor, last: SortKey | undefined): SearchPage {
  return {
    ids: found.map(({ id }) => id as TwinId),
    after: (index) => cursors.write(...found.slice(index, index + 1)),
    ...(last && { next: cursors.write(last) }),
  };
}
