/**
 * The SQL of leases. Whoever locks several rows of twin_lease locks them in order of id and waits, or skips what is locked; so nobody waits in a
 * circle. `due_at` is when the sweeper looks at a row, never later than its status is due to move: a renewal leaves it alone where it can, so
 * that no index changes, and the sweeper puts it off when it finds that the lease was renewed.
 */
import { DEFAULT_TOLERANCE, FLAP_LEASES, SHORTEST_GRACE_SECONDS } from '../registration-status.js';

/** How late a renewal may come, in seconds: as agreed, or the usual. */
export const TOLERANCE = (tolerance: string, ttl: string): string =>
  `coalesce(${tolerance}, least(${ttl} / ${DEFAULT_TOLERANCE.divisor}, ${DEFAULT_TOLERANCE.mostSeconds}))`;
/** A number of seconds as an interval. */
export const SECONDS = (seconds: string): string => `make_interval(secs => ${seconds})`;
const GRACE = (ttl: string): string => SECONDS(`greatest(${ttl}, ${SHORTEST_GRACE_SECONDS})`);

/** When an active twin goes stale, and when a stale one expires, by the row `l`. */
const LAPSE = `l.expires_at + ${SECONDS(TOLERANCE('l.tolerance_seconds', 'l.ttl_seconds'))}`;
const GRACE_END = `${LAPSE} + ${GRACE('l.ttl_seconds')}`;

/** Stored columns of a lease row `l`, for a statement around that reads {@link LEASE_COLUMNS} of them. */
export const LEASE_ROW = `l.status, l.ttl_seconds, l.tolerance_seconds, l.renewed_at, l.expires_at, l.seen_at, l.maintenance_since,
  l.maintenance_until, l.maintenance_reason`;

/** Columns of a lease row `l` as the program reads them. */
export const LEASE_COLUMNS = `
  l.status, l.ttl_seconds AS "ttlSeconds", ${TOLERANCE('l.tolerance_seconds', 'l.ttl_seconds')} AS "toleranceSeconds",
  l.tolerance_seconds AS "ownToleranceSeconds",
  l.renewed_at AS "renewedAt", l.expires_at AS "expiresAt", l.seen_at AS "seenAt", l.maintenance_since AS "maintenanceSince",
  l.maintenance_until AS "maintenanceUntil", l.maintenance_reason AS "maintenanceReason"`;

/** What a renewal makes of row `l`: new terms and the present time, as SQL. */
interface Renewal {
  readonly ttl: string;
  readonly tolerance: string;
  readonly now: string;
}

/** The SET clause of a renewal: the lease starts anew; the status follows the table in docs/states.md. */
function renewalOf({ ttl, tolerance, now }: Renewal): string {
  const status = `
    CASE WHEN l.status IN ('ACTIVE', 'SUSPENDED') THEN l.status
         WHEN l.steady_since IS NULL OR ${ttl} IS NULL OR ${ttl} <> l.ttl_seconds OR ${tolerance} IS DISTINCT FROM l.tolerance_seconds THEN 'ACTIVE'
         WHEN l.steady_since + ${SECONDS('l.ttl_seconds')} <= ${now} AND ${LAPSE} >= ${now} THEN 'ACTIVE'
         ELSE 'STALE' END`;
  const lapse = `${now} + ${SECONDS(ttl)} + ${SECONDS(TOLERANCE(tolerance, ttl))}`;
  return `
    status = ${status},
    ttl_seconds = ${ttl}, tolerance_seconds = ${tolerance},
    renewed_at = CASE WHEN ${ttl} IS NOT NULL THEN ${now} END, expires_at = ${now} + ${SECONDS(ttl)},
    seen_at = coalesce(${now}, l.seen_at),
    steady_since = CASE WHEN (${status}) = 'STALE' THEN CASE WHEN isfinite(l.steady_since) AND ${LAPSE} >= ${now} THEN l.steady_since ELSE ${now} END END,
    recovered_at = CASE WHEN l.status IN ('STALE', 'EXPIRED') AND (${status}) = 'ACTIVE' THEN ${now} ELSE l.recovered_at END,
    due_at = CASE WHEN ${ttl} IS NULL OR l.maintenance_until IS NOT NULL THEN NULL
                  ELSE CASE ${status} WHEN 'ACTIVE' THEN least(l.due_at, ${lapse})
                                      WHEN 'STALE' THEN least(l.due_at, ${lapse} + ${GRACE(ttl)}) END END`;
}

/**
 * Begins, renews or, with a null $2, ends the lease of $1, from now by the database's clock; $3 is its tolerance, null for the usual one. A
 * suspended twin stays suspended. Rides twin_lease_pkey; locks the row.
 */
export const PUT_LEASE = `
  INSERT INTO twin_lease AS l (twin_id, status, ttl_seconds, tolerance_seconds, renewed_at, expires_at, seen_at, due_at)
  SELECT $1, 'ACTIVE', $2::integer, CASE WHEN $2::integer IS NOT NULL THEN $3::integer END, renewed, renewed + ${SECONDS('$2::integer')}, renewed,
         renewed + ${SECONDS('$2::integer')} + ${SECONDS(TOLERANCE('$3::integer', '$2::integer'))}
    FROM (SELECT CASE WHEN $2::integer IS NOT NULL THEN clock_timestamp() END AS renewed) AS clock
  ON CONFLICT (twin_id) DO UPDATE SET
    ${renewalOf({ ttl: 'excluded.ttl_seconds', tolerance: 'excluded.tolerance_seconds', now: 'excluded.renewed_at' })}
  RETURNING ${LEASE_COLUMNS}`;

