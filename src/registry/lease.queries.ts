import { SHORTEST_GRACE_SECONDS } from './registration-status.js';

/** Columns of a lease row `l` after a change. */
const RETURNED = `l.status, l.ttl_seconds AS "ttlSeconds", l.renewed_at AS "renewedAt", l.expires_at AS "expiresAt"`;

const GRACE_END = `l.expires_at + make_interval(secs => greatest(l.ttl_seconds, ${SHORTEST_GRACE_SECONDS}))`;

/**
 * Begins, renews or, with a null $2, ends the lease of $1, from now by the database's clock. A suspended twin stays suspended.
 * Rides twin_lease_pkey; locks the row.
 */
export const PUT_LEASE = `
  INSERT INTO twin_lease AS l (twin_id, status, ttl_seconds, renewed_at, expires_at, due_at)
  SELECT $1, 'ACTIVE', $2::integer, CASE WHEN $2::integer IS NOT NULL THEN now_ END, expiry, expiry
    FROM (SELECT now_, now_ + make_interval(secs => $2::integer) AS expiry FROM (SELECT clock_timestamp() AS now_) AS clock) AS term
  ON CONFLICT (twin_id) DO UPDATE SET
    status = CASE l.status WHEN 'SUSPENDED' THEN 'SUSPENDED' ELSE 'ACTIVE' END,
    ttl_seconds = excluded.ttl_seconds, renewed_at = excluded.renewed_at, expires_at = excluded.expires_at,
    due_at = CASE l.status WHEN 'SUSPENDED' THEN NULL ELSE excluded.due_at END
  RETURNING ${RETURNED}`;

/** Holds $1 back; its lease runs on. The row is locked already. Rides twin_lease_pkey. */
export const SUSPEND = `
  UPDATE twin_lease AS l SET status = 'SUSPENDED', due_at = NULL WHERE l.twin_id = $1 RETURNING ${RETURNED}`;

/** Lets $1 go to where its lease stands by now. The row is locked already. Rides twin_lease_pkey. */
export const RESUME = `
  UPDATE twin_lease AS l SET
    status = CASE WHEN l.ttl_seconds IS NULL OR l.expires_at > clock.now_ THEN 'ACTIVE' WHEN ${GRACE_END} > clock.now_ THEN 'STALE' ELSE 'EXPIRED' END,
    due_at = CASE WHEN l.ttl_seconds IS NULL THEN NULL WHEN l.expires_at > clock.now_ THEN l.expires_at
                  WHEN ${GRACE_END} > clock.now_ THEN ${GRACE_END} END
  FROM (SELECT clock_timestamp() AS now_) AS clock
  WHERE l.twin_id = $1
  RETURNING ${RETURNED}`;

/**
 * Moves up to $1 leases whose time has come: ACTIVE to STALE, STALE to EXPIRED. Rides twin_lease_due_idx (hence the stable statement_timestamp).
 * Rows that another broker or a renewal holds are skipped; they come again.
 */
export const SWEEP = `
  WITH due AS (
    SELECT twin_id, status FROM twin_lease WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  UPDATE twin_lease AS l SET
    status = CASE due.status WHEN 'ACTIVE' THEN 'STALE' ELSE 'EXPIRED' END,
    due_at = CASE due.status WHEN 'ACTIVE' THEN ${GRACE_END} END
  FROM due
  WHERE l.twin_id = due.twin_id
  RETURNING l.twin_id AS id, due.status AS previous, l.status`;
