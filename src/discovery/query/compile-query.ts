import type { Geometry } from 'geojson';
import type { BoundingBox } from '../../kernel/geo/bounding-box.js';
import type { SqlConditions } from '../../registry/sql-conditions.js';
import { type Asker, cheapSql, isCostly, leafSql, testOf } from './compile-leaf.js';
import { type AreaLeaf, decide, leavesOf, type Leaf, type Query, requiredLeaves } from './query.js';

/** Where a twin's area is, as the row tells it. */
export interface StoredArea {
  readonly extent: BoundingBox;
  /** The geometry, when it is the point that the extent is. */
  readonly point?: Geometry;
}

/** A query for one asker. */
export interface CompiledQuery {
  readonly query: Query;
  /** SQL that is true of every match, and of nothing else unless there are areas. */
  readonly candidates: (where: SqlConditions) => string;
  /** Parts free of areas whose truth is needed to decide on a candidate, as SQL; empty when each candidate meets them all. */
  readonly parts: (where: SqlConditions) => string[];
  /**
   * Decides on a candidate. Undefined: its geometry is needed.
   * @param answers of `parts`
   * @param area null for a twin without one
   */
  readonly decide: (answers: readonly boolean[], area: StoredArea | null, geometry?: Geometry) => boolean | undefined;
  readonly hasAreas: boolean;
  /** SQL that is true of every match and does without profiles; undefined when `candidates` does so itself. */
  readonly cheap?: (where: SqlConditions) => string;
}

type Truth = boolean | undefined;

function hasArea(query: Query): boolean {
  return leavesOf(query).some((leaf) => leaf.kind === 'area');
}

/** The whole tree as SQL. An area beneath a `not` says nothing there: its extent may overlap and yet the geometry not. */
function candidatesSql(where: SqlConditions, query: Query, asker: Asker, isNegated: boolean, isCheap = false): string {
  switch (query.op) {
    case 'leaf':
      if (query.kind === 'area' && isNegated) return 'false';
      if (isCheap && isCostly(query)) return isNegated ? 'false' : cheapSql(where, query);
      return leafSql(where, query, asker);
    case 'not':
      return `(NOT ${candidatesSql(where, query.part, asker, !isNegated, isCheap)})`;
    case 'all':
    case 'any': {
      if (query.parts.length === 0) return query.op === 'all' ? 'true' : 'false';
      return `(${query.parts.map((part) => candidatesSql(where, part, asker, isNegated, isCheap)).join(query.op === 'all' ? ' AND ' : ' OR ')})`;
    }
  }
}

/** The largest parts that hold no area. */
function areaFreeParts(query: Query): Query[] {
  if (!hasArea(query)) return [query];
  if (query.op === 'not') return areaFreeParts(query.part);
  return query.op === 'leaf' ? [] : query.parts.flatMap(areaFreeParts);
}

/** Three-valued: undefined where the geometry is needed and not at hand. */
function truth(query: Query, known: ReadonlyMap<Query, boolean>, area: (leaf: AreaLeaf) => Truth): Truth {
  const answer = known.get(query);
  if (answer !== undefined) return answer;
  if (query.op === 'leaf') return query.kind === 'area' ? area(query) : true;
  if (query.op === 'not') {
    const inner = truth(query.part, known, area);
    return inner === undefined ? undefined : !inner;
  }
  const decisive = query.op === 'any';
  let result: Truth = !decisive;
  for (const part of query.parts) {
    const inner = truth(part, known, area);
    if (inner === decisive) return decisive;
    if (inner === undefined) result = undefined;
  }
  return result;
}

/** What is known of an area leaf about a twin's area. */
export function areaTruth(leaf: AreaLeaf, area: StoredArea | null, geometry: Geometry | undefined): Truth {
  if (area === null) return false;
  const exact = geometry ?? area.point;
  return exact === undefined ? testOf(leaf).byExtent(area.extent) : testOf(leaf).matches(exact);
}

/** Compiles a resolved query. */
export function compileQuery(query: Query, asker: Asker): CompiledQuery {
  const areas = leavesOf(query).filter((leaf) => leaf.kind === 'area');
  const required = new Set<Leaf>(requiredLeaves(query));
  const isPlain = areas.every((leaf) => required.has(leaf));
  const parts = areas.length === 0 || isPlain ? [] : areaFreeParts(query);
  return {
    query,
    hasAreas: areas.length > 0,
    candidates: (where) => candidatesSql(where, query, asker, false),
    ...(leavesOf(query).some(isCostly) && { cheap: (where: SqlConditions) => candidatesSql(where, query, asker, false, true) }),
    parts: (where) => parts.map((part) => candidatesSql(where, part, asker, false)),
    decide: (answers, area, geometry) => {
      if (areas.length === 0) return true;
      const test = (leaf: AreaLeaf): Truth => areaTruth(leaf, area, geometry);
      if (isPlain) return truth({ op: 'all', parts: areas }, new Map(), test);
      return truth(query, new Map(parts.map((part, index) => [part, answers[index] ?? false])), test);
    },
  };
}

/** What each leaf says of one twin, as `not`, `all` and `any` join it. */
export function decideBy(query: Query, answers: ReadonlyMap<Leaf, boolean>): boolean {
  return decide(query, (leaf) => answers.get(leaf) ?? false);
}
