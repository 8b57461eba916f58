import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { type Query, requiredLeaves, wantedLeaves } from '../query/query.js';
import { readQuery } from '../query/read-query.js';
import { isRecord, refusedAt } from '../query/read-values.js';
import { DistancePages } from './distance-pages.js';
import { type Sort, SORTS } from './order.js';
import { OrderedPages } from './ordered-pages.js';
import { originOf } from './origin.js';
import { PageCursor } from './page-cursor.js';
import { type PreparedQuery, QueryEngine } from './query-engine.js';
import { RelevancePages } from './relevance-pages.js';
import type { SearchPage } from './search-page.js';

/** Some twins in the order of a query document, and how far each was from the next in that order. */
export interface RankedTwin {
  readonly id: TwinId;
  /** By relevance. */
  readonly score?: number;
  /** By distance, in meters. */
  readonly meters?: number;
}

/** A query document as a search takes it, without what makes pages: criteria, `query`, `sort` and `from`. */
export interface RankingDocument {
  readonly query: Query;
  readonly sort: Sort;
  readonly from: unknown;
}

/** Ranks twins that are known by their ids: which of them meet a query document, in its order. */
@Injectable()
export class Ranking {
  constructor(
    private readonly engine: QueryEngine,
    private readonly ordered: OrderedPages,
    private readonly byRelevance: RelevancePages,
    private readonly byDistance: DistancePages,
  ) {}

  /**
   * Reads a document. Without `sort`, a text ranks by relevance, the one place to be near by distance, all else by id.
   * @param pointer where it stands in what the caller sent
   * @throws DomainError `validation-failed` naming the place
   */
  read(document: unknown, pointer: string): RankingDocument {
    try {
      return readDocument(document);
    } catch (error) {
      throw beneath(pointer, error);
    }
  }

  /**
   * Those of the ids that meet the document and are visible to the principal, best first.
   * @param pointer where the document stands in what the caller sent
   * @throws DomainError `validation-failed`, `query-too-costly`
   */
  async rank(principal: Principal, document: RankingDocument, pointer: string, ids: readonly TwinId[]): Promise<RankedTwin[]> {
    const among: Query = { op: 'leaf', pointer: '', kind: 'ids', ids };
    return ids.length === 0 ? [] : this.ranked(principal, document, pointer, { op: 'all', parts: [document.query, among] }, ids.length);
  }

  /** The first of all twins that meet the document and are visible to the principal; see {@link rank}. */
  async first(principal: Principal, document: RankingDocument, pointer: string, count: number): Promise<RankedTwin[]> {
    return this.ranked(principal, document, pointer, document.query, count);
  }

  private async ranked(
    principal: Principal,
    document: RankingDocument,
    pointer: string,
    query: Query,
    count: number,
  ): Promise<RankedTwin[]> {
    try {
      const page = await this.page(await this.engine.prepareParsed(principal, query), document, count);
      return page.ids.map((id, index) => ({
        id,
        ...(page.scores && { score: page.scores[index] }),
        ...(page.meters && { meters: page.meters[index] }),
      }));
    } catch (error) {
      throw beneath(pointer, error);
    }
  }

  private page(query: PreparedQuery, { sort, from }: RankingDocument, size: number): Promise<SearchPage> {
    const cursors = new PageCursor('ranking', {});
    switch (sort) {
      case 'relevance':
        return this.byRelevance.page(query, size, cursors, undefined);
      case 'distance':
        return this.byDistance.page(query, originOf(query, from), size, cursors, undefined);
      default:
        return this.ordered.page(query, sort, size, cursors, undefined);
    }
  }
}

function usualSort(query: Query): Sort {
  if (wantedLeaves(query).some((leaf) => leaf.kind === 'text' && leaf.query !== undefined)) return 'relevance';
  return requiredLeaves(query).filter((leaf) => leaf.kind === 'area' && leaf.relation === 'near').length === 1 ? 'distance' : 'id';
}

/** Refusals point into the document that holds the query. */
function beneath(pointer: string, error: unknown): unknown {
  return error instanceof DomainError ? error.beneath(pointer) : error;
}

function readDocument(document: unknown): RankingDocument {
  if (!isRecord(document)) throw refusedAt('', 'must be an object');
  const { sort, from, query, ...criteria } = document;
  const known = SORTS.find((each) => each === sort);
  if (sort !== undefined && known === undefined) throw refusedAt('/sort', `must be one of ${SORTS.join(', ')}`);
  if (from !== undefined && sort !== 'distance') throw refusedAt('/from', 'belongs to sort: distance');
  const parts = [readQuery(criteria), ...(query === undefined ? [] : [readQuery(query, '/query')])];
  const all: Query = { op: 'all', parts };
  return { query: all, sort: known ?? usualSort(all), from };
}
