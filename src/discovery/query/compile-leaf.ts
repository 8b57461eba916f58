import type { BoundingBox } from '../../kernel/geo/bounding-box.js';
import type { TwinId } from '../../kernel/ids.js';
import { featureKeyText, labelKeyText, objectKeyText, searchKey } from '../../registry/search/search-key.js';
import type { SqlConditions } from '../../registry/sql-conditions.js';
import type { Principal } from '../../security/principal.js';
import type { TextQuery } from '../text-query.js';
import { areaTest, type AreaTest } from './area-test.js';
import type { AreaLeaf, FeatureCriterion, Leaf } from './query.js';

/*
 * Each leaf as one SQL expression over a row of `twin_search t JOIN twin_lease l`, true or false and never null, so that it can be negated. It is put
 * together from what the leaf asks and always sent unnamed: a generic plan cannot know which criterion is the selective one. Of an area, the
 * expression is what the extent tells; the geometry decides afterwards.
 */

/** Who asks, with the twins in circles they share. */
export interface Asker {
  readonly principal: Principal;
  readonly circled: readonly TwinId[];
  /** Whether much of the registry is listed, so that what is visible is little help in finding twins. */
  readonly seesMuch?: boolean;
}

/** Alternatives that are written out, since a GiST index answers equality and not lists. */
const FEW = 8;

const tests = new WeakMap<AreaLeaf, AreaTest>();

/** The prepared tests of an area, made once per leaf. */
export function testOf(leaf: AreaLeaf): AreaTest {
  const known = tests.get(leaf);
  if (known) return known;
  const test = areaTest(leaf);
  tests.set(leaf, test);
  return test;
}

function oneOf(where: SqlConditions, column: string, values: readonly string[]): string {
  if (values.length > FEW) return `${column} = ANY (${where.bind(values)}::text[])`;
  return `(${values.map((value) => `${column} = ${where.bind(value)}`).join(' OR ')})`;
}

/** Rides twin_search_keys_idx. */
function hasAll(where: SqlConditions, keys: readonly number[]): string {
  return `t.keys @> ${where.bind(keys)}::bigint[]`;
}

/** Rides twin_search_keys_idx. */
function hasAny(where: SqlConditions, keys: readonly number[]): string {
  return keys.length === 1 ? hasAll(where, keys) : `t.keys && ${where.bind(keys)}::bigint[]`;
}

/** The parsed text as an expression of type tsquery: words as they are (the last as a prefix), their English stems, and what was perhaps meant. */
export function textQuerySql(where: SqlConditions, { webSearch, prefix, corrected }: TextQuery): string {
  const typed = where.bind(webSearch);
  const parts = [`websearch_to_tsquery('simple', ${typed})`, `websearch_to_tsquery('english', ${typed})`];
  if (prefix !== null) parts.push(`${where.bind(prefix)}::tsquery`);
  if (corrected !== undefined) parts.push(`${where.bind(corrected)}::tsquery`);
  return `(${parts.join(' || ')})`;
}

function featureSql(where: SqlConditions, feature: FeatureCriterion, asker: Asker): string {
  const { kind, name, dimension, terms, semanticTerm, unit, callableByMe } = feature;
  if (callableByMe === true && kind === 'data') return 'false';
  const wantedKind = callableByMe === true ? 'function' : kind;
  if (unit !== undefined && (dimension === undefined || wantedKind === 'function')) return 'false';
  const wantedTerms: readonly (string | undefined)[] = semanticTerm === undefined ? [undefined] : (terms ?? []);
  if (wantedTerms.length === 0) return 'false';
  const keys = wantedTerms.map((semanticType) => searchKey(featureKeyText({ kind: wantedKind, name, semanticType, dimension })));
  const offers = hasAny(where, keys);
  return callableByMe === true ? `(${offers} AND ${callable(where, asker)})` : offers;
}

