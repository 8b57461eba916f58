/** The SQL of bulks and exports. Rows of twin are locked in order of id, then those of twin_lease, as everywhere in the registry. */
import { unpacked } from '../search/column-parameters.js';
import { SECONDS, TOLERANCE } from '../lease/lease.queries.js';

/**
 * Registers those of the twins whose id nobody has, with their leases, as INSERT_TWIN and PUT_LEASE do one by one: $1 ids, $2 domains, $3 accesses, $4
 * profiles, packed, with $5 where each begins and $6 its bytes, $7 times to live, $8 tolerances, $9 owner, $10 who. Rides twin_pkey; waits for other
 * registrations of the same ids. Gives when, null for none, and the ids that are registered by this unless it is all of them.
 */
export const REGISTER_MANY = `
  WITH given AS MATERIALIZED (
    SELECT g.*, clock.now_
      FROM unnest($1::text[], $2::text[], $3::text[], $5::integer[], $6::integer[], $7::integer[], $8::integer[])
             AS g (id, domain, access, start, bytes, ttl, tolerance),
           (SELECT date_trunc('milliseconds', clock_timestamp()) AS now_) AS clock
  ), made AS (
    INSERT INTO twin (id, incarnation, version, registration, owner, domain, access, profile, profile_bytes, changed_by, created_at, updated_at)
    SELECT id, 1, 1, 'REGISTERED', $9, domain, access, convert_from(${unpacked('$4', 'start', 'bytes')}, 'UTF8')::jsonb, bytes, $10::jsonb, now_, now_
      FROM given ORDER BY id COLLATE "C"
    ON CONFLICT (id) DO NOTHING
    RETURNING id, updated_at
  ), leased AS (
    INSERT INTO twin_lease (twin_id, status, ttl_seconds, tolerance_seconds, renewed_at, expires_at, seen_at, due_at)
    SELECT id, 'ACTIVE', ttl, CASE WHEN ttl IS NOT NULL THEN tolerance END, renewed, renewed + ${SECONDS('ttl')}, renewed,
           renewed + ${SECONDS('ttl')} + ${SECONDS(TOLERANCE('tolerance', 'ttl'))}
      FROM (SELECT g.*, CASE WHEN g.ttl IS NOT NULL THEN g.now_ END AS renewed FROM given g JOIN made ON made.id = g.id) AS begun
  )
  SELECT min(updated_at) AS "updatedAt", CASE WHEN count(*) < cardinality($1::text[]) THEN array_agg(id) END AS some FROM made`;

/** Notes how far the bulk $2 of $1 came: $3 last committed line, and what became of lines since the last note. Rides bulk_load_pkey. */
export const NOTE_PROGRESS = `
  INSERT INTO bulk_load AS b (owner, id, state, committed_line, created, replaced, unchanged, refused, started_at, updated_at)
  VALUES ($1, $2, $8, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp())
  ON CONFLICT (owner, id) DO UPDATE SET
    state = excluded.state, committed_line = greatest(b.committed_line, excluded.committed_line), created = b.created + excluded.created, replaced = b.replaced + excluded.replaced,
    unchanged = b.unchanged + excluded.unchanged, refused = b.refused + excluded.refused, updated_at = excluded.updated_at`;

/** How far the bulk $2 of $1 came. Rides bulk_load_pkey. */
export const READ_PROGRESS = `
  SELECT id, state, committed_line AS "committedLine", created, replaced, unchanged, refused, started_at AS "startedAt", updated_at AS "updatedAt"
    FROM bulk_load WHERE owner = $1 AND id = $2`;

/** Forgets bulks that nobody went on with for $1 days. Rides bulk_load_updated_idx. */
export const FORGET_BULKS = `DELETE FROM bulk_load WHERE updated_at < clock_timestamp() - make_interval(days => $1)`;

/**
 * A page of profiles after the id $1, in order of id; no more of them than fit into $2 bytes, but one. Of the twin `t` and its lease `l`. Rides twin_pkey,
 * twin_owner_idx or twin_domain_idx, whichever the conditions suit.
 */
export function selectExport(where: string, limit: string, bytes: string): string {
  return `
    SELECT t.id, t.profile::text AS profile, page.ttl, page.tolerance
      FROM (
        SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before
          FROM (
            SELECT t.id, t.profile_bytes AS bytes, l.ttl_seconds AS ttl, l.tolerance_seconds AS tolerance
              FROM twin t JOIN twin_lease l ON l.twin_id = t.id WHERE ${where} ORDER BY t.id LIMIT ${limit}
          ) AS matching
      ) AS page
      JOIN twin t ON t.id = page.id
     WHERE page.before < ${bytes}
     ORDER BY t.id`;
}
