/**
 * Requests a connection, or a new incarnation over one of the same requesting organization that has ended; no row when
 * the id is taken. A concurrent request with the same id waits on connection_pkey for the first to commit and then finds it open.
 */
export const REQUEST_CONNECTION = `
  INSERT INTO connection AS c
    (id, federation_id, requester, requester_organization, responder, responder_organization, features, state, expires_at, needs, terms)
  VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, 'REQUESTED', clock_timestamp() + make_interval(secs => $8), $9::jsonb, $10::jsonb)
  ON CONFLICT ON CONSTRAINT connection_pkey DO UPDATE SET
    incarnation = c.incarnation + 1, federation_id = excluded.federation_id,
    requester = excluded.requester, responder = excluded.responder, responder_organization = excluded.responder_organization,
    features = excluded.features, needs = excluded.needs, terms = excluded.terms, plan = NULL, plan_version = 0, state = 'REQUESTED', reason = NULL,
    since = clock_timestamp(), expires_at = excluded.expires_at, created_at = clock_timestamp()
  WHERE c.state IN ('REJECTED', 'EXPIRED', 'RELEASED') AND c.requester_organization = excluded.requester_organization
  RETURNING c.id`;

/** What every statement here returns of a request that has run out. */
const EXPIRED = `c.id, c.federation_id AS "federationId", c.requester, c.responder, c.plan_version AS "planVersion", c.reason, due.state AS previous`;

/**
 * Ends requests whose time is over, a batch at a time; rides connection_expiring. Rows that somebody answers at this moment are passed
 * over, so any number of brokers may run it, and it never waits.
 */
export const EXPIRE_DUE = `
  WITH due AS (
    SELECT id, state FROM connection WHERE state IN ('REQUESTED', 'NEGOTIATING') AND expires_at <= clock_timestamp()
     ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
  UPDATE connection c SET state = 'EXPIRED', reason = 'not answered in time', since = clock_timestamp() FROM due WHERE c.id = due.id
  RETURNING ${EXPIRED}`;

/** The same for one connection, waiting for whoever holds it. */
export const EXPIRE_ONE = `
  WITH due AS (
    SELECT id, state FROM connection
     WHERE id = $1 AND state IN ('REQUESTED', 'NEGOTIATING') AND expires_at <= clock_timestamp() FOR UPDATE)
  UPDATE connection c SET state = 'EXPIRED', reason = 'not answered in time', since = clock_timestamp() FROM due WHERE c.id = due.id
  RETURNING ${EXPIRED}`;

/** How many connections a federation has in each state; rides connection_by_federation. */
export const COUNT_BY_STATE = 'SELECT state, count(*)::int AS count FROM connection WHERE federation_id = $1 GROUP BY state';

/** The needs that the plan serves, each with the feature that it is served by. */
const NEEDS = `coalesce((
    SELECT jsonb_agg(n || jsonb_build_object('serves', jsonb_build_object('twin', f -> 'twin', 'name', f -> 'name')))
      FROM jsonb_array_elements(plan -> 'features') AS f
      JOIN jsonb_array_elements(needs) AS n ON n ->> 'twin' = f ->> 'peer' AND n ->> 'kind' = f ->> 'kind' AND n ->> 'name' = f ->> 'need'), '[]') AS needs`;

const LIVE = `id, federation_id AS "federationId", requester, responder, state, plan_version AS "planVersion", features, ${NEEDS}`;

/** Open connections between two twins, oldest first; rides connection_open_pair in both directions. No locks. */
export const OPEN_BETWEEN = `
  SELECT ${LIVE} FROM connection
   WHERE state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST')
     AND ((requester = $1 AND responder = $2) OR (requester = $2 AND responder = $1))
   ORDER BY created_at, id`;

/** A twin's open connections, oldest first; rides connection_by_requester and connection_by_responder. No locks. */
export const OPEN_OF = `
  SELECT * FROM (
    SELECT ${LIVE}, created_at FROM connection
     WHERE requester = $1 AND state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST')
    UNION ALL
    SELECT ${LIVE}, created_at FROM connection
     WHERE responder = $1 AND state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST')) AS c
   ORDER BY created_at, id`;

/** One open connection, by connection_pkey. No locks. */
export const OPEN_BY_ID = `
  SELECT ${LIVE} FROM connection WHERE id = $1 AND state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST')`;

/** Further conditions of a list, on the connection `c`. */
export interface ConnectionFilters {
  federationId: boolean;
  twin: boolean;
  state: boolean;
}

/**
 * The ids of one page. What has two sides is two branches that each stop at the limit: they ride connection_by_requester and _by_responder for
 * a twin, connection_by_requester_organization and _by_responder_organization for a caller, connection_by_federation or connection_pkey
 * for an operator. No locks.
 */
export function pageOfConnections(all: boolean, filters: ConnectionFilters): string {
  const conditions = [
    'id > :after',
    ...(filters.federationId ? ['federation_id = :federationId'] : []),
    ...(filters.state ? ['state = :state'] : []),
    ...(filters.twin && !all ? ['(requester_organization = :organization OR responder_organization = :organization)'] : []),
  ].join(' AND ');
  const branch = (way: string): string => `(SELECT id FROM connection WHERE ${way} AND ${conditions} ORDER BY id LIMIT :limit)`;
  if (filters.twin) return `${branch('requester = :twin')} UNION ${branch('responder = :twin')}`;
  if (all) return branch('true');
  return `${branch('requester_organization = :organization')} UNION ${branch('responder_organization = :organization')}`;
}
