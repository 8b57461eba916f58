import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import { restrictSearchToVisible, selectCircled } from '../../registry/visibility.js';
import type { Principal } from '../../security/principal.js';
import { type Asker, leafSql } from '../query/compile-leaf.js';
import type { CompiledQuery } from '../query/compile-query.js';
import { requiredLeaves } from '../query/query.js';
import { ListedShare } from './listed-share.js';
import type { IndexedOrder, SortKey } from './order.js';

/*
 * How candidates are found. PostgreSQL guesses every box equally selective and knows nothing of how criteria hang together, so it is not asked to choose
 * between finding all matches and sorting them, and walking an order in search of matches. Each is tried only as far as it is cheap:
 *
 *   1. walk: the first rows of the order's index fill a page where matches abound.
 *   2. gather: up to a thousand matches (of areas and for large batches five thousand) in no order. If that is all, they are put in order here.
 *   3. spans: a stretch of the order, however many rows long, and all matches within it: both indexes answer together, and only matches are read. How
 *      long the next stretch is follows from what the last one held.
 */

/** Matches that are gathered at once. */
export const FEW = 1_000;
/** Rows of an index that a walk looks at. */
const WALK = 250;
/** Pages up to this many candidates are walked for. */
const WALKED_BATCH = 150;
/** Rows of the first span of a large batch. */
const PROBED = 1_000;
/** Matches met by the walk or in the first span that make gathering needless: there are many more. */
const MANY = 4;
/** Rows of the first span when gathering has found too many. */
const FIRST_SPAN = 16_000;
/** Matches in one span at most; one that holds more is made shorter. */
const FULL_SPAN = 2_500;
/** How much longer a span is after one that held nothing, and shorter after one that held too many. */
const GROWTH = 16;
/** Finding where it ends takes looking at each of its rows in the index. */
const LONGEST_SPAN = 250_000;
/** Twins around a place that are looked at for a hint. */
const NEARBY = 500;
/** Profiles that are read at once. */
const INSPECTED = 50;
/** SQLSTATE query_canceled: the time limit of a search connection. */
const QUERY_CANCELED = '57014';

