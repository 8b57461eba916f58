import { escapeLiteral } from 'pg';
import type { NewLogRow } from './log-row.js';

/**
 * Columns of append_messages in order, each with its PostgreSQL element type. One array a column: a single statement takes a whole batch.
 */
const APPEND_COLUMNS: readonly { type: string; of: (row: NewLogRow) => unknown }[] = [
  { type: 'text', of: (row) => row.channel },
  { type: 'smallint', of: (row) => row.lane },
  { type: 'text', of: (row) => row.orderingKey },
  { type: 'text', of: (row) => row.sender },
  { type: 'text', of: (row) => row.messageId },
  { type: 'smallint', of: (row) => row.kind },
  { type: 'bytea', of: (row) => row.fingerprint },
  { type: 'bigint', of: (row) => row.ttlMs },
  { type: 'timestamptz', of: (row) => row.sentAt },
  { type: 'boolean', of: (row) => row.answerable },
  { type: 'text', of: (row) => row.answers?.requester ?? null },
  { type: 'text', of: (row) => row.answers?.messageId ?? null },
  { type: 'integer', of: (row) => row.answers?.segment ?? null },
  { type: 'text', of: (row) => row.connectionId },
  { type: 'integer', of: (row) => row.planVersion },
  { type: 'text', of: (row) => row.envelope },
  { type: 'text', of: (row) => row.payload },
  { type: 'timestamptz', of: (row) => row.notBefore },
  { type: 'smallint', of: (row) => row.traits },
];

const placeholders = APPEND_COLUMNS.map((column, index) => `$${index + 1}::${column.type}[]`).join(', ');

/**
 * Appends a batch; one autocommitted statement. Locks: segment gates shared, the shards written to alone (see the migration).
 * Rides acceptance_pkey and answer_pkey to find ids that are taken.
 */
export const APPEND_SQL = `SELECT ord, outcome, position, accepted_at, segment FROM append_messages(${placeholders}, $${APPEND_COLUMNS.length + 1})`;

/** Parameters of {@link APPEND_SQL}. */
export function appendParameters(rows: readonly NewLogRow[], windowSeconds: number): unknown[] {
  return [...APPEND_COLUMNS.map((column) => rows.map(column.of)), windowSeconds];
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Buffer.isBuffer(value)) return escapeLiteral(`\\x${value.toString('hex')}`);
  return typeof value === 'string' ? escapeLiteral(value) : JSON.stringify(value);
}

/** The same as one statement without parameters, all or nothing, to be sent in one message with COMMIT. */
export function appendOrFailStatement(rows: readonly NewLogRow[], windowSeconds: number): string {
  const arrays = APPEND_COLUMNS.map((column) => `ARRAY[${rows.map((row) => literal(column.of(row))).join(', ')}]::${column.type}[]`);
  return `SELECT append_messages_or_fail(${arrays.join(', ')}, ${windowSeconds})`;
}

const LOG_COLUMNS = `l.channel, l.lane, l.position, l.ordering_key AS "orderingKey", l.sender, l.message_id AS "messageId", l.kind,
  l.request_segment AS "requestSegment", l.connection_id AS "connectionId", l.plan_version AS "planVersion",
  l.accepted_at AS "acceptedAt", l.expires_at AS "expiresAt", l.expires_at <= clock_timestamp() AS expired, l.envelope, l.payload,
  l.not_before AS "notBefore", l.traits`;

/** Next rows of several sources, each after its own position. Rides message_log_pkey, segments before the positions are pruned. No lock. */
export const READ_AFTER_SQL = `
  SELECT s.ord::integer AS source, l.*
    FROM unnest($1::text[], $2::smallint[], $3::bigint[]) WITH ORDINALITY AS s (channel, lane, after, ord)
   CROSS JOIN LATERAL (
     SELECT ${LOG_COLUMNS} FROM message_log l
      WHERE l.channel = s.channel AND l.lane = s.lane AND l.position > s.after
      ORDER BY l.position LIMIT $4) AS l
   ORDER BY s.ord, l.position`;

/** Rows at given positions of one source. Rides message_log_pkey. No lock. */
export const READ_AT_SQL = `
  SELECT ${LOG_COLUMNS} FROM message_log l
   WHERE l.channel = $1 AND l.lane = $2 AND l.position = ANY ($3::bigint[]) ORDER BY l.position`;

/** Rows of one ordering key in a range of one source. Rides message_log_pkey and filters: only keys that were held back are read so. No lock. */
export const READ_KEY_SQL = `
  SELECT ${LOG_COLUMNS} FROM message_log l
   WHERE l.channel = $1 AND l.lane = $2 AND l.position BETWEEN $3 AND $4 AND l.ordering_key = $5 ORDER BY l.position LIMIT $6`;

/** The newest row of a channel. Rides message_log_pkey backwards. No lock. */
export const NEWEST_SQL = `
  SELECT ${LOG_COLUMNS} FROM message_log l WHERE l.channel = $1 AND l.lane = $2 ORDER BY l.position DESC LIMIT 1`;

/** Which of the waiting channels have something after the position they wait at: one statement for all waiting readers. Rides message_log_pkey. */
export const PROBE_SQL = `
  SELECT DISTINCT s.channel FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS s (channel, lane, after)
   WHERE EXISTS (SELECT FROM message_log l WHERE l.channel = s.channel AND l.lane = s.lane AND l.position > s.after)`;

/** Where the messages of these ids lie. Rides acceptance_pkey. */
export const FIND_ACCEPTANCE_SQL = `
  SELECT DISTINCT ON (u.ord) u.ord::integer, a.segment, a.fingerprint, a.channel, a.lane, a.position, a.accepted_at AS "acceptedAt",
         a.deadline, a.deadline <= clock_timestamp() AS overdue
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (sender, message_id, ord)
    JOIN acceptance a ON a.sender = u.sender AND a.message_id = u.message_id
   ORDER BY u.ord, a.segment DESC`;

/** Which of these REQUESTs have their answer, and where it lies. Rides answer_pkey. */
export const FIND_ANSWERS_SQL = `
  SELECT a.requester, a.message_id AS "messageId", a.lane, a.position
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS u (requester, message_id, segment)
    JOIN answer a ON a.requester = u.requester AND a.message_id = u.message_id AND a.segment = u.segment`;

/** Which of these answers were given inline. Rides answer_taken_pkey. */
export const FIND_TAKEN_SQL = `
  SELECT a.requester, a.message_id AS "messageId"
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS u (requester, message_id, segment)
    JOIN answer_taken a ON a.requester = u.requester AND a.message_id = u.message_id AND a.segment = u.segment`;

/** Notes that an answer was given inline. */
export const TAKE_ANSWER_SQL = 'INSERT INTO answer_taken (requester, message_id, segment) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';

/** REQUESTs whose time is over without an answer. Rides acceptance_deadline and answer_pkey. No lock: of two brokers' answers one wins. */
export const OVERDUE_SQL = `
  SELECT a.sender AS requester, a.message_id AS "messageId", a.segment, a.channel, a.lane, a.position, a.deadline
    FROM acceptance a
   WHERE a.deadline > $1 AND a.deadline <= clock_timestamp()
     AND NOT EXISTS (SELECT FROM answer w WHERE w.requester = a.sender AND w.message_id = a.message_id AND w.segment = a.segment)
   ORDER BY a.deadline LIMIT $2`;
