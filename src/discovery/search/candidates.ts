import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import { restrictSearchToVisible, selectCircled } from '../../registry/visibility.js';
import type { Principal } from '../../security/principal.js';
import type { Asker } from '../query/compile-leaf.js';
import type { CompiledQuery } from '../query/compile-query.js';
import type { IndexedOrder, SortKey } from './order.js';

/*
 * How candidates are found. PostgreSQL guesses every box equally selective and knows nothing of how criteria hang together, so it is not asked to choose
 * between finding all matches and sorting them, and walking an order in search of matches: both are tried, each only as far as it is cheap.
 *
 *   1. gather: up to a thousand and one matches in no order. If that is all, they are put in order here.
 *   2. walk: there are many, so the order's index meets them soon: so many rows of it are looked at, and no more.
 *   3. sort: they hide from the walk (those of one city, in the order of ids of another): all are found and the first ones taken.
 */

/** Matches that are gathered at once. */
export const FEW = 1_000;
/** Rows of an index that a walk looks at. */
const WALK = 20_000;
/** Profiles that are read at once. */
const INSPECTED = 50;
/** SQLSTATE query_canceled: the time limit of a search connection. */
const QUERY_CANCELED = '57014';

const LIVE = `twin_search t JOIN twin_lease l ON l.twin_id = t.twin_id`;

/** A row that may match. */
export interface Candidate {
  readonly id: TwinId;
  readonly key: SortKey;
  /** As PostgreSQL writes a box; null without an area. */
  readonly box: string | null;
  readonly hasShape: boolean;
  /** Truth of the query's area-free parts. */
  readonly answers: readonly boolean[];
  /** What was asked for in addition. */
  readonly extra: number | null;
}

/** Which candidates, beside those that the query admits. */
export interface Window {
  readonly order: IndexedOrder;
  readonly after?: SortKey;
  /** The last one, itself included. */
  readonly upTo?: SortKey;
  /** SQL that each must also meet. */
  readonly also?: (where: SqlConditions) => string;
  /** Whether each carries its extent although the query does not ask for it. */
  readonly withArea?: boolean;
  /** SQL of a number that each carries. */
  readonly extra?: (where: SqlConditions) => string;
}

interface Row {
  id: TwinId;
  value: string;
  box: string | null;
  shaped: boolean;
  answers: boolean[];
  extra: number | null;
}

/** Finds the candidates of a query, visible to the asker. */
@Injectable()
export class CandidateSource {
  constructor(private readonly database: Database) {}

  /** Who asks, with what is looked up of them. */
  async asker(principal: Principal): Promise<Asker> {
    if (principal.kind === 'operator') return { principal, circled: [] };
    const where = new SqlConditions();
    const rows = await this.run<{ id: TwinId }>(selectCircled(where, principal), where);
    return { principal, circled: rows.map(({ id }) => id) };
  }

  /** Up to `limit` candidates in no order. */
  async some(asker: Asker, query: CompiledQuery, window: Window, limit: number): Promise<Candidate[]> {
    const where = new SqlConditions();
    const columns = columnsOf(where, query, window);
    const sql = `SELECT ${columns} FROM ${LIVE} WHERE ${conditions(where, asker, query, window)} LIMIT ${where.bind(limit)}`;
    return (await this.run<Row>(sql, where)).map(candidateOf);
  }

  /** The candidates in order, in batches; each further batch is looked for when it is asked for. */
  async *inOrder(asker: Asker, query: CompiledQuery, window: Window, batch: number): AsyncGenerator<Candidate[]> {
    const { cheap } = query;
    const some = await this.some(asker, cheap ? { ...query, candidates: cheap, parts: () => [] } : query, window, FEW + 1);
    if (some.length <= FEW) {
      const sorted = some.sort((a, b) => window.order.compare(a.key, b.key));
      if (cheap) yield* this.inspect(asker, query, window, sorted);
      else yield sorted;
      return;
    }
    let { after } = window;
    let isDense = true;
    for (;;) {
      const from = { ...window, after };
      let found = isDense ? await this.walk(asker, query, from, batch) : [];
      if (found.length < batch) {
        // What the walk met are the first ones all the same; sorting waits until more are asked for.
        if (found.length > 0) {
          yield found;
          after = found.at(-1)?.key;
        }
        isDense = false;
        found = await this.sort(asker, query, { ...window, after }, batch);
      }
      yield found;
      if (found.length < batch) return;
      after = found.at(-1)?.key;
    }
  }

  /** Those of the candidates that meet what takes reading their profiles; no more are read than the pages need. */
  private async *inspect(asker: Asker, query: CompiledQuery, window: Window, sorted: readonly Candidate[]): AsyncGenerator<Candidate[]> {
    for (let first = 0; first < sorted.length; first += INSPECTED) {
      const ids = sorted.slice(first, first + INSPECTED).map(({ id }) => id);
      const also = (where: SqlConditions): string => `t.twin_id = ANY (${where.bind(ids)}::text[]) AND ${window.also?.(where) ?? 'true'}`;
      yield (await this.some(asker, query, { ...window, also }, ids.length)).sort((a, b) => window.order.compare(a.key, b.key));
    }
  }

