/** The statements by which brokers share slots. */
export interface LeaseQueries {
  readonly renew: string;
  readonly slots: string;
  readonly take: string;
  readonly want: string;
  readonly handOver: string;
  readonly release: string;
}

/**
 * The statements on a table of leases.
 * @param inUse a subquery that gives a row when anything lies in the slot of `l`
 */
export function leaseQueries(table: string, inUse: string): LeaseQueries {
  return {
    // Renews everything of a broker. Sixty-four rows at most, rides the primary key or scans them; locks the broker's own rows.
    renew: `
  UPDATE ${table} SET expires_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
   WHERE owner = $1 RETURNING slot, fence, wanted_by AS "wantedBy"`,
    // All slots that are in use. No lock.
    slots: `
  SELECT slot, owner, fence, wanted_by AS "wantedBy", expires_at <= clock_timestamp() AS "isFree" FROM ${table} l
   WHERE owner IS NOT NULL OR EXISTS (${inUse})`,
    // Takes slots that nobody holds, with a new fence. Skips those that another broker is just taking.
    take: `
  UPDATE ${table} SET owner = $1, fence = fence + 1, wanted_by = NULL,
         expires_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
   WHERE slot IN (SELECT slot FROM ${table} WHERE slot = ANY ($3::smallint[]) AND expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)
  RETURNING slot, fence`,
    // Asks the holders for slots.
    want: `UPDATE ${table} SET wanted_by = $1 WHERE slot = ANY ($2::smallint[]) AND owner <> $1 AND wanted_by IS NULL`,
    // Hands a slot to who wants it, or to nobody.
    handOver: `
  UPDATE ${table} SET owner = wanted_by, fence = fence + 1, wanted_by = NULL,
         expires_at = CASE WHEN wanted_by IS NULL THEN '-infinity' ELSE clock_timestamp() + make_interval(secs => $4::float8 / 1000) END
   WHERE owner = $1 AND slot = $2 AND fence = $3`,
    // Lets go of everything.
    release: `
  UPDATE ${table} SET owner = NULL, fence = fence + 1, wanted_by = NULL, expires_at = '-infinity' WHERE owner = $1`,
  };
}

/** Leases of endpoints that are delivered to, and of bindings that are listened to. */
export const OUTBOUND_LEASES = leaseQueries(
  'outbound_lease',
  'SELECT FROM delivery_endpoint e WHERE e.slot = l.slot UNION ALL SELECT FROM inbound_binding b WHERE b.slot = l.slot',
);