function callable(where: SqlConditions, { principal, circled }: Asker): string {
  if (principal.kind === 'operator') return 'false';
  return `(t.owner = ${where.bind(principal.organization)} OR t.twin_id = ANY (${where.bind(circled)}::text[]))`;
}

/**
 * That the extent overlaps one of the boxes. Rides twin_search_area_idx. Stored extents may go on beyond longitude 180, so that each box is looked for
 * one turn of the Earth further as well.
 */
export function boxesSql(where: SqlConditions, boxes: readonly BoundingBox[]): string {
  const turned = boxes.flatMap((box) => (box.west <= 0 ? [box, { ...box, west: box.west + 360, east: box.east + 360 }] : [box]));
  const arms = turned.map(({ west, south, east, north }) => `t.area_box && ${where.bind(`((${east},${north}),(${west},${south}))`)}::box`);
  return `(t.area_box IS NOT NULL AND (${arms.join(' OR ')}))`;
}

/** Whether telling takes reading the profile. */
export function isCostly(leaf: Leaf): boolean {
  return leaf.kind === 'jsonPath' && !(leaf.condition.exact && leaf.condition.keys.length > 0);
}

/** What can be told of a costly leaf without reading the profile. */
export function cheapSql(where: SqlConditions, leaf: Leaf): string {
  return leaf.kind === 'jsonPath' && leaf.condition.keys.length > 0 ? hasAll(where, leaf.condition.keys) : 'true';
}

/** The SQL of a leaf. */
export function leafSql(where: SqlConditions, leaf: Leaf, asker: Asker): string {
  switch (leaf.kind) {
    case 'domain':
      return oneOf(where, 't.domain', leaf.domains);
    case 'owner':
      return oneOf(where, 't.owner', leaf.owners);
    case 'label':
      return hasAll(where, [searchKey(labelKeyText(leaf.name, leaf.value))]);
    case 'object':
      return hasAll(where, [searchKey(objectKeyText(leaf.id))]);
    case 'text':
      return leaf.query === undefined ? 'false' : `t.search @@ ${textQuerySql(where, leaf.query)}`;
    case 'feature':
      return featureSql(where, leaf.feature, asker);
    case 'area':
      return boxesSql(where, testOf(leaf).boxes);
    case 'validAt':
      return `t.validity @> ${where.bind(leaf.at)}::timestamptz`;
    case 'validity':
      return `t.validity && tstzrange(${where.bind(leaf.from ?? null)}::timestamptz, ${where.bind(leaf.to ?? null)}::timestamptz)`;
    case 'maxPeriodMs':
      return `(t.period_ms IS NOT NULL AND t.period_ms <= ${where.bind(leaf.ms)}::bigint)`;
    case 'maxAgeMs':
      return `(t.desired_age_ms IS NOT NULL AND t.desired_age_ms <= ${where.bind(leaf.ms)}::bigint)`;
    case 'status':
      return `l.status = ANY (${where.bind(leaf.statuses)}::text[])`;
    case 'ids':
      return `t.twin_id = ANY (${where.bind(leaf.ids)}::text[])`;
    case 'partOf':
      return `t.twin_id = ANY (${where.bind(leaf.parts ?? [])}::text[])`;
    case 'aggregated':
      // A subquery of its own can be pulled up to a (anti-)join, which two joined by OR cannot.
      return `${leaf.isAggregated ? '' : 'NOT '}EXISTS (
        SELECT FROM (SELECT whole FROM twin_part UNION ALL SELECT whole FROM twin_assembly) AS a WHERE a.whole = t.twin_id)`;
    case 'jsonPath': {
      const { keys, exact, sqlPath } = leaf.condition;
      if (exact && keys.length > 0) return hasAll(where, keys);
      // Asked last and row by row: a scalar subquery is no join that the planner could begin with.
      const profile = `coalesce((SELECT p.profile @? ${where.bind(sqlPath)}::jsonpath FROM twin p WHERE p.id = t.twin_id), false)`;
      return keys.length === 0 ? profile : `(${hasAll(where, keys)} AND ${profile})`;
    }
  }
}
