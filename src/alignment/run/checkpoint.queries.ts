/**
 * Takes over what a view remembers, under a fence. Rides view_state_pkey. Waits for whoever is just storing; whoever held an older fence stores nothing more.
 */
export const LOAD_STATE = `
  UPDATE view_state SET fence = $2 WHERE view_id = $1 AND fence <= $2 AND version = $3
  RETURNING origin, figures, checkpoint`;

/** Stores what a view remembers; no row when the fence or the version is another by now. Rides view_state_pkey; locks the row until COMMIT. */
export const SAVE_STATE = `
  UPDATE view_state SET next_slot = $4, watermark = $5, figures = $6::jsonb, checkpoint = $7, saved_at = clock_timestamp()
   WHERE view_id = $1 AND fence = $2 AND version = $3 RETURNING view_id`;

/** Appends slots in the open segment of their table. */
export const APPEND_SLOTS = `
  INSERT INTO view_slot (view_id, slot_from, version, revision, segment, slot_to, message_id, closed_at, payload, state)
  SELECT $1, s.slot_from, $2, s.revision, g.id, s.slot_to, s.message_id, clock_timestamp(), s.payload, s.state
    FROM unnest($3::timestamptz[], $4::integer[], $5::timestamptz[], $6::text[], $7::text[], $8::bytea[])
         AS s (slot_from, revision, slot_to, message_id, payload, state)
   CROSS JOIN (SELECT max(id) AS id FROM segment WHERE family = 'view' AND closed_at IS NULL) g`;

/** The newest revision of closed slots, as far as they are kept. Rides view_slot_pkey in each partition. */
export const LOAD_SLOTS = `
  SELECT DISTINCT ON (slot_from) slot_from AS "from", state FROM view_slot
   WHERE view_id = $1 AND version = $2 AND slot_from = ANY ($3::timestamptz[]) ORDER BY slot_from, revision DESC`;

/** What is known of where a view stands. Rides view_state_pkey. */
export const READ_PROGRESS = `
  SELECT next_slot AS "nextSlot", watermark, saved_at AS "savedAt", figures, clock_timestamp() AS now FROM view_state WHERE view_id = $1`;

/**
 * Closed slots that overlap a time, oldest first, of each its newest version and revision; $2 first version, $3 from, $4 to, $5 kept since, $6 limit. Rides
 * view_slot_pkey in each partition.
 */
export const READ_SLOTS = `
  SELECT DISTINCT ON (slot_from) slot_from AS "from", slot_to AS "to", version, revision, message_id AS "messageId", closed_at AS "closedAt", payload
    FROM view_slot
   WHERE view_id = $1 AND version >= $2 AND slot_from >= $3 AND slot_from < $4 AND slot_to > $5
   ORDER BY slot_from, version DESC, revision DESC LIMIT $6`;
