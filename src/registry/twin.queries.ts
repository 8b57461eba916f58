/**
 * The registry's SQL. Locks are always taken in the order twin, twin_lease; the sweeper takes twin_lease alone and skips what is locked.
 */

/** Columns of a live registration, of `t` (twin) and `l` (twin_lease). */
export const TWIN_COLUMNS = `
  t.id, t.incarnation, t.version, t.owner, t.profile, t.created_at AS "createdAt", t.updated_at AS "updatedAt",
  l.status, l.ttl_seconds AS "ttlSeconds", l.renewed_at AS "renewedAt", l.expires_at AS "expiresAt"`;

/** Every registered twin has its row in twin_lease. */
export const LIVE_TWINS = `twin t JOIN twin_lease l ON l.twin_id = t.id`;

/** Rides twin_pkey; locks the row of the id, whatever its state, until the transaction ends. */
export const LOCK_TWIN = `
  SELECT id, incarnation, version, registration, owner, profile, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM twin WHERE id = $1 FOR UPDATE`;

/** Rides twin_lease_pkey; locks the row. */
export const LOCK_LEASE = `
  SELECT status, ttl_seconds AS "ttlSeconds", renewed_at AS "renewedAt", expires_at AS "expiresAt" FROM twin_lease WHERE twin_id = $1 FOR UPDATE`;

const VECTOR = (text: string, weight: string): string =>
  `setweight(to_tsvector('simple', ${text}) || to_tsvector('english', ${text}), '${weight}')`;
const SEARCH = `${VECTOR('$7::text', 'A')} || ${VECTOR('$8::text', 'B')} || ${VECTOR('$9::text', 'C')}`;
const VALIDITY = `tstzrange($11::timestamptz, $12::timestamptz)`;

/**
 * $1 id, $2 owner, $3 domain, $4 access, $5 profile, $6 its bytes, $7 to $9 texts by weight, $10 box, $11 and $12 validity, $13 feature keys.
 * Rides twin_pkey; waits for another registration of the same id and then inserts nothing.
 */
export const INSERT_TWIN = `
  INSERT INTO twin (id, incarnation, version, registration, owner, domain, access, profile, profile_bytes, feature_keys, search, area_box,
                    validity, created_at, updated_at)
  SELECT $1, 1, 1, 'REGISTERED', $2, $3, $4, $5::jsonb, $6, $13::text[], ${SEARCH}, $10::box, ${VALIDITY}, now_, now_
    FROM (SELECT clock_timestamp() AS now_) AS clock
  ON CONFLICT (id) DO NOTHING
  RETURNING incarnation, version, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Parameters of INSERT_TWIN, and $14: whether a new incarnation begins. Rides twin_pkey on a row that is locked already. */
export const REPLACE_TWIN = `
  UPDATE twin SET
    incarnation = CASE WHEN $14::boolean THEN incarnation + 1 ELSE incarnation END,
    version = CASE WHEN $14::boolean THEN 1 ELSE version + 1 END,
    registration = 'REGISTERED', owner = $2, domain = $3, access = $4, profile = $5::jsonb, profile_bytes = $6,
    feature_keys = $13::text[], search = ${SEARCH}, area_box = $10::box, validity = ${VALIDITY},
    created_at = CASE WHEN $14::boolean THEN now_ ELSE created_at END,
    updated_at = now_
  FROM (SELECT clock_timestamp() AS now_) AS clock
  WHERE id = $1
  RETURNING incarnation, version, created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Leaves the tombstone: id, owner and incarnation. Rides twin_pkey. */
export const ENTOMB_TWIN = `
  UPDATE twin SET registration = 'DEREGISTERED', access = 'private', domain = '', profile = '{}', profile_bytes = 2, feature_keys = '{}',
    search = '', area_box = NULL, validity = 'empty', updated_at = clock_timestamp()
  WHERE id = $1`;

/** Rides twin_lease_pkey and twin_circle_pkey. */
export const DELETE_LEASE = 'DELETE FROM twin_lease WHERE twin_id = $1';
export const DELETE_CIRCLES = 'DELETE FROM twin_circle WHERE twin_id = $1';

/** Rides twin_version_pkey. */
export const INSERT_VERSION = `
  INSERT INTO twin_version (twin_id, incarnation, version, profile, changed_by, changed_at) VALUES ($1, $2, $3, $4::jsonb, $5, $6)`;

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
            SELECT t.id, t.profile_bytes AS bytes, l.status, l.ttl_seconds, l.renewed_at, l.expires_at
              FROM ${LIVE_TWINS} WHERE ${where} ORDER BY t.id LIMIT ${limit}
          ) AS matching
      ) AS l
      JOIN twin t ON t.id = l.id
     WHERE l.before < ${PAGE_BYTES}
     ORDER BY t.id`;
}
