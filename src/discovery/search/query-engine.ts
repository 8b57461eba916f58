import { Injectable } from '@nestjs/common';
import { decodeShape } from '../../kernel/geo/shape-codec.js';
import type { TwinId } from '../../kernel/ids.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import type { Principal } from '../../security/principal.js';
import { CompositionGraph } from '../composition/composition-graph.js';
import { coveredBy } from '../composition/edge-walk.js';
import { type Asker, leafSql } from '../query/compile-leaf.js';
import { areaTruth, type CompiledQuery, compileQuery } from '../query/compile-query.js';
import { type Leaf, leavesOf, mapLeaves, type Query } from '../query/query.js';
import { QueryResolver } from '../query/query-resolver.js';
import { readQuery, refuseTooMany } from '../query/read-query.js';
import { type Candidate, CandidateSource } from './candidates.js';
import { INDEXED_ORDERS } from './order.js';
import { type Judged, Look, refine, storedArea } from './refinement.js';
import { restrictSearchToVisible } from '../../registry/visibility.js';

/** A query that was read and resolved, for one asker. */
export interface PreparedQuery extends CompiledQuery {
  readonly asker: Asker;
  /** Matches that are parts of another match are left out. */
  readonly collapse?: boolean;
}

/** Ids that are asked about in one statement. */
const ID_BATCH = 1_000;
/** Candidates whose wholes are looked for in one statement. */
const COLLAPSE_BATCH = 250;

/** A query, whoever asks it: about all twins (search), about some (standing queries, candidate sets) or about one (why not). */
@Injectable()
export class QueryEngine {
  constructor(
    private readonly source: CandidateSource,
    private readonly resolver: QueryResolver,
    private readonly graph: CompositionGraph,
  ) {}

  /**
   * Reads a query document and prepares it for the asker.
   * @param pointer where the document stands in what the caller sent
   * @throws DomainError `validation-failed` naming the place
   */
  async prepare(principal: Principal, document: unknown, pointer = ''): Promise<PreparedQuery> {
    return this.prepareParsed(principal, readQuery(document, pointer));
  }

  /** Reads a query document; see {@link readQuery}. */
  read(document: unknown, pointer = ''): Query {
    return readQuery(document, pointer);
  }

  /** Resolves a query that was read and prepares it for the asker. */
  async prepareParsed(principal: Principal, query: Query): Promise<PreparedQuery> {
    refuseTooMany(leavesOf(query));
    const [resolved, asker] = await Promise.all([this.resolver.resolve(query), this.source.asker(principal)]);
    return this.compileFor(asker, resolved);
  }

  /** Compiles a resolved query for the asker. */
  async compile(principal: Principal, query: Query): Promise<PreparedQuery> {
    return this.compileFor(await this.source.asker(principal), query);
  }

  private async compileFor(asker: Asker, query: Query): Promise<PreparedQuery> {
    return { ...compileQuery(await this.withParts(query, asker), asker), asker };
  }

  /**
   * Those of the ids whose twins match and are visible to the asker.
   * @param condition SQL on `t` (twin_search) that each must also meet
   */
  async matching(query: PreparedQuery, ids: readonly TwinId[], condition = 'true'): Promise<Set<TwinId>> {
    const matches = new Set<TwinId>();
    const look = new Look();
    for (let first = 0; first < ids.length; first += ID_BATCH) {
      const batch = ids.slice(first, first + ID_BATCH);
      const also = (where: SqlConditions): string => `t.twin_id = ANY (${where.bind(batch)}::text[]) AND ${condition}`;
      const candidates = await this.source.some(query.asker, query, { order: INDEXED_ORDERS.id, also }, batch.length);
      for await (const each of this.refine(query, candidates, look)) if (each.matches) matches.add(each.candidate.id);
    }
    return matches;
  }

  /** Which candidates match, in the order given. */
  refine(query: PreparedQuery, candidates: readonly Candidate[], look: Look): AsyncGenerator<Judged> {
    const judged = refine(query, candidates, (ids) => this.source.shapes(ids), look);
    return query.collapse === true ? this.collapsed(query, judged) : judged;
  }

  /**
   * Those of the matches that, of a query that collapses, are parts of another match, wherever that stands in the order.
   * @param condition SQL on `t` (twin_search) that the other must also meet
   */
  async covered(query: PreparedQuery, matches: readonly TwinId[], condition?: string): Promise<ReadonlySet<TwinId>> {
    if (query.collapse !== true || matches.length === 0) return new Set();
    const edges = await this.graph.edgesUp(query.asker, matches);
    const wholes = [...new Set(edges.map(({ whole }) => whole))];
    return coveredBy(edges, matches, await this.matching({ ...query, collapse: false }, wholes, condition));
  }

  private async *collapsed(query: PreparedQuery, judged: AsyncIterable<Judged>): AsyncGenerator<Judged> {
    for await (const batch of inBatches(judged, COLLAPSE_BATCH)) {
      const ids = batch.flatMap(({ candidate, matches }) => (matches ? [candidate.id] : []));
      const covered = await this.covered(query, ids);
      for (const { candidate, matches } of batch) yield { candidate, matches: matches && !covered.has(candidate.id) };
    }
  }

  private async withParts(query: Query, asker: Asker): Promise<Query> {
    const parts = new Map<TwinId, readonly TwinId[]>();
    for (const leaf of leavesOf(query)) {
      if (leaf.kind === 'partOf' && !parts.has(leaf.whole)) parts.set(leaf.whole, await this.graph.partsOf(asker, leaf.whole));
    }
    if (parts.size === 0) return query;
    return mapLeaves(query, (leaf) => (leaf.kind === 'partOf' ? { ...leaf, parts: parts.get(leaf.whole) ?? [] } : leaf));
  }

  /** What each leaf says of one twin; undefined for a twin that the asker may not see or that is not registered. */
  async answers({ query, asker }: PreparedQuery, id: TwinId): Promise<ReadonlyMap<Leaf, boolean> | undefined> {
    const leaves = leavesOf(query);
    const where = new SqlConditions();
    const columns = leaves.map((leaf) => leafSql(where, leaf, asker));
    where.and(`t.twin_id = ${where.bind(id)}`);
    restrictSearchToVisible(where, asker.principal, asker.circled);
    const [row] = await this.source.run<{ answers: boolean[]; box: string | null; shape: Buffer | null }>(
      `SELECT ARRAY[${columns.join(', ')}]::boolean[] AS answers, t.area_box AS box, t.shape
         FROM twin_search t JOIN twin_lease l ON l.twin_id = t.twin_id WHERE ${where.sql}`,
      where,
    );
    if (row === undefined) return undefined;
    const area = storedArea({ box: row.box, hasShape: row.shape !== null });
    const geometry = row.shape === null ? undefined : decodeShape(row.shape);
    return new Map(
      leaves.map((leaf, index) => [leaf, leaf.kind === 'area' ? areaTruth(leaf, area, geometry) === true : row.answers[index] === true]),
    );
  }
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
