const COLUMNS = `receiver, organization, protocol, settings, state, revision, slot, failures, reason,
  extract(epoch FROM retry_at) * 1000 AS "retryAt", changed_at AS "changedAt", figures`;

/** One endpoint. Rides delivery_endpoint_pkey. No lock. */
export const READ_ENDPOINT_SQL = `SELECT ${COLUMNS} FROM delivery_endpoint WHERE receiver = $1`;

/** The same, locked against other configurations of it. */
export const LOCK_ENDPOINT_SQL = `${READ_ENDPOINT_SQL} FOR UPDATE`;

/** What there is to deliver in some slots, except what needs no work. Rides delivery_endpoint_slot. No lock. */
export const ENDPOINTS_OF_SLOTS_SQL = `
  SELECT ${COLUMNS} FROM delivery_endpoint WHERE slot = ANY ($1::smallint[]) AND state <> 'DISABLED'`;

/** Configures; what was counted of deliveries by the same organization stays. Rides delivery_endpoint_pkey, locks the row. */
export const PUT_ENDPOINT_SQL = `
  INSERT INTO delivery_endpoint AS e (receiver, organization, protocol, settings, state, revision, slot, configured_at, changed_at)
  VALUES ($1, $2, $3, $4::jsonb, $5, nextval('delivery_revision'), hashtext($1) & 63, clock_timestamp(), clock_timestamp())
  ON CONFLICT (receiver) DO UPDATE
     SET organization = excluded.organization, protocol = excluded.protocol, settings = excluded.settings, revision = excluded.revision,
         state = excluded.state, configured_at = excluded.configured_at, changed_at = excluded.changed_at,
         failures = CASE WHEN excluded.state = e.state THEN e.failures ELSE 0 END,
         retry_at = CASE WHEN excluded.state = e.state AND e.state = 'SUSPENDED' THEN e.retry_at END,
         reason = CASE WHEN excluded.state = e.state THEN e.reason END,
         figures = CASE WHEN excluded.organization = e.organization THEN e.figures ELSE '{}' END
  RETURNING ${COLUMNS}`;

/** Rides delivery_endpoint_pkey. $2: configured before, or null. */
export const DELETE_ENDPOINT_SQL = `
  DELETE FROM delivery_endpoint WHERE receiver = $1 AND ($2::timestamptz IS NULL OR configured_at <= $2) RETURNING receiver`;

/**
 * Moves the state of the configuration that was observed, and as long as nobody else holds its slot ($8; null: whoever holds it). Rides
 * delivery_endpoint_pkey and outbound_lease_pkey.
 */
export const MOVE_ENDPOINT_SQL = `
  UPDATE delivery_endpoint e
     SET state = $4, failures = $5, reason = $7, changed_at = clock_timestamp(),
         retry_at = clock_timestamp() + make_interval(secs => $6::float8 / 1000)
   WHERE receiver = $1 AND revision = $2 AND state = $3
     AND ($8::bigint IS NULL OR EXISTS (SELECT FROM outbound_lease l WHERE l.slot = e.slot AND l.fence = $8))
  RETURNING ${COLUMNS}`;

/**
 * Writes what was counted of many endpoints, each for the configuration that it was observed of and by who holds the slot. Rides delivery_endpoint_pkey and
 * outbound_lease_pkey.
 */
export const COUNT_DELIVERIES_SQL = `
  UPDATE delivery_endpoint e SET figures = c.figures
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::jsonb[]) AS c (receiver, revision, fence, figures)
   WHERE e.receiver = c.receiver AND e.revision = c.revision
     AND EXISTS (SELECT FROM outbound_lease l WHERE l.slot = e.slot AND l.fence = c.fence)`;

/** Keys of an endpoint, oldest first. Rides delivery_key_pkey. */
export const KEYS_SQL = `
  SELECT name, kind, sealed_secret AS "sealedSecret", public_key AS "publicKey", created_at AS "createdAt"
    FROM delivery_key WHERE receiver = $1 AND organization = $2 ORDER BY created_at, name`;

/** Rides delivery_key_pkey. */
export const ADD_KEY_SQL = `
  INSERT INTO delivery_key (receiver, name, organization, kind, sealed_secret, public_key, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) ON CONFLICT DO NOTHING
  RETURNING name, kind, sealed_secret AS "sealedSecret", public_key AS "publicKey", created_at AS "createdAt"`;

/** Rides delivery_key_pkey. */
export const DELETE_KEY_SQL = 'DELETE FROM delivery_key WHERE receiver = $1 AND name = $2 RETURNING name';

/** Keys of others than the organization: of who had the twin before. Rides delivery_key_pkey. */
export const DELETE_FOREIGN_KEYS_SQL = 'DELETE FROM delivery_key WHERE receiver = $1 AND organization <> $2';

/** Rides delivery_key_pkey. $2: made before. */
export const DELETE_OLD_KEYS_SQL = 'DELETE FROM delivery_key WHERE receiver = $1 AND created_at <= $2';

/** One configuration of a receiver at a time, whether it has a row yet or not. */
export const LOCK_RECEIVER_SQL = `SELECT pg_advisory_xact_lock(7210, hashtext($1))`;

/** Names the configuration anew, if there is one: who delivers begins again with what holds now. Rides delivery_endpoint_pkey. */
export const RENEW_REVISION_SQL = `
  UPDATE delivery_endpoint SET revision = nextval('delivery_revision') WHERE receiver = $1 RETURNING receiver`;
