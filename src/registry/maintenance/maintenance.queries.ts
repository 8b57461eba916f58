/** The SQL of maintenance windows. The lease's row is locked first; windows change only under it. */
import { DEFAULT_TOLERANCE, SHORTEST_GRACE_SECONDS } from '../registration-status.js';

const NOW = 'statement_timestamp()';
const TOLERANCE = `coalesce(l.tolerance_seconds, least(l.ttl_seconds / ${DEFAULT_TOLERANCE.divisor}, ${DEFAULT_TOLERANCE.mostSeconds}))`;
const LAPSE = `${NOW} + make_interval(secs => l.ttl_seconds + ${TOLERANCE})`;

/** Windows of $1, earliest first. Rides twin_maintenance_pkey. */
export const LIST_WINDOWS = `
  SELECT from_at AS "from", to_at AS "to", reason FROM twin_maintenance WHERE twin_id = $1 AND to_at > ${NOW} ORDER BY from_at`;

/** Rides twin_maintenance_pkey. */
export const DELETE_WINDOWS = 'DELETE FROM twin_maintenance WHERE twin_id = $1';

/** $1 twin, $2 beginnings, $3 ends, $4 reasons. */
export const INSERT_WINDOWS = `
  INSERT INTO twin_maintenance (twin_id, from_at, to_at, reason)
  SELECT $1, w.* FROM unnest($2::timestamptz[], $3::timestamptz[], $4::text[]) AS w`;

/**
 * Brings the rows of `due` to where their windows stand by now: a window that began pauses the lease, one that ended gives it a full time to live,
 * and so does one that passed while no broker ran.
 */
function turn(due: string): string {
  return `
    WITH due AS (${due}
    ), gone AS (
      DELETE FROM twin_maintenance m USING due WHERE m.twin_id = due.twin_id AND m.to_at <= ${NOW} RETURNING m.twin_id
    ), turned AS (
      SELECT due.*, w.from_at, w.to_at, w.reason, coalesce(w.from_at <= ${NOW}, false) AS running,
             due.was_until IS NOT NULL OR due.twin_id IN (SELECT twin_id FROM gone) AS ended
        FROM due LEFT JOIN LATERAL (
          SELECT * FROM twin_maintenance m WHERE m.twin_id = due.twin_id AND m.to_at > ${NOW} ORDER BY m.from_at LIMIT 1
        ) w ON true
    )
    UPDATE twin_lease AS l SET
      maintenance_since = CASE WHEN running THEN from_at END,
      maintenance_until = CASE WHEN running THEN to_at END,
      maintenance_reason = CASE WHEN running THEN reason END,
      maintenance_at = CASE WHEN running THEN to_at ELSE from_at END,
      expires_at = CASE WHEN ended AND NOT running THEN ${NOW} + make_interval(secs => l.ttl_seconds) ELSE l.expires_at END,
      due_at = CASE WHEN running THEN NULL
                    WHEN NOT ended THEN l.due_at
                    WHEN l.status = 'ACTIVE' THEN ${LAPSE}
                    WHEN l.status = 'STALE' THEN ${LAPSE} + make_interval(secs => greatest(l.ttl_seconds, ${SHORTEST_GRACE_SECONDS})) END
    FROM turned
    WHERE l.twin_id = turned.twin_id
    RETURNING l.twin_id AS id, was_since AS "wasSince", was_until AS "wasUntil", was_reason AS "wasReason",
              l.maintenance_since AS since, l.maintenance_until AS until, l.maintenance_reason AS reason`;
}

const WAS = 'twin_id, maintenance_since AS was_since, maintenance_until AS was_until, maintenance_reason AS was_reason';

/** Turns $1, whose row is locked. Rides twin_lease_pkey. */
export const TURN_ONE = turn(`SELECT ${WAS} FROM twin_lease WHERE twin_id = $1`);

/** Turns up to $1 twins of which a window begins or ends by now. Rides twin_lease_maintenance_idx; skips what is locked, which comes again. */
export const TURN_DUE = turn(
  `SELECT ${WAS} FROM twin_lease WHERE maintenance_at <= ${NOW} ORDER BY maintenance_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
);
