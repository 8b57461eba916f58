/** Renews everything of a broker. Sixty-four rows at most, rides outbound_lease_pkey or scans them; locks the broker's own rows. */
export const RENEW_SQL = `
  UPDATE outbound_lease SET expires_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
   WHERE owner = $1 RETURNING slot, fence, wanted_by AS "wantedBy"`;

/** All slots that are in use. No lock. */
export const SLOTS_SQL = `
  SELECT slot, owner, fence, wanted_by AS "wantedBy", expires_at <= clock_timestamp() AS "isFree" FROM outbound_lease l
   WHERE owner IS NOT NULL OR EXISTS (SELECT FROM delivery_endpoint e WHERE e.slot = l.slot)
      OR EXISTS (SELECT FROM inbound_binding b WHERE b.slot = l.slot)`;

/** Takes slots that nobody holds, with a new fence. Skips those that another broker is just taking. */
export const TAKE_SQL = `
  UPDATE outbound_lease SET owner = $1, fence = fence + 1, wanted_by = NULL,
         expires_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
   WHERE slot IN (SELECT slot FROM outbound_lease WHERE slot = ANY ($3::smallint[]) AND expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)
  RETURNING slot, fence`;

/** Asks the holders for slots. */
export const WANT_SQL = `UPDATE outbound_lease SET wanted_by = $1 WHERE slot = ANY ($2::smallint[]) AND owner <> $1 AND wanted_by IS NULL`;

/** Hands a slot to who wants it, or to nobody. */
export const HAND_OVER_SQL = `
  UPDATE outbound_lease SET owner = wanted_by, fence = fence + 1, wanted_by = NULL,
         expires_at = CASE WHEN wanted_by IS NULL THEN '-infinity' ELSE clock_timestamp() + make_interval(secs => $4::float8 / 1000) END
   WHERE owner = $1 AND slot = $2 AND fence = $3`;

/** Lets go of everything. */
export const RELEASE_SQL = `
  UPDATE outbound_lease SET owner = NULL, fence = fence + 1, wanted_by = NULL, expires_at = '-infinity' WHERE owner = $1`;
