/** SQL of offers. Locks are taken in the order twin, offer: who decides holds the twin, so that decisions follow one another. */

/** The state of offer x by the clock and its twin t. */
const STATE = `CASE WHEN x.state <> 'OFFERED' THEN x.state
    WHEN t.registration <> 'REGISTERED' OR t.incarnation <> x.incarnation OR t.owner <> x.from_organization THEN 'VOID'
    WHEN x.expires_at <= clock_timestamp() THEN 'EXPIRED' ELSE 'OFFERED' END`;

const OFFERS = `
  SELECT x.id, x.twin_id AS twin, CASE WHEN s.state = 'OFFERED' THEN t.profile ->> 'name' END AS name,
         CASE WHEN s.state = 'OFFERED' THEN t.domain END AS domain, x.from_organization AS "from", x.to_organization AS "to", x.note, s.state,
         x.offered_at AS "offeredAt", x.expires_at AS "expiresAt", x.decided_at AS "decidedAt"
    FROM twin_transfer x JOIN twin t ON t.id = x.twin_id CROSS JOIN LATERAL (SELECT ${STATE} AS state) AS s`;

/** $1 the organization whose eyes see, or null for an operator's. */
const SEEN = `($1::text IS NULL OR x.from_organization = $1 OR x.to_organization = $1)`;

/** Closes what no longer stands of a locked twin ($1), so that another offer can be made. Rides twin_transfer_open_key. */
export const CLOSE_FALLEN = `
  UPDATE twin_transfer x SET state = ${STATE}, decided_at = clock_timestamp(), decided_by = 'broker'
    FROM twin t WHERE x.twin_id = $1 AND x.state = 'OFFERED' AND t.id = x.twin_id AND ${STATE} <> 'OFFERED'`;

/** Rides twin_transfer_open_key; inserts nothing beside an offer that stands. */
export const INSERT_OFFER = `
  INSERT INTO twin_transfer (id, twin_id, incarnation, from_organization, to_organization, note, state, offered_by, offered_at, expires_at)
  SELECT $1, $2, $3, $4, $5, $6, 'OFFERED', $7, now_, now_ + make_interval(secs => $8) FROM (SELECT clock_timestamp() AS now_) AS clock
  ON CONFLICT (twin_id) WHERE state = 'OFFERED' DO NOTHING RETURNING id`;

/** The latest offer of a twin ($2) that concerns the organization. Few exist for one twin. */
export const LATEST_OFFER = `${OFFERS} WHERE ${SEEN} AND x.twin_id = $2 ORDER BY (x.state = 'OFFERED') DESC, x.offered_at DESC, x.id LIMIT 1`;

/** Writes a decision on an offer whose twin is locked. Rides twin_transfer_pkey. */
export const DECIDE = `
  UPDATE twin_transfer SET state = $2, decided_by = $3, decided_at = clock_timestamp() WHERE id = $1 AND state = 'OFFERED'`;

/**
 * Offers by id beyond $2; $3 narrows to a state, $4 to one side, where they are given. Rides twin_transfer_from_idx and twin_transfer_to_idx, for an
 * operator twin_transfer_pkey.
 */
export const LIST_OFFERS = `
  ${OFFERS} WHERE ${SEEN} AND x.id > $2 AND ($3::text IS NULL OR s.state = $3)
     AND ($4::text IS NULL OR CASE $4 WHEN 'from' THEN x.from_organization = $1 ELSE x.to_organization = $1 END)
   ORDER BY x.id LIMIT $5`;

/** Withdraws what the organization ($1) offers, declines what it is offered. Rides both indexes of organizations. */
export const CLOSE_ALL_OF = `
  UPDATE twin_transfer SET state = CASE WHEN from_organization = $1 THEN 'WITHDRAWN' ELSE 'DECLINED' END, decided_by = $2,
    decided_at = clock_timestamp()
  WHERE state = 'OFFERED' AND (from_organization = $1 OR to_organization = $1)`;
