import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import { allCandidates, CandidateSource } from './candidates.js';
import { INDEXED_ORDERS } from './order.js';
import { type PreparedQuery, QueryEngine } from './query-engine.js';
import { Look } from './refinement.js';

/** Matches that are counted exactly. */
export const MAX_COUNTED = 10_000;
/** Values told of one facet: the most frequent ones. */
export const MAX_FACET_VALUES = 100;

/** What can be counted: a column, the features' names, or the values of one label. */
export const FACET = /^(domain|owner|status|feature|label:[^\s\p{Cc}\p{Cs}][^\p{Cc}\p{Cs}]{0,62})$/u;

/** How many matches there are; `isExact` is false when there are more. */
export interface Counted {
  readonly count: number;
  readonly isExact: boolean;
}

/** One value of a facet and how many of the counted matches have it. */
export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

/** Counts of a query's matches. */
export interface FacetCounts {
  readonly total: Counted;
  readonly facets: Readonly<Record<string, readonly FacetValue[]>>;
}

function valueSql(where: SqlConditions, facet: string): { from: string; value: string } {
  if (facet === 'domain' || facet === 'owner' || facet === 'status') return { from: 'm', value: `m.${facet}` };
  const prefix = where.bind(facet === 'feature' ? 'f ' : `l ${facet.slice('label:'.length)}=`);
  return {
    from: `m CROSS JOIN LATERAL (SELECT substr(each, length(${prefix}::text) + 1) AS value FROM unnest(m.facet_values) AS each
             WHERE starts_with(each, ${prefix}::text)) AS v`,
    value: 'v.value',
  };
}

/** Counts matches, and their values of each facet asked for. */
@Injectable()
export class Facets {
  constructor(
    private readonly source: CandidateSource,
    private readonly engine: QueryEngine,
  ) {}

  async count(query: PreparedQuery, facets: readonly string[]): Promise<FacetCounts> {
    const where = new SqlConditions();
    const { matches, isExact } =
      query.hasAreas || query.collapse === true
        ? await this.exactMatches(where, query, facets.includes('status'))
        : this.sqlMatches(where, query);
    const parts = facets.map((facet, index) => {
      const { from, value } = valueSql(where, facet);
      return `(SELECT ${index} AS facet, ${value} AS value, count(*)::integer AS count FROM ${from} GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT ${MAX_FACET_VALUES})`;
    });
    const total = `(SELECT -1 AS facet, NULL::text AS value, count(*)::integer AS count FROM m)`;
    const rows = await this.source.run<{ facet: number; value: string; count: number }>(
      `WITH m AS MATERIALIZED (${matches}) ${[total, ...parts].join(' UNION ALL ')}`,
      where,
    );
    const found = rows.find(({ facet }) => facet === -1)?.count ?? 0;
    const isWhole = isExact && found <= MAX_COUNTED;
    return {
      total: { count: Math.min(found, MAX_COUNTED), isExact: isWhole },
      facets: Object.fromEntries(
        facets.map((name, index) => [name, rows.filter(({ facet }) => facet === index).map(({ value, count }) => ({ value, count }))]),
      ),
    };
  }

  /** Without areas the statement itself finds the matches. */
  private sqlMatches(where: SqlConditions, query: PreparedQuery): { matches: string; isExact: boolean } {
    const { from, where: conditions } = allCandidates(where, query.asker, query);
    const matches = `SELECT t.domain, t.owner, l.status, t.facet_values FROM ${from} WHERE ${conditions} LIMIT ${MAX_COUNTED + 1}`;
    return { matches, isExact: true };
  }

  private async exactMatches(
    where: SqlConditions,
    query: PreparedQuery,
    hasStatus: boolean,
  ): Promise<{ matches: string; isExact: boolean }> {
    const candidates = await this.source.some(query.asker, query, { order: INDEXED_ORDERS.id }, MAX_COUNTED + 1);
    const ids: TwinId[] = [];
    const look = new Look();
    let isExact = candidates.length <= MAX_COUNTED;
    for await (const { candidate, matches } of this.engine.refine(query, candidates, look)) {
      if (matches) ids.push(candidate.id);
      if (look.isOver) {
        isExact = false;
        break;
      }
    }
    const [status, lease] = hasStatus ? ['l.status', 'JOIN twin_lease l ON l.twin_id = t.twin_id'] : ['NULL::text AS status', ''];
    const matches = `SELECT t.domain, t.owner, ${status}, t.facet_values FROM twin_search t ${lease}
                      WHERE t.twin_id = ANY (${where.bind(ids)}::text[])`;
    return { matches, isExact };
  }
}
