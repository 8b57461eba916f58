import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import { restrictSearchToVisible } from '../../registry/visibility.js';
import type { Asker } from '../query/compile-leaf.js';
import { CandidateSource } from '../search/candidates.js';

/*
 * Aggregated twins as their asker sees them: a step from a whole to a part counts where both are visible. What is reached only through a twin that the
 * asker may not see is, for the asker, no part: naming it would tell of the one between.
 */

/** One step between two twins that the asker sees. */
export interface Edge {
  readonly whole: TwinId;
  readonly part: TwinId;
}

/** Twins that one question about compositions reaches. */
export const MAX_REACHED = 10_000;
/** Steps between them that are looked at. */
const MAX_EDGES = 50_000;

/** Rides twin_part_pkey, twin_assembly_pkey and twin_circle_circle_idx. */
const PARTS = `SELECT p.whole, p.part FROM twin_part p WHERE p.whole = r.id
  UNION SELECT a.whole, c.twin_id FROM twin_assembly a JOIN twin_circle c ON c.circle = a.circle WHERE a.whole = r.id`;
/** Rides twin_part_part_idx, twin_circle_pkey and twin_assembly_circle_idx. */
const WHOLES = `SELECT p.whole, p.part FROM twin_part p WHERE p.part = r.id
  UNION SELECT a.whole, c.twin_id FROM twin_circle c JOIN twin_assembly a ON a.circle = c.circle WHERE c.twin_id = r.id`;

/** What aggregated twins are made up of, as far as their asker sees it. */
@Injectable()
export class CompositionGraph {
  constructor(private readonly source: CandidateSource) {}

  /** The parts of a twin on all levels, at most {@link MAX_REACHED}; none of one that the asker may not see. */
  async partsOf(asker: Asker, whole: TwinId): Promise<TwinId[]> {
    const where = new SqlConditions();
    const reached = reachedSql(where, asker, [whole], 'down', MAX_REACHED + 1);
    const rows = await this.source.run<{ id: TwinId }>(`WITH RECURSIVE ${reached} SELECT id FROM bounded`, where);
    if (rows.length > MAX_REACHED) {
      throw new DomainError('query-too-costly', `${whole} is made up of more than ${MAX_REACHED} twins; ask for one of its parts.`);
    }
    return rows.flatMap(({ id }) => (id === whole ? [] : [id]));
  }

  /** Steps down from the wholes on all levels, for up to `limit` parts. `isCut`: there is more. */
  async edgesDown(asker: Asker, wholes: readonly TwinId[], limit: number): Promise<{ edges: Edge[]; isCut: boolean }> {
    return this.edges(asker, wholes, 'down', limit);
  }

  /**
   * Steps up from the parts on all levels.
   * @throws DomainError `query-too-costly` when they are parts of too many
   */
  async edgesUp(asker: Asker, parts: readonly TwinId[]): Promise<Edge[]> {
    const { edges, isCut } = await this.edges(asker, parts, 'up', MAX_REACHED);
    if (!isCut) return edges;
    throw new DomainError(
      'query-too-costly',
      `Twins found are parts of more than ${MAX_REACHED} aggregated twins; search without composition: collapse.`,
    );
  }

  /** The direct wholes of a twin. */
  async wholesOf(asker: Asker, part: TwinId): Promise<TwinId[]> {
    return (await this.edgesUp(asker, [part])).filter((edge) => edge.part === part).map(({ whole }) => whole);
  }

  private async edges(
    asker: Asker,
    from: readonly TwinId[],
    way: 'down' | 'up',
    limit: number,
  ): Promise<{ edges: Edge[]; isCut: boolean }> {
    if (from.length === 0) return { edges: [], isCut: false };
    const where = new SqlConditions();
    const most = from.length + limit;
    const reached = reachedSql(where, asker, from, way, most + 1);
    const steps = stepSql(where, way);
    const rows = await this.source.run<Edge & { reached: number }>(
      `WITH RECURSIVE ${reached} SELECT e.whole, e.part, (SELECT count(*)::integer FROM bounded) AS reached
         FROM bounded r CROSS JOIN LATERAL (${steps}) AS e LIMIT ${MAX_EDGES + 1}`,
      where,
    );
    const isCut = rows.length > MAX_EDGES || (rows[0]?.reached ?? 0) > most;
    return { edges: rows.map(({ whole, part }) => ({ whole, part })), isCut };
  }
}

/** `bounded`: the twins given, as far as they are visible, and those reached from them. The asker's sight becomes the condition of `where`. */
function reachedSql(where: SqlConditions, asker: Asker, from: readonly TwinId[], way: 'down' | 'up', limit: number): string {
  const start = where.bind(from);
  restrictSearchToVisible(where, asker.principal, asker.circled);
  return `reached (id) AS (
    SELECT t.twin_id FROM twin_search t WHERE t.twin_id = ANY (${start}::text[]) AND ${where.sql}
    UNION
    SELECT e.${way === 'down' ? 'part' : 'whole'} FROM reached r CROSS JOIN LATERAL (${stepSql(where, way)}) AS e
  ), bounded AS MATERIALIZED (SELECT id FROM reached LIMIT ${limit})`;
}

/** Steps from `r.id`. OFFSET 0 keeps the planner from reading all twins for the sake of a few. */
function stepSql(where: SqlConditions, way: 'down' | 'up'): string {
  const other = way === 'down' ? 'part' : 'whole';
  return `SELECT s.whole, s.part FROM (${way === 'down' ? PARTS : WHOLES}) AS s
    CROSS JOIN LATERAL (SELECT FROM twin_search t WHERE t.twin_id = s.${other} AND ${where.sql} OFFSET 0) AS seen`;
}
