import type { BoundingBox } from '../kernel/geo/bounding-box.js';
import { featureKey } from '../registry/search-columns.js';
import type { SqlConditions } from '../registry/sql-conditions.js';
import { LIVE_TWINS } from '../registry/twin.queries.js';
import type { FeatureCriterionDto, ValidityCriterionDto } from './dto/search.dto.js';
import type { TextQuery } from './text-query.js';

/*
 * Discovery's SQL, put together from the criteria given and always sent unnamed: a generic plan cannot know which criterion is the selective one. No
 * statement takes a lock. The planner chooses among twin_area_idx (domain and area), twin_search_idx (features and text), twin_domain_idx,
 * twin_owner_idx and, when almost everything matches, twin_pkey, which has the order of the page.
 */

/** Rides twin_search_idx. */
export function offersAll(where: SqlConditions, criteria: readonly FeatureCriterionDto[]): void {
  const keys = criteria.map(({ kind, name }) => featureKey(kind, name));
  if (keys.length > 0) where.and(`t.feature_keys @> ${where.bind(keys)}::text[]`);
}

/** Rides twin_search_idx. Matches words as they are (with the last as a prefix) and by their English stems. */
export function speaksOf(where: SqlConditions, text: TextQuery): void {
  const typed = where.bind(text.webSearch);
  const prefix = text.prefix === null ? '' : ` || ${where.bind(text.prefix)}::tsquery`;
  where.and(`t.search @@ (websearch_to_tsquery('simple', ${typed}) || websearch_to_tsquery('english', ${typed})${prefix})`);
}

function cornersOf({ west, south, east, north }: BoundingBox): string {
  return `((${east},${north}),(${west},${south}))`;
}

/**
 * Up to `limit` ids of twins whose box overlaps one of these, in no order. Rides twin_area_idx, together with the domain if there is one. PostgreSQL
 * takes every box for equally selective: asked for an order as well, it would walk twin_pkey in search of a few.
 */
export function selectSomeCandidates(where: SqlConditions, boxes: readonly BoundingBox[], limit: number): string {
  const overlaps = boxes.map((box) => `t.area_box && ${where.bind(cornersOf(box))}::box`);
  where.and('t.area_box IS NOT NULL').and(overlaps.join(' OR '));
  return `SELECT t.id FROM ${LIVE_TWINS} WHERE ${where.sql} LIMIT ${where.bind(limit)}`;
}

/**
 * The first `limit` ids of twins whose box overlaps one of these. For boxes known to hold many: a function, which no index answers, makes the
 * planner walk twin_pkey (or twin_domain_idx, twin_owner_idx) and stop early.
 */
export function selectFirstCandidates(where: SqlConditions, boxes: readonly BoundingBox[], limit: number): string {
  const overlaps = boxes.map((box) => `box_overlap(t.area_box, ${where.bind(cornersOf(box))}::box)`);
  where.and('t.area_box IS NOT NULL').and(overlaps.join(' OR '));
  return `SELECT t.id FROM ${LIVE_TWINS} WHERE ${where.sql} ORDER BY t.id LIMIT ${where.bind(limit)}`;
}

/** A filter without an index: most validities are open, so it excludes little. */
export function isValid(where: SqlConditions, at: string | undefined, span: ValidityCriterionDto | undefined): void {
  if (at !== undefined) where.and(`t.validity @> ${where.bind(at)}::timestamptz`);
  if (span !== undefined) {
    where.and(`t.validity && tstzrange(${where.bind(span.from ?? null)}::timestamptz, ${where.bind(span.to ?? null)}::timestamptz)`);
  }
}

/** Areas of the twins $1. Rides twin_pkey. */
export const SELECT_AREAS = `
  SELECT id, profile #> '{coverage,area}' AS area FROM twin WHERE id = ANY ($1::text[]) AND area_box IS NOT NULL ORDER BY id`;
