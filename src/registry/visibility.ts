import type { TwinId } from '../kernel/ids.js';
import type { Principal } from '../security/principal.js';
import type { SqlConditions } from './sql-conditions.js';

/*
 * Who may see a twin, decided inside every statement that reads one: an operator all; an organization its own, the listed ones, and those that share
 * an open federation with a twin of its; a twin its organization's, the listed ones, and those that share an open federation with itself. To
 * everyone else the twin does not exist.
 */

function isMine(where: SqlConditions, principal: Exclude<Principal, { kind: 'operator' }>): string {
  return principal.kind === 'twin'
    ? `mine.twin_id = ${where.bind(principal.twin)}`
    : `mine.organization = ${where.bind(principal.organization)}`;
}

/**
 * The predicate for a statement on `t` (twin). `one` suits a statement that names the twin: it looks for a shared circle from the twin's side, by
 * twin_circle_pkey. `many` suits a list: the twins in shared circles are gathered once, by twin_circle_organization_idx (or twin_circle_pkey) and
 * twin_circle_circle_idx, so that the three arms can be answered by twin_owner_idx, twin_listed_idx and twin_pkey together.
 */
export function restrictToVisible(where: SqlConditions, principal: Principal, shape: 'one' | 'many'): SqlConditions {
  if (principal.kind === 'operator') return where;
  const owner = where.bind(principal.organization);
  const mine = isMine(where, principal);
  const circled =
    shape === 'one'
      ? `EXISTS (SELECT FROM twin_circle c JOIN twin_circle mine ON mine.circle = c.circle WHERE c.twin_id = t.id AND ${mine})`
      : `t.id = ANY (ARRAY(SELECT c.twin_id FROM twin_circle mine JOIN twin_circle c ON c.circle = mine.circle WHERE ${mine}))`;
  return where.and(`t.owner = ${owner} OR t.access = 'listed' OR ${circled}`);
}

/** Twins in circles that the principal shares. Rides twin_circle_organization_idx (or twin_circle_pkey) and twin_circle_circle_idx. */
export function selectCircled(where: SqlConditions, principal: Exclude<Principal, { kind: 'operator' }>): string {
  where.and(isMine(where, principal));
  return `SELECT DISTINCT c.twin_id AS id FROM twin_circle mine JOIN twin_circle c ON c.circle = mine.circle WHERE ${where.sql}`;
}

/**
 * The predicate for a search on `t` (twin_search), with the twins in shared circles given: as a constant, PostgreSQL both knows how many they are
 * (twin_search_owner_idx, twin_search_listed_idx and twin_search_pkey together, when that is little) and tests a row against all of them by one hash.
 * @param isSieve whether rows that were found by something else are tested, and no index: where most twins are listed, gathering them all costs more than
 *   it spares
 */
export function restrictSearchToVisible(
  where: SqlConditions,
  principal: Principal,
  circled: readonly TwinId[],
  isSieve = false,
): SqlConditions {
  if (principal.kind === 'operator') return where;
  const arms = [`t.owner = ${where.bind(principal.organization)}`, isSieve ? `t.access || '' = 'listed'` : `t.access = 'listed'`];
  if (circled.length > 0) arms.push(`t.twin_id = ANY (${where.bind(circled)}::text[])`);
  return where.and(arms.join(' OR '));
}
