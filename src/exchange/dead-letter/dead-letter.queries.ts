import { letterFilterSql } from './letter-filter.js';

/** Dead letters of one receiver, each once. Rides dead_letter_pkey. */
export const BURY_SQL = `
  INSERT INTO dead_letter (receiver, reason_code, reason, died_at, position, lane, sender, message_id, attempts, channel, kind, action, object_type,
    object_id, ordering_key, awaited, accepted_at, envelope, payload, adaptation)
  SELECT $1, $2, $3, clock_timestamp(), letter.*
    FROM unnest($4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::integer[], $9::text[], $10::smallint[], $11::text[], $12::text[], $13::text[],
      $14::text[], $15::boolean[], $16::timestamptz[], $17::text[], $18::text[], $19::text[]) AS letter
  ON CONFLICT DO NOTHING`;

const COLUMNS = `receiver, position, lane, sender, message_id AS "messageId", reason_code AS "reasonCode", reason, attempts, died_at AS "diedAt", channel,
  kind, action, object_type AS "objectType", object_id AS "objectId", ordering_key AS "orderingKey", awaited, accepted_at AS "acceptedAt",
  replayed_at AS "replayedAt", replays, envelope, payload, adaptation`;

/** A page of an inbox's dead letters after a position, oldest message first. Rides dead_letter_pkey; a receiver has at most DEAD_LETTER_LIMIT. */
export const LIST_DEAD_SQL = `
  SELECT ${COLUMNS} FROM dead_letter WHERE receiver = $1 AND position > $2 AND ${letterFilterSql(4)} ORDER BY position LIMIT $3`;

/** The same up to a position, of those that nobody has replayed yet. Rides dead_letter_pkey. */
export const NEXT_DEAD_SQL = `
  SELECT ${COLUMNS} FROM dead_letter
   WHERE receiver = $1 AND position > $2 AND position <= $14 AND replayed_at IS NULL AND ${letterFilterSql(4)} ORDER BY position LIMIT $3`;

/** The newest dead letter of a receiver. Rides dead_letter_pkey backwards. */
export const LAST_DEAD_SQL = 'SELECT coalesce(max(position), 0) AS position FROM dead_letter WHERE receiver = $1';

/** Notes that dead letters were delivered again. Rides dead_letter_pkey. */
export const MARK_REPLAYED_SQL = `
  UPDATE dead_letter SET replayed_at = clock_timestamp(), replays = replays + 1 WHERE receiver = $1 AND position = ANY ($2::bigint[])`;

/** Discards those that a filter means. Rides dead_letter_pkey. */
export const DISCARD_MEANT_SQL = `DELETE FROM dead_letter WHERE receiver = $1 AND ${letterFilterSql(2)} RETURNING position`;

/** What was lost of an inbox's dead letters. */
export const LOSS_SQL = `
  SELECT over_limit AS "overLimit", over_age AS "overAge", last_at AS "lastAt" FROM dead_letter_loss WHERE receiver = $1`;

/** Receivers that have more than $1 dead letters. Scans dead_letter_age; asked once a minute by one broker at a time. */
export const CROWDED_SQL = 'SELECT receiver FROM dead_letter GROUP BY receiver HAVING count(*) > $1';

/** Drops the oldest of a receiver beyond $2 and counts them. Rides dead_letter_age. */
export const TRIM_SQL = `
  WITH gone AS (
    DELETE FROM dead_letter WHERE receiver = $1 AND position IN (
      SELECT position FROM dead_letter WHERE receiver = $1 ORDER BY died_at DESC, position DESC OFFSET $2) RETURNING receiver)
  INSERT INTO dead_letter_loss AS l (receiver, over_limit, last_at)
  SELECT receiver, count(*), clock_timestamp() FROM gone GROUP BY receiver
  ON CONFLICT (receiver) DO UPDATE SET over_limit = l.over_limit + excluded.over_limit, last_at = excluded.last_at`;

/** Drops what is older than $1 seconds, at most $2 at a time, and counts them; gives how many. Rides dead_letter_died. */
export const RETIRE_SQL = `
  WITH old AS (
    SELECT receiver, position FROM dead_letter WHERE died_at < clock_timestamp() - make_interval(secs => $1) ORDER BY died_at LIMIT $2
  ), gone AS (
    DELETE FROM dead_letter d USING old WHERE d.receiver = old.receiver AND d.position = old.position RETURNING d.receiver
  ), counted AS (
    INSERT INTO dead_letter_loss AS l (receiver, over_age, last_at)
    SELECT receiver, count(*), clock_timestamp() FROM gone GROUP BY receiver ORDER BY receiver
    ON CONFLICT (receiver) DO UPDATE SET over_age = l.over_age + excluded.over_age, last_at = excluded.last_at)
  SELECT count(*)::integer AS count FROM gone`;
