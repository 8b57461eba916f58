import type { Principal } from '../security/principal.js';
import type { SqlConditions } from './sql-conditions.js';

/**
 * Who may see a twin (`t` in the statement), decided inside every statement that reads one: an operator all; an organization its own, the
 * listed ones, and those that share an open federation with a twin of its; a twin its organization's, the listed ones, and those that
 * share an open federation with itself. To everyone else the twin does not exist.
 *
 * `one` suits a statement that names the twin: it looks for a shared circle from the twin's side, by twin_circle_pkey. `many` suits a search:
 * the twins in shared circles are gathered once, by twin_circle_organization_idx (or twin_circle_pkey) and twin_circle_circle_idx, so that
 * the three arms can be answered by twin_owner_idx, twin_listed_idx and twin_pkey together.
 */
export function restrictToVisible(where: SqlConditions, principal: Principal, shape: 'one' | 'many'): SqlConditions {
  if (principal.kind === 'operator') return where;
  const owner = where.bind(principal.organization);
  const mine = principal.kind === 'twin' ? `mine.twin_id = ${where.bind(principal.twin)}` : `mine.organization = ${owner}`;
  const circled =
    shape === 'one'
      ? `EXISTS (SELECT FROM twin_circle c JOIN twin_circle mine ON mine.circle = c.circle WHERE c.twin_id = t.id AND ${mine})`
      : `t.id = ANY (ARRAY(SELECT c.twin_id FROM twin_circle mine JOIN twin_circle c ON c.circle = mine.circle WHERE ${mine}))`;
  return where.and(`t.owner = ${owner} OR t.access = 'listed' OR ${circled}`);
}
