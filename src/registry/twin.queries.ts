/**
 * The registry's SQL. Locks are always taken in the order twin, twin_lease; the sweeper takes twin_lease alone and skips what is locked.
 */

import { LEASE_COLUMNS, LEASE_ROW } from './lease/lease.queries.js';

/** Columns of a live registration, of `t` (twin) and `l` (twin_lease). */
export const TWIN_COLUMNS = `
  t.id, t.incarnation, t.version, t.owner, t.profile, t.created_at AS "createdAt", t.updated_at AS "updatedAt",
  ${LEASE_COLUMNS}`;

/** Every registered twin has its row in twin_lease. */
export const LIVE_TWINS = `twin t JOIN twin_lease l ON l.twin_id = t.id`;

/** Rides twin_pkey; locks the row of the id, whatever its state, until the transaction ends. */
export const LOCK_TWIN = `
  SELECT id, incarnation, version, registration, owner, profile, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM twin WHERE id = $1 FOR UPDATE`;

/** Rides twin_lease_pkey; locks the row. */
export const LOCK_LEASE = `
  SELECT ${LEASE_COLUMNS} FROM twin_lease l WHERE twin_id = $1 FOR UPDATE`;

/**
 * $1 id, $2 owner, $3 domain, $4 access, $5 profile, $6 its bytes, $7 who. What is searched of it is SearchIndex's.
 * Rides twin_pkey; waits for another registration of the same id and then inserts nothing.
 */
export const INSERT_TWIN = `
  INSERT INTO twin (id, incarnation, version, registration, owner, domain, access, profile, profile_bytes, changed_by, created_at,
                    updated_at)
  SELECT $1, 1, 1, 'REGISTERED', $2, $3, $4, $5::jsonb, $6, $7::jsonb, now_, now_
    FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS now_) AS clock
  ON CONFLICT (id) DO NOTHING
  RETURNING incarnation, version, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** When a version begins: to the millisecond, as it is shown, and later than the one before, whatever the clock does. */
const NEXT_INSTANT = (now: string): string => `greatest(date_trunc('milliseconds', ${now}), updated_at + interval '1 millisecond')`;

/** Keeps a live version that is about to be superseded: its own author and beginning go with it. */
const ARCHIVE = `
  INSERT INTO twin_version (twin_id, incarnation, version, owner, access, profile, profile_bytes, changed_by, changed_at)
  SELECT id, incarnation, version, owner, access, profile, profile_bytes, changed_by, updated_at
    FROM twin WHERE id = $1 AND registration = 'REGISTERED'`;

/**
 * Parameters of INSERT_TWIN, and $8: whether a new incarnation begins. Rides twin_pkey on a row that is locked already; what it replaces goes to
 * twin_version.
 */
export const REPLACE_TWIN = `
  WITH archived AS (${ARCHIVE})
  UPDATE twin SET
    incarnation = CASE WHEN $8::boolean THEN incarnation + 1 ELSE incarnation END,
    version = CASE WHEN $8::boolean THEN 1 ELSE version + 1 END,
    registration = 'REGISTERED', owner = $2, domain = $3, access = $4, profile = $5::jsonb, profile_bytes = $6, changed_by = $7::jsonb,
    created_at = CASE WHEN $8::boolean THEN ${NEXT_INSTANT('now_')} ELSE created_at END,
    updated_at = ${NEXT_INSTANT('now_')}
  FROM (SELECT clock_timestamp() AS now_) AS clock
  WHERE id = $1
  RETURNING incarnation, version, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Leaves the tombstone: id, owner and incarnation; $2 who. Both the last version and its end go to twin_version. Rides twin_pkey. */
export const ENTOMB_TWIN = `
  WITH archived AS (${ARCHIVE} RETURNING access), entombed AS (
    UPDATE twin SET registration = 'DEREGISTERED', access = 'private', domain = '', profile = '{}', profile_bytes = 2, changed_by = $2::jsonb,
           updated_at = ${NEXT_INSTANT('clock_timestamp()')}
     WHERE id = $1
    RETURNING id, incarnation, version, owner, changed_by, updated_at
  )
  INSERT INTO twin_version (twin_id, incarnation, version, owner, access, profile, profile_bytes, changed_by, changed_at)
  SELECT e.id, e.incarnation, e.version + 1, e.owner, a.access, NULL, 0, e.changed_by, e.updated_at FROM entombed e, archived a`;

/** Takes the maintenance windows along. Rides twin_lease_pkey and twin_maintenance_pkey. */
export const DELETE_LEASE = `
  WITH windows AS (DELETE FROM twin_maintenance WHERE twin_id = $1) DELETE FROM twin_lease WHERE twin_id = $1`;
/** Rides twin_circle_pkey. */
export const DELETE_CIRCLES = 'DELETE FROM twin_circle WHERE twin_id = $1 RETURNING circle';

/** Bytes of profiles that one page may hold; the first twin always fits. */
export const PAGE_BYTES = 8_388_608;

/**
 * A page in order of id. The inner statement finds the ids without reading profiles; `found` counts them, so that the caller knows of more.
 * @param where conditions on `t` and `l`
 * @param limit placeholder of the page size plus one
 */
export function selectPage(where: string, limit: string): string {
  return `
    SELECT ${TWIN_COLUMNS}, l.found::integer AS found
      FROM (
        SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before, count(*) OVER () AS found
          FROM (
            SELECT t.id, t.profile_bytes AS bytes, ${LEASE_ROW}
              FROM ${LIVE_TWINS} WHERE ${where} ORDER BY t.id LIMIT ${limit}
          ) AS matching
      ) AS l
      JOIN twin t ON t.id = l.id
     WHERE l.before < ${PAGE_BYTES}
     ORDER BY t.id`;
}
