/** Of one binding. Rides notification_address_one_per_binding. No lock. */
export const ADDRESS_OF_BINDING_SQL = `
  SELECT id, sealed_secret AS "sealedSecret" FROM notification_address WHERE twin = $1 AND binding = $2`;

/** By its id. Rides notification_address_pkey. No lock. */
export const FIND_ADDRESS_SQL = `
  SELECT id, twin, binding, sealed_secret AS "sealedSecret" FROM notification_address WHERE id = $1`;

/** Makes the address of a binding, or another one when the source is another; what was counted stays. Rides notification_address_one_per_binding. */
export const MAKE_ADDRESS_SQL = `
  INSERT INTO notification_address AS a (twin, binding, id, source, sealed_secret, made_at)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp())
  ON CONFLICT (twin, binding) DO UPDATE
     SET id = excluded.id, source = excluded.source, sealed_secret = excluded.sealed_secret, made_at = excluded.made_at
   WHERE a.source <> excluded.source`;

/** Rides notification_address_one_per_binding. $2: a binding, or null for all. $3: made before, or null. */
export const FORGET_ADDRESSES_SQL = `
  DELETE FROM notification_address
   WHERE twin = $1 AND ($2::text IS NULL OR binding = $2) AND ($3::timestamptz IS NULL OR made_at <= $3)`;

/** What was notified, of all bindings of a twin. Rides notification_address_one_per_binding. No lock. */
export const NOTIFIED_OF_TWIN_SQL = 'SELECT binding, figures, refusals FROM notification_address WHERE twin = $1';

/** The same of one address, locked against other brokers that count. Rides notification_address_pkey. */
export const LOCK_NOTIFIED_SQL = 'SELECT figures, refusals FROM notification_address WHERE id = $1 FOR UPDATE';

/** Rides notification_address_pkey, locks the row. */
export const COUNT_NOTIFIED_SQL = 'UPDATE notification_address SET figures = $2::jsonb, refusals = $3::jsonb WHERE id = $1';
