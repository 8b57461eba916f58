/**
 * Creates a federation, or a new incarnation over a dissolved one of the same organization; no row when the id is taken. A concurrent
 * creation of the same id waits on federation_pkey for the first to commit and then finds it open.
 */
export const CREATE_FEDERATION = `
  INSERT INTO federation AS f (id, name, purpose, initiator, initiator_organization, access, state)
  VALUES ($1, $2, $3, $4, $5, $6, 'DRAFT')
  ON CONFLICT ON CONSTRAINT federation_pkey DO UPDATE SET
    incarnation = f.incarnation + 1, name = excluded.name, purpose = excluded.purpose, initiator = excluded.initiator,
    access = excluded.access, state = 'DRAFT', suspended_by = NULL, version = 1, identifiers_version = 1,
    since = clock_timestamp(), created_at = clock_timestamp(), updated_at = clock_timestamp()
  WHERE f.state = 'DISSOLVED' AND f.initiator_organization = excluded.initiator_organization
  RETURNING f.incarnation`;

/** The members of the incarnation before; rides federation_member_pkey. */
export const FORGET_MEMBERS = 'DELETE FROM federation_member WHERE federation_id = $1';

/** The candidate sets of the incarnation before; ride candidate_pkey and candidate_set_pkey. */
export const FORGET_CANDIDATES = [
  'DELETE FROM candidate WHERE federation_id = $1',
  'DELETE FROM candidate_set WHERE federation_id = $1',
] as const;

/** The identifiers of the incarnation before; rides federation_identifier_pkey. */
export const FORGET_IDENTIFIERS = 'DELETE FROM federation_identifier WHERE federation_id = $1';

/** The organization has a twin in the federation `f`; rides federation_member_by_organization. */
const INVOLVED = `EXISTS (SELECT FROM federation_member m WHERE m.federation_id = f.id AND m.organization = :organization
  AND m.state IN ('INVITED', 'REQUESTED', 'JOINED'))`;

/** Who sees the federation `f`: everyone if it is listed, its initiator's organization, and those with a twin in it. */
export const VISIBLE_FEDERATION = `(f.access = 'listed' OR f.initiator_organization = :organization OR ${INVOLVED})`;

/** Further conditions of a list, on the federation `f`. */
export interface FederationFilters {
  state: boolean;
  initiator: boolean;
  member: boolean;
}

/**
 * The ids of one page. Each way to see a federation is its own branch that stops at the limit: they ride federation_listed,
 * federation_by_organization and federation_member_by_organization; an operator's ride federation_pkey. No locks.
 */
export function pageOfFederations(all: boolean, filters: FederationFilters): string {
  const conditions = [
    'f.id > :after',
    ...(filters.state ? ['f.state = :state'] : []),
    ...(filters.initiator ? ['f.initiator = :initiator'] : []),
    ...(filters.member
      ? [
          `EXISTS (SELECT FROM federation_member m WHERE m.federation_id = f.id AND m.twin = :member AND m.state IN ('INVITED', 'REQUESTED', 'JOINED'))`,
        ]
      : []),
  ].join(' AND ');
  const branch = (way: string): string => `(SELECT f.id FROM federation f WHERE ${way} AND ${conditions} ORDER BY f.id LIMIT :limit)`;
  if (all) return branch('true');
  const throughMembers = `(SELECT DISTINCT me.federation_id AS id FROM federation_member me JOIN federation f ON f.id = me.federation_id
    WHERE me.organization = :organization AND me.state IN ('INVITED', 'REQUESTED', 'JOINED') AND me.federation_id > :after AND ${conditions}
    ORDER BY id LIMIT :limit)`;
  return [branch(`f.access = 'listed'`), branch('f.initiator_organization = :organization'), throughMembers].join(' UNION ');
}
