import type { Geometry } from 'geojson';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { LiveStatus } from '../../registry/registration-status.js';
import type { JsonPathCondition } from '../json-path/json-path-condition.js';
import type { TextQuery } from '../text-query.js';

/*
 * The query document, parsed. A query is a tree of all, any and not over leaves; each leaf is one criterion that a twin meets or does not, so that
 * the same leaf answers for one twin (why not), for some (standing queries, candidate sets) and for all (search).
 */

/** What may be asked of an area. `near`: at most `meters` apart, over the ellipsoid. */
export type AreaRelation = 'intersects' | 'within' | 'contains' | 'near';

/** What one feature must be, all at once. */
export interface FeatureCriterion {
  readonly kind?: 'data' | 'function';
  readonly name?: string;
  /** As asked. */
  readonly semanticTerm?: string;
  /** IRIs that satisfy it; filled in when the query is resolved. */
  readonly terms?: readonly string[];
  readonly exact?: boolean;
  readonly close?: boolean;
  /** As asked. */
  readonly unit?: string;
  readonly dimension?: string;
  /** A function of the asker's own organization's twins, or of twins in an open federation with it. */
  readonly callableByMe?: boolean;
}

/** One criterion. `pointer` (RFC 6901) is its place in the document; of the status that nobody asked for, it is empty. */
export type Leaf = { readonly op: 'leaf'; readonly pointer: string } & (
  | { readonly kind: 'domain'; readonly domains: readonly string[] }
  | { readonly kind: 'owner'; readonly owners: readonly OrganizationId[] }
  | { readonly kind: 'label'; readonly name: string; readonly value?: string }
  | { readonly kind: 'object'; readonly id: string }
  | { readonly kind: 'text'; readonly text: string; readonly query: TextQuery | undefined }
  | { readonly kind: 'feature'; readonly feature: FeatureCriterion }
  | { readonly kind: 'area'; readonly relation: AreaRelation; readonly geometry: Geometry; readonly meters?: number }
  | { readonly kind: 'validAt'; readonly at: string }
  | { readonly kind: 'validity'; readonly from?: string; readonly to?: string }
  | { readonly kind: 'maxPeriodMs'; readonly ms: number }
  | { readonly kind: 'maxAgeMs'; readonly ms: number }
  | { readonly kind: 'status'; readonly statuses: readonly LiveStatus[] }
  | { readonly kind: 'ids'; readonly ids: readonly TwinId[] }
  /** `parts`: those that the asker sees, on all levels; filled in when the query is compiled. */
  | { readonly kind: 'partOf'; readonly whole: TwinId; readonly parts?: readonly TwinId[] }
  | { readonly kind: 'aggregated'; readonly isAggregated: boolean }
  | { readonly kind: 'jsonPath'; readonly path: string; readonly condition: JsonPathCondition }
);

export type LeafKind = Leaf['kind'];
export type AreaLeaf = Extract<Leaf, { kind: 'area' }>;
export type TextLeaf = Extract<Leaf, { kind: 'text' }>;
export type FeatureLeaf = Extract<Leaf, { kind: 'feature' }>;

/** A query: `all` of nothing is true of every twin, `any` of nothing of none. */
export type Query =
  | { readonly op: 'all'; readonly parts: readonly Query[] }
  | { readonly op: 'any'; readonly parts: readonly Query[] }
  | { readonly op: 'not'; readonly part: Query }
  | Leaf;

/** Every leaf, in the order of the document. */
export function leavesOf(query: Query): Leaf[] {
  switch (query.op) {
    case 'leaf':
      return [query];
    case 'not':
      return leavesOf(query.part);
    case 'all':
    case 'any':
      return query.parts.flatMap(leavesOf);
  }
}

/** The query with every leaf replaced. */
export function mapLeaves(query: Query, map: (leaf: Leaf) => Leaf): Query {
  switch (query.op) {
    case 'leaf':
      return map(query);
    case 'not':
      return { op: 'not', part: mapLeaves(query.part, map) };
    case 'all':
    case 'any':
      return { op: query.op, parts: query.parts.map((part) => mapLeaves(part, map)) };
  }
}

/** What the query says of a twin, when each leaf's answer is known. */
export function decide(query: Query, answer: (leaf: Leaf) => boolean): boolean {
  switch (query.op) {
    case 'leaf':
      return answer(query);
    case 'not':
      return !decide(query.part, answer);
    case 'all':
      return query.parts.every((part) => decide(part, answer));
    case 'any':
      return query.parts.some((part) => decide(part, answer));
  }
}

/** Leaves that every match meets: those joined by `all` alone. */
export function requiredLeaves(query: Query): Leaf[] {
  if (query.op === 'leaf') return [query];
  return query.op === 'all' ? query.parts.flatMap(requiredLeaves) : [];
}

/** Leaves that are not beneath a `not`. */
export function wantedLeaves(query: Query): Leaf[] {
  if (query.op === 'leaf') return [query];
  return query.op === 'not' ? [] : query.parts.flatMap(wantedLeaves);
}
