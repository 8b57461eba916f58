const BYTES = 'octet_length(l.envelope) + coalesce(octet_length(l.payload), 0)';
const COLUMNS = `l.position, l.accepted_at, l.kind, l.request_segment, l.sender, l.message_id, l.ordering_key, l.envelope, ${BYTES} AS bytes`;
/** Where the state says that messages were taken back ($7): they wait no longer. Rides withdrawal_pkey. */
const NOT_WITHDRAWN = `(NOT $7::boolean OR NOT EXISTS (SELECT FROM withdrawal w WHERE w.receiver = l.channel AND w.position = l.position))`;

/**
 * What waits in one lane of an inbox: beyond the frontier ($3) and up to $6, and of held keys ($4, each from $5 on) before it. Rides message_log_pkey. What lies
 * before the frontier is read from the first held message on, and filtered.
 */
const PENDING = `
  SELECT ${COLUMNS} FROM message_log l
   WHERE l.channel = $1 AND l.lane = $2 AND l.position > $3 AND l.position <= $6 AND l.expires_at > clock_timestamp() AND ${NOT_WITHDRAWN}
  UNION ALL
  SELECT ${COLUMNS} FROM message_log l JOIN unnest($4::text[], $5::bigint[]) AS h (key, rest) ON l.ordering_key = h.key AND l.position >= h.rest
   WHERE l.channel = $1 AND l.lane = $2 AND l.position >= (SELECT min(r) FROM unnest($5::bigint[]) AS r) AND l.position <= least($3::bigint, $6::bigint)
     AND l.expires_at > clock_timestamp() AND ${NOT_WITHDRAWN}`;

/** How much waits, counted up to $8. */
export const MEASURE_SQL = `
  SELECT count(*)::integer AS messages, coalesce(sum(bytes), 0)::float8 AS bytes, min(accepted_at) AS oldest
    FROM (SELECT p.bytes, p.accepted_at FROM (${PENDING}) AS p LIMIT $8) AS q`;

/** When the oldest at given positions was accepted. Rides message_log_pkey. */
export const OLDEST_AT_SQL = `
  SELECT min(accepted_at) AS oldest FROM message_log WHERE channel = $1 AND lane = $2 AND position = ANY ($3::bigint[])`;

/** The newest that fit into a budget ($8 messages, $9 bytes, accepted after $10), and the newest that does not. */
export const CUT_SQL = `
  SELECT max(position) FILTER (WHERE n > $8 OR b > $9::float8 OR accepted_at < $10) AS cut,
         count(*) FILTER (WHERE NOT (n > $8 OR b > $9::float8 OR accepted_at < $10))::integer AS kept,
         coalesce(sum(bytes) FILTER (WHERE NOT (n > $8 OR b > $9::float8 OR accepted_at < $10)), 0)::float8 AS "keptBytes"
    FROM (SELECT position, bytes, accepted_at, row_number() OVER w AS n, sum(bytes) OVER w AS b
            FROM (SELECT p.position, p.bytes, p.accepted_at FROM (${PENDING}) AS p ORDER BY p.position DESC LIMIT $8::integer + 1) AS q
          WINDOW w AS (ORDER BY position DESC)) AS r`;

/** REQUESTs that wait for an answer, after $8. */
export const PENDING_REQUESTS_SQL = `
  SELECT position, sender, message_id AS "messageId", request_segment AS segment, envelope FROM (${PENDING}) AS p
   WHERE kind = 0 AND request_segment IS NOT NULL AND position > $8 ORDER BY position LIMIT $9`;

/** NOTIFICATIONs that a newer one of the same sender, object and ordering key takes the place of, oldest first. */
export const SUPERSEDED_SQL = `
  SELECT position FROM (
    SELECT position, row_number() OVER (PARTITION BY ordering_key, envelope::json #>> '{data,object,type}', envelope::json #>> '{data,object,id}'
                                        ORDER BY position DESC) AS n
      FROM (${PENDING}) AS p WHERE kind = 2) AS q
   WHERE n > 1 ORDER BY position LIMIT $8`;