/**
 * Renews the leases of $1 (ids, each once), with the terms in $2 (seconds) and $3 (tolerances), null for those in force, where the twins belong to
 * organization $4 and, unless null, are the twin $5. Gives a row for every id but those that were and stay ACTIVE. Rides twin_pkey and
 * twin_lease_pkey; locks in order of id.
 */
export const RENEW_MANY = `
  WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[]) AS a(id, ttl, tolerance)
  ), mine AS (
    SELECT l.twin_id, l.status AS previous, coalesce(a.ttl, l.ttl_seconds) AS ttl, statement_timestamp() AS now_,
           CASE WHEN a.ttl IS NULL AND a.tolerance IS NULL THEN l.tolerance_seconds ELSE a.tolerance END AS tolerance
      FROM asked a JOIN twin t ON t.id = a.id JOIN twin_lease l ON l.twin_id = t.id
     WHERE t.registration = 'REGISTERED' AND t.owner = $4 AND t.id = coalesce($5, t.id)
     ORDER BY l.twin_id FOR UPDATE OF l
  ), renewed AS (
    UPDATE twin_lease AS l SET ${renewalOf({ ttl: 'mine.ttl', tolerance: 'mine.tolerance', now: 'mine.now_' })}
      FROM mine WHERE l.twin_id = mine.twin_id AND mine.ttl IS NOT NULL
    RETURNING l.twin_id, mine.previous, l.status
  )
  SELECT twin_id AS id, true AS known, previous, status FROM renewed WHERE previous <> 'ACTIVE' OR status <> 'ACTIVE'
  UNION ALL SELECT twin_id, true, NULL, NULL FROM mine WHERE ttl IS NULL
  UNION ALL SELECT id, false, NULL, NULL FROM asked WHERE id NOT IN (SELECT twin_id FROM mine)`;

/**
 * Notes a contact of the twins $1, which renews what leases they have. Rides twin_lease_pkey; locks in order of id and skips what is locked: those
 * are missing from the answer, as are twins that are gone.
 */
export const SEE_MANY = `
  WITH seen AS (
    SELECT twin_id, status AS previous, ttl_seconds AS ttl, tolerance_seconds AS tolerance, statement_timestamp() AS now_
      FROM twin_lease WHERE twin_id = ANY ($1::text[]) ORDER BY twin_id FOR UPDATE SKIP LOCKED
  )
  UPDATE twin_lease AS l SET ${renewalOf({ ttl: 'seen.ttl', tolerance: 'seen.tolerance', now: 'seen.now_' })}
    FROM seen WHERE l.twin_id = seen.twin_id
  RETURNING l.twin_id AS id, seen.previous, l.status, l.ttl_seconds AS "ttlSeconds"`;

/** Holds $1 back; its lease runs on. The row is locked already. Rides twin_lease_pkey. */
export const SUSPEND = `
  UPDATE twin_lease AS l SET status = 'SUSPENDED', due_at = NULL WHERE l.twin_id = $1 RETURNING ${LEASE_COLUMNS}`;

/** Lets $1 go to where its lease stands by now; in maintenance, none lapses. The row is locked already. Rides twin_lease_pkey. */
export const RESUME = `
  UPDATE twin_lease AS l SET
    status = CASE WHEN l.ttl_seconds IS NULL OR l.maintenance_until IS NOT NULL OR ${LAPSE} > clock.now_ THEN 'ACTIVE'
                  WHEN ${GRACE_END} > clock.now_ THEN 'STALE' ELSE 'EXPIRED' END,
    due_at = CASE WHEN l.ttl_seconds IS NULL OR l.maintenance_until IS NOT NULL THEN NULL WHEN ${LAPSE} > clock.now_ THEN ${LAPSE}
                  WHEN ${GRACE_END} > clock.now_ THEN ${GRACE_END} END,
    steady_since = NULL
  FROM (SELECT clock_timestamp() AS now_) AS clock
  WHERE l.twin_id = $1
  RETURNING ${LEASE_COLUMNS}`;

const NOW = 'statement_timestamp()';
const LAPSES = `l.status = 'ACTIVE' AND ${LAPSE} <= ${NOW}`;
const EXPIRES = `l.status = 'STALE' AND ${GRACE_END} <= ${NOW}`;

/**
 * Looks at up to $1 leases whose time has come: ACTIVE to STALE, STALE to EXPIRED, or, when it was renewed, looked at again later. A twin that lapses soon
 * after it came back goes on probation. One whose maintenance begins or ends by now waits for that. Rides twin_lease_due_idx (hence the
 * stable statement_timestamp). Rows that another broker or a renewal holds are skipped; they come again.
 */
export const SWEEP = `
  WITH due AS (
    SELECT twin_id, status FROM twin_lease
     WHERE due_at <= ${NOW} AND (maintenance_at IS NULL OR maintenance_at > ${NOW})
     ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  UPDATE twin_lease AS l SET
    status = CASE WHEN ${LAPSES} THEN 'STALE' WHEN ${EXPIRES} THEN 'EXPIRED' ELSE l.status END,
    due_at = CASE WHEN ${EXPIRES} THEN NULL WHEN l.status = 'STALE' OR ${LAPSES} THEN ${GRACE_END} ELSE ${LAPSE} END,
    steady_since = CASE WHEN ${LAPSES} THEN CASE WHEN l.recovered_at > ${NOW} - ${SECONDS(`${FLAP_LEASES} * l.ttl_seconds`)} THEN 'infinity'::timestamptz END
                        ELSE l.steady_since END
  FROM due
  WHERE l.twin_id = due.twin_id
  RETURNING l.twin_id AS id, due.status AS previous, l.status`;
