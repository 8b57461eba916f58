/**
 * SQL of sets. Locks are taken in the order set, twins by id, leases; whoever changes a set holds its row, so that two applications to one set
 * follow one another.
 */

/** Makes the set, if need be, and locks its row. Rides twin_set_pkey. */
export const LOCK_SET = `
  INSERT INTO twin_set AS s (organization, name) VALUES ($1, $2)
  ON CONFLICT (organization, name) DO UPDATE SET name = s.name
  RETURNING s.name`;

/** Locks the row of a set that is there. Rides twin_set_pkey. */
export const LOCK_KNOWN_SET = 'SELECT name FROM twin_set WHERE organization = $1 AND name = $2 FOR UPDATE';

/** A member whose twin was deregistered, handed over or registered anew by hand is none any more. */
const IS_MEMBER = `t.id = m.twin_id AND t.incarnation = m.incarnation AND t.owner = m.organization AND t.registration = 'REGISTERED'`;

/** Members by id. Rides twin_set_member_set_idx and twin_pkey; takes no lock. */
export const MEMBERS = `
  SELECT m.twin_id AS id FROM twin_set_member m JOIN twin t ON ${IS_MEMBER} WHERE m.organization = $1 AND m.set_name = $2 ORDER BY m.twin_id`;

/** Locks every row of the ids in one order, so that two applications that meet on some twins never wait for each other. Rides twin_pkey. */
export const LOCK_TWINS = 'SELECT id FROM twin WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE';

/** Where each twin stands, without its profile: $1 ids. Rides twin_pkey and twin_set_member_pkey; the twins are locked. */
export const STANDINGS = `
  SELECT t.id, t.owner, t.incarnation, t.version, m.set_name AS "set"
    FROM twin t
    LEFT JOIN twin_set_member m ON ${IS_MEMBER}
   WHERE t.id = ANY ($1::text[]) AND t.registration = 'REGISTERED'`;

/** Puts the present registrations of the ids ($3) into the set. Rides twin_pkey and twin_set_member_pkey. */
export const JOIN_SET = `
  INSERT INTO twin_set_member AS m (twin_id, incarnation, organization, set_name)
  SELECT id, incarnation, $1, $2 FROM twin WHERE id = ANY ($3::text[]) AND owner = $1 AND registration = 'REGISTERED' ORDER BY id
  ON CONFLICT (twin_id) DO UPDATE SET incarnation = excluded.incarnation, organization = excluded.organization,
    set_name = excluded.set_name, since = excluded.since
    WHERE (m.incarnation, m.organization, m.set_name) IS DISTINCT FROM (excluded.incarnation, excluded.organization, excluded.set_name)`;

/** Rides twin_set_member_pkey. */
export const LEAVE_SET = 'DELETE FROM twin_set_member WHERE twin_id = ANY ($1::text[])';

/** Notes an application: $3 digest, $4 by whom, $5 whether it changed anything. Rides twin_set_pkey. */
export const NOTE_APPLIED = `
  UPDATE twin_set SET digest = $3, applied_by = $4, applied_at = clock_timestamp(),
    changed_at = CASE WHEN $5::boolean THEN clock_timestamp() ELSE changed_at END
  WHERE organization = $1 AND name = $2`;

const SET_COLUMNS = `s.name, s.digest, s.created_at AS "createdAt", s.applied_at AS "appliedAt", s.applied_by AS "appliedBy",
  s.changed_at AS "changedAt",
  (SELECT count(*)::integer FROM twin_set_member m JOIN twin t ON ${IS_MEMBER}
    WHERE m.organization = s.organization AND m.set_name = s.name) AS twins`;

/** Rides twin_set_pkey and twin_set_member_set_idx. */
export const FIND_SET = `SELECT ${SET_COLUMNS} FROM twin_set s WHERE s.organization = $1 AND s.name = $2`;

/** Sets by name beyond $2. Rides twin_set_pkey. */
export const LIST_SETS = `SELECT ${SET_COLUMNS} FROM twin_set s WHERE s.organization = $1 AND s.name > $2 ORDER BY s.name LIMIT $3`;

/** Members by id beyond $3. Rides twin_set_member_set_idx and twin_pkey. */
export const LIST_MEMBERS = `
  SELECT t.id, t.profile ->> 'name' AS name, t.version, m.since FROM twin_set_member m JOIN twin t ON ${IS_MEMBER}
   WHERE m.organization = $1 AND m.set_name = $2 AND m.twin_id > $3 ORDER BY m.twin_id LIMIT $4`;

/** Ends the set. Rides twin_set_member_set_idx and twin_set_pkey. */
export const FORGET_MEMBERS = 'DELETE FROM twin_set_member WHERE organization = $1 AND set_name = $2';
export const DELETE_SET = 'DELETE FROM twin_set WHERE organization = $1 AND name = $2';
