const COLUMNS = `twin, name, organization, protocol, settings, feature, enabled, revision, slot, configured_at AS "configuredAt",
  state, since, reason, source_position AS "sourcePosition", figures, refusals`;

/** One binding. Rides inbound_binding_pkey. No lock. */
export const READ_BINDING_SQL = `SELECT ${COLUMNS} FROM inbound_binding WHERE twin = $1 AND name = $2`;

/** The same, locked against other configurations of it. */
export const LOCK_BINDING_SQL = `${READ_BINDING_SQL} FOR UPDATE`;

/** All of a twin, by name. Rides inbound_binding_pkey. No lock. */
export const BINDINGS_OF_TWIN_SQL = `SELECT ${COLUMNS} FROM inbound_binding WHERE twin = $1 ORDER BY name`;

/** What there is to listen to in some slots. Rides inbound_binding_slot. No lock. */
export const BINDINGS_OF_SLOTS_SQL = `SELECT ${COLUMNS} FROM inbound_binding WHERE slot = ANY ($1::smallint[]) AND enabled`;

/** Configures; what was counted stays. Rides inbound_binding_pkey, locks the row. $8: whether the source is the same, so that it goes on where it was. */
export const PUT_BINDING_SQL = `
  INSERT INTO inbound_binding AS b (twin, name, organization, protocol, settings, feature, enabled, state, revision, slot, configured_at, since)
  VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $9, nextval('binding_revision'), hashtext($1) & 63, clock_timestamp(), clock_timestamp())
  ON CONFLICT (twin, name) DO UPDATE
     SET organization = excluded.organization, protocol = excluded.protocol, settings = excluded.settings, feature = excluded.feature,
         enabled = excluded.enabled, revision = excluded.revision, configured_at = excluded.configured_at,
         state = excluded.state, since = excluded.since, reason = NULL,
         source_position = CASE WHEN $8 THEN b.source_position END
  RETURNING ${COLUMNS}`;

/** Rides inbound_binding_pkey. $3: configured before, or null. */
export const DELETE_BINDING_SQL = `
  DELETE FROM inbound_binding WHERE twin = $1 AND name = $2 AND ($3::timestamptz IS NULL OR configured_at <= $3) RETURNING twin`;

/** Rides inbound_binding_pkey. $2: configured before. */
export const DELETE_BINDINGS_OF_TWIN_SQL = 'DELETE FROM inbound_binding WHERE twin = $1 AND configured_at <= $2 RETURNING name';

/** Whether the broker that listens still holds the slot under this fence. */
const IS_HELD = 'EXISTS (SELECT FROM outbound_lease l WHERE l.slot = b.slot AND l.fence = $3)';

/** Writes how a feed fares: of the configuration that it was observed of, by who holds the slot. Rides inbound_binding_pkey and outbound_lease_pkey. */
export const MOVE_FEED_SQL = `
  UPDATE inbound_binding b SET state = $5, reason = $6, since = clock_timestamp()
   WHERE twin = $1 AND name = $2 AND revision = $4 AND ${IS_HELD} RETURNING since`;

/**
 * Writes what was counted, by who holds the slot; also of a configuration that is just being followed by another. $6, $7: the place in the source, and the
 * source that it is a place in. Rides inbound_binding_pkey and outbound_lease_pkey.
 */
export const COUNT_FEED_SQL = `
  UPDATE inbound_binding b SET figures = $4::jsonb, refusals = $5::jsonb,
         source_position = CASE WHEN settings ->> 'url' IS NOT DISTINCT FROM $7 THEN coalesce($6, source_position) ELSE source_position END
   WHERE twin = $1 AND name = $2 AND ${IS_HELD} RETURNING twin`;

/** Names the configuration anew, so that who listens begins again with the credentials that hold now. Rides inbound_binding_pkey. */
export const RENEW_BINDING_SQL = `
  UPDATE inbound_binding SET revision = nextval('binding_revision') WHERE twin = $1 AND name = $2 RETURNING name`;

/** One configuration of a binding at a time, whether it has a row yet or not. */
export const LOCK_BINDING_NAME_SQL = `SELECT pg_advisory_xact_lock(7211, hashtext($1))`;