  /** The first candidates among so many rows of the order's index. */
  private walk(asker: Asker, query: CompiledQuery, window: Window, limit: number): Promise<Candidate[]> {
    const where = new SqlConditions();
    const columns = columnsOf(where, query, window);
    const range = rangeOf(where, window);
    const walked = `(SELECT * FROM twin_search t WHERE ${range} ORDER BY ${window.order.orderBy} LIMIT ${WALK})`;
    const leased = `${walked} t CROSS JOIN LATERAL (SELECT status FROM twin_lease WHERE twin_id = t.twin_id OFFSET 0) l`;
    const sql = `SELECT ${columns} FROM ${leased} WHERE ${conditions(where, asker, query, window)} LIMIT ${where.bind(limit)}`;
    return this.run<Row>(sql, where).then((rows) => rows.map(candidateOf));
  }

  /** The first of all candidates. OFFSET 0 keeps the order from guiding how they are found. */
  private async sort(asker: Asker, query: CompiledQuery, window: Window, limit: number): Promise<Candidate[]> {
    const where = new SqlConditions();
    const matching = `SELECT t.twin_id, t.name_key, t.updated_at FROM ${LIVE} WHERE ${conditions(where, asker, query, window)} OFFSET 0`;
    const first = `(SELECT t.twin_id FROM (${matching}) t ORDER BY ${window.order.orderBy} LIMIT ${where.bind(limit)})`;
    const sql = `SELECT ${columnsOf(where, query, window)} FROM ${LIVE} WHERE t.twin_id = ANY (ARRAY${first}) ORDER BY ${window.order.orderBy}`;
    return (await this.run<Row>(sql, where)).map(candidateOf);
  }

  /** The exact geometries of these twins. Rides twin_search_pkey. */
  async shapes(ids: readonly TwinId[]): Promise<Map<TwinId, Buffer>> {
    if (ids.length === 0) return new Map();
    const where = new SqlConditions();
    const sql = `SELECT twin_id AS id, shape FROM twin_search WHERE twin_id = ANY (${where.bind(ids)}::text[]) AND shape IS NOT NULL`;
    return new Map((await this.run<{ id: TwinId; shape: Buffer }>(sql, where)).map(({ id, shape }) => [id, shape]));
  }

  /**
   * Runs a statement of discovery, unnamed and with its time limit.
   * @throws DomainError `query-too-costly`
   */
  async run<R>(sql: string, where: SqlConditions): Promise<R[]> {
    try {
      const { rows } = await this.database.searches.query(sql, where.parameters);
      return rows as R[];
    } catch (error) {
      if ((error as { code?: string }).code !== QUERY_CANCELED) throw error;
      throw new DomainError('query-too-costly', 'The search took longer than two seconds; add a criterion that few twins meet.', {
        cause: error,
      });
    }
  }
}

/** Statement parts for those who count or evaluate rather than page. `FROM` and `WHERE` of all candidates. */
export function allCandidates(
  where: SqlConditions,
  asker: Asker,
  query: CompiledQuery,
  also?: Window['also'],
): { from: string; where: string } {
  return { from: LIVE, where: conditions(where, asker, query, { also }) };
}

function rangeOf(where: SqlConditions, { order, after, upTo }: Pick<Window, 'order' | 'after' | 'upTo'>): string {
  const parts: string[] = [];
  if (after) parts.push(order.after(where, after));
  if (upTo) parts.push(`NOT (${order.after(where, upTo)})`);
  return parts.length === 0 ? 'true' : parts.join(' AND ');
}

function conditions(where: SqlConditions, asker: Asker, query: CompiledQuery, window: Partial<Window>): string {
  const { order, after, upTo, also } = window;
  if (order) where.and(rangeOf(where, { order, after, upTo }));
  where.and(query.candidates(where));
  if (also) where.and(also(where));
  return restrictSearchToVisible(where, asker.principal, asker.circled).sql;
}

function columnsOf(where: SqlConditions, query: CompiledQuery, { order, extra, withArea }: Window): string {
  const answers = query.parts(where);
  return [
    't.twin_id AS id',
    `${order.value} AS value`,
    `${query.hasAreas || withArea === true ? 't.area_box' : 'NULL::box'} AS box`,
    't.shape IS NOT NULL AS shaped',
    `ARRAY[${answers.join(', ')}]::boolean[] AS answers`,
    `${extra?.(where) ?? 'NULL'}::float8 AS extra`,
  ].join(', ');
}

function candidateOf({ id, value, box, shaped, answers, extra }: Row): Candidate {
  return { id, key: { value, id }, box, hasShape: shaped, answers, extra };
}