/** The lease is looked up row by row, so that a search which ends early has not read all leases. */
const LEASE = `CROSS JOIN LATERAL (SELECT status FROM twin_lease WHERE twin_id = t.twin_id OFFSET 0) l`;
const LEASED = `twin_search t ${LEASE}`;

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
  private readonly listed: ListedShare;

  constructor(private readonly database: Database) {
    this.listed = new ListedShare(database);
  }

  /** Who asks, with what is looked up of them. */
  async asker(principal: Principal): Promise<Asker> {
    if (principal.kind === 'operator') return { principal, circled: [] };
    const where = new SqlConditions();
    const [rows, seesMuch] = await Promise.all([this.run<{ id: TwinId }>(selectCircled(where, principal), where), this.listed.isMuch()]);
    return { principal, circled: rows.map(({ id }) => id), seesMuch };
  }

  /** Up to `limit` candidates in no order. */
  async some(asker: Asker, query: CompiledQuery, window: Window, limit: number): Promise<Candidate[]> {
    const where = new SqlConditions();
    const columns = columnsOf(where, query, window);
    const matching = `SELECT ${columns} FROM ${LEASED} WHERE ${conditions(where, asker, query, window)}`;
    return (await this.run<Row>(firstOf(matching, where.bind(limit)), where)).map(candidateOf);
  }

  /** The candidates in order, in groups of whatever size; each further group is looked for when it is asked for. About `batch` are wanted. */
  async *inOrder(asker: Asker, query: CompiledQuery, window: Window, batch: number): AsyncGenerator<Candidate[]> {
    const { cheap } = query;
    let { after } = window;
    let rows: number | undefined;
    if (!query.hasAreas && cheap === undefined && window.upTo === undefined) {
      for (let isDense = batch <= WALKED_BATCH; isDense;) {
        const found = await this.walk(asker, query, { ...window, after }, batch);
        isDense = found.length === batch;
        if (isDense) {
          yield found;
          after = found.at(-1)?.key;
        } else if (found.length >= MANY) rows = nextSpan(WALK, found.length, batch);
      }
      if (batch > WALKED_BATCH) {
        const { found, end, isFull } = await this.span(asker, query, { ...window, after }, PROBED);
        if (found.length >= MANY && !isFull) {
          yield found;
          if (end === undefined) return;
          after = end;
          rows = nextSpan(PROBED, found.length, batch);
        }
      }
    }
    if (rows === undefined) {
      const few = cheap === undefined && (query.hasAreas || batch > WALKED_BATCH) ? 5 * FEW : FEW;
      const some = await this.some(asker, cheap ? { ...query, candidates: cheap, parts: () => [] } : query, { ...window, after }, few + 1);
      if (some.length <= few) {
        const sorted = some.sort((a, b) => window.order.compare(a.key, b.key));
        if (cheap) yield* this.inspect(asker, query, window, sorted);
        else yield sorted;
        return;
      }
      // Reading profiles costs more.
      rows = cheap ? WALK : FIRST_SPAN;
    }
    yield* this.spans(asker, query, { ...window, after }, batch, rows);
  }

  private async *spans(asker: Asker, query: CompiledQuery, window: Window, batch: number, first: number): AsyncGenerator<Candidate[]> {
    let { after } = window;
    for (let rows = first; ;) {
      const { found, end, isFull } = await this.span(asker, query, { ...window, after }, rows);
      if (isFull) {
        rows = Math.ceil(rows / GROWTH);
        continue;
      }
      yield found;
      if (end === undefined) return;
      after = end;
      rows = nextSpan(rows, found.length, batch);
    }
  }

  /**
   * All candidates among so many rows of the order, in order. `end`: the last of these rows, undefined when the order ends before. `isFull`: there are
   * too many candidates in it, and `found` is not to be used.
   */
  private async span(
    asker: Asker,
    query: CompiledQuery,
    window: Window,
    rows: number,
  ): Promise<{ found: Candidate[]; end: SortKey | undefined; isFull: boolean }> {
    const where = new SqlConditions();
    const { order } = window;
    const sql = `SELECT t.twin_id AS id, ${order.value} AS value FROM twin_search t WHERE ${rangeOf(where, window)}
                  ORDER BY ${order.orderBy} OFFSET ${rows - 1} LIMIT 1`;
    const [last] = await this.run<SortKey>(sql, where);
    const end = last && { value: last.value, id: last.id };
    const found = await this.some(asker, query, end ? { ...window, upTo: end } : window, FULL_SPAN + 1);
    return { found: found.sort((a, b) => order.compare(a.key, b.key)), end, isFull: found.length > FULL_SPAN };
  }

  /** Those of the candidates that meet what takes reading their profiles; no more are read than the pages need. */
  private async *inspect(asker: Asker, query: CompiledQuery, window: Window, sorted: readonly Candidate[]): AsyncGenerator<Candidate[]> {
    for (let first = 0; first < sorted.length; first += INSPECTED) {
      const ids = sorted.slice(first, first + INSPECTED).map(({ id }) => id);
      const also = (where: SqlConditions): string => `t.twin_id = ANY (${where.bind(ids)}::text[]) AND ${window.also?.(where) ?? 'true'}`;
      yield (await this.some(asker, query, { ...window, also }, ids.length)).sort((a, b) => window.order.compare(a.key, b.key));
    }
  }

  /** The first candidates among the first rows of the order's index. */
  private walk(asker: Asker, query: CompiledQuery, window: Window, limit: number): Promise<Candidate[]> {
    const where = new SqlConditions();
    const columns = columnsOf(where, query, window);
    const range = rangeOf(where, window);
    const walked = `(SELECT * FROM twin_search t WHERE ${range} ORDER BY ${window.order.orderBy} LIMIT ${WALK})`;
    const sql = `SELECT ${columns} FROM ${walked} t ${LEASE} WHERE ${conditions(where, asker, query, window)} LIMIT ${where.bind(limit)}`;
    return this.run<Row>(sql, where).then((rows) => rows.map(candidateOf));
  }

  /**
   * Up to `limit` candidates among the twins whose extents are the nearest to a place as degrees count, in that order. A hint where to look, nothing more.
   * Rides twin_search_area_idx.
   */
  async nearby(asker: Asker, query: CompiledQuery, window: Window, [x, y]: readonly [number, number], limit: number): Promise<Candidate[]> {
    const where = new SqlConditions();
    const columns = columnsOf(where, query, window);
    const domain = requiredLeaves(query.query).find((leaf) => leaf.kind === 'domain' && leaf.domains.length === 1);
    const within = domain === undefined ? 'true' : leafSql(where, domain, asker);
    const nearest = `(SELECT * FROM twin_search t WHERE t.area_box IS NOT NULL AND ${within}
                       ORDER BY t.area_box <-> ${where.bind(`(${x},${y})`)}::point LIMIT ${NEARBY})`;
    const sql = `SELECT ${columns} FROM ${nearest} t ${LEASE} WHERE ${conditions(where, asker, query, {})} LIMIT ${where.bind(limit)}`;
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
  return { from: LEASED, where: conditions(where, asker, query, { also }) };
}

/** How many rows should hold a batch, if they are like those before. */
function nextSpan(rows: number, found: number, batch: number): number {
  const wanted = found === 0 ? rows * GROWTH : (1.3 * batch * rows) / found;
  return Math.round(Math.min(LONGEST_SPAN, Math.max(PROBED, wanted)));
}

/**
 * So many rows of a statement, found as if all were wanted: told of the limit, PostgreSQL would rather walk an order and hope to meet them soon. Rows of a
 * common table expression are made as they are read.
 */
export function firstOf(sql: string, limit: string): string {
  return `WITH found AS MATERIALIZED (${sql}) SELECT * FROM found LIMIT ${limit}`;
}

function rangeOf(where: SqlConditions, { order, after, upTo }: Pick<Window, 'order' | 'after' | 'upTo'>): string {
  const parts: string[] = [];
  if (after) parts.push(order.after(where, after));
  if (upTo) parts.push(order.upTo(where, upTo));
  return parts.length === 0 ? 'true' : parts.join(' AND ');
}

function conditions(where: SqlConditions, asker: Asker, query: CompiledQuery, window: Partial<Window>): string {
  const { order, after, upTo, also } = window;
  if (order) where.and(rangeOf(where, { order, after, upTo }));
  where.and(query.candidates(where));
  if (also) where.and(also(where));
  return restrictSearchToVisible(where, asker.principal, asker.circled, asker.seesMuch).sql;
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
