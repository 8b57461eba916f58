import { escapeLiteral } from 'pg';
import { type BindWriter, ELEMENTS, type ElementType } from '../../database/bind-writer.js';
import type { PreparedStatement } from '../../database/prepared-session.js';
import type { ReadFrom } from './log-tail.js';
import type { NewLogRow, Position } from './log-row.js';

/** A column of append_batch: how the rows' values are written into a batch, and one of them as a value to be written as a literal. */
interface AppendColumn {
  type: string;
  write: (writer: BindWriter, rows: readonly NewLogRow[]) => void;
  value: (row: NewLogRow) => unknown;
}

type Element<Type extends keyof typeof ELEMENTS> = Parameters<(typeof ELEMENTS)[Type]['put']>[1];

function column<Type extends keyof typeof ELEMENTS>(type: Type, value: (row: NewLogRow) => Element<Type> | null): AppendColumn {
  const element = ELEMENTS[type] as ElementType<Element<Type>>;
  return { type, value, write: (writer, rows) => writer.array(element, rows, value) };
}

/** A column that is null for the whole batch unless some row answers a REQUEST. */
function answerColumn(inner: AppendColumn): AppendColumn {
  const write: AppendColumn['write'] = (writer, rows) => {
    if (rows.some((row) => row.answers !== null)) inner.write(writer, rows);
    else writer.null();
  };
  return { ...inner, write };
}

function timeColumn(value: (row: NewLogRow) => string | null): AppendColumn {
  const inner = column('timestamptz', (row) => {
    const text = value(row);
    return text === null ? null : Date.parse(text);
  });
  return { ...inner, value };
}

/** Columns of append_batch in order. One array a column: a single statement takes a whole batch. */
const APPEND_COLUMNS: readonly AppendColumn[] = [
  column('text', (row) => row.channel),
  column('smallint', (row) => row.lane),
  column('text', (row) => row.orderingKey),
  column('text', (row) => row.sender),
  column('text', (row) => row.messageId),
  column('smallint', (row) => row.kind),
  column('bytea', (row) => row.fingerprint),
  column('bigint', (row) => row.ttlMs),
  timeColumn((row) => row.sentAt),
  column('boolean', (row) => row.answerable),
  answerColumn(column('text', (row) => row.answers?.requester ?? null)),
  answerColumn(column('text', (row) => row.answers?.messageId ?? null)),
  answerColumn(column('integer', (row) => row.answers?.segment ?? null)),
  column('text', (row) => row.connectionId),
  column('integer', (row) => row.planVersion),
  column('text', (row) => row.envelope),
  column('text', (row) => row.payload),
  timeColumn((row) => row.notBefore),
  column('smallint', (row) => row.traits),
];

/** What stands before the rows: predecessor and own ticket, and the links that are asked for. */
const LEADING = ['$1::text', '$2::text', '$3::text[]', '$4::smallint[]', '$5::bigint[]'];
const arrays = APPEND_COLUMNS.map(({ type }, index) => `$${LEADING.length + index + 1}::${type}[]`);

/** Answer of {@link APPEND}. Positions and links are array literals of numbers, cheaper to split than to parse. */
export interface AppendAnswer {
  acceptedAt: Date;
  segment: number;
  positions: string;
  links: string | null;
  /** Ordinals, from 1, of the rows that were not stored. */
  refused: number[] | null;
  reasons: ('refused' | 'too-old' | 'from-the-future')[] | null;
}

/**
 * Appends a batch; one autocommitted statement, one row of arrays as its answer. Locks: segment gates (shared), then the shards written to (alone,
 * ascending), all released by its commit; see the migration. Rides acceptance_pkey to find ids that are taken, answer_pkey, and message_log_pkey
 * backwards for the links, no further than the caller knows the channel.
 */
export const APPEND: PreparedStatement<AppendAnswer> = {
  name: 'append-batch',
  text: `
  SELECT floor(extract(epoch FROM accepted_at) * 1000), segment, positions, links, refused, reasons
    FROM append_batch(${[...LEADING, ...arrays].join(', ')}, $${LEADING.length + APPEND_COLUMNS.length + 1})`,
  parameters: LEADING.length + APPEND_COLUMNS.length + 1,
  row: ([acceptedAt, segment, positions = null, links = null, refused = null, reasons = null]) => ({
    acceptedAt: new Date(Number(acceptedAt)),
    segment: Number(segment),
    positions: positions ?? '{}',
    links,
    refused: refused === null ? null : elementsOf(refused).map(Number),
    reasons: reasons === null ? null : (elementsOf(reasons) as NonNullable<AppendAnswer['reasons']>),
  }),
};

/** How a batch stands to those around it. */
export interface AppendOrder {
  /** Ticket of the batch that must have committed last in this session; null: whatever came before. */
  after: string | null;
  ticket: string | null;
  /** Channels and lanes whose newest position before this batch is wanted, each with one up to which it is known ('0': nothing is). */
  links: readonly ReadFrom[];
}

/** Writes the values of {@link APPEND}. */
export function writeAppend(
  writer: BindWriter,
  rows: readonly NewLogRow[],
  windowSeconds: number,
  { after, ticket, links }: AppendOrder,
): void {
  writer.text(after);
  writer.text(ticket);
  if (links.length === 0) {
    writer.null();
    writer.null();
    writer.null();
  } else {
    writer.array(ELEMENTS.text, links, ({ channel }) => channel);
    writer.array(ELEMENTS.smallint, links, ({ lane }) => lane);
    writer.array(ELEMENTS.digits, links, ({ after }) => after);
  }
  for (const each of APPEND_COLUMNS) each.write(writer, rows);
  writer.integer(windowSeconds);
}

/** Elements of an array literal of which none needs quotes. */
function elementsOf(literal: string): string[] {
  return literal === '{}' ? [] : literal.slice(1, -1).split(',');
}

/** The numbers of an array literal. */
export function positionsOf(literal: string): Position[] {
  return elementsOf(literal);
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Buffer.isBuffer(value)) return escapeLiteral(`\\x${value.toString('hex')}`);
  return typeof value === 'string' ? escapeLiteral(value) : JSON.stringify(value);
}

/** The same as one statement without parameters, all or nothing, to be sent in one message with COMMIT. */
export function appendOrFailStatement(rows: readonly NewLogRow[], windowSeconds: number): string {
  const literals = APPEND_COLUMNS.map(({ type, value }) => `ARRAY[${rows.map((row) => literal(value(row))).join(', ')}]::${type}[]`);
  return `SELECT append_batch_or_fail(${literals.join(', ')}, ${windowSeconds})`;
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

const SIZED_COLUMNS = `${LOG_COLUMNS}, octet_length(l.envelope) + coalesce(octet_length(l.payload), 0) AS size`;

/**
 * Rows, in their order, but none that begins beyond so many bytes of text; `reached` counts them up to and with the row. The length of a text is known
 * without reading it, so that of what is left out nothing is read.
 */
const within = (rows: string, bytes: string): string => `
   (SELECT * FROM (SELECT r.*, sum(r.size) OVER (ORDER BY r.position ROWS UNBOUNDED PRECEDING) AS reached FROM (${rows}) AS r) AS r
     WHERE r.reached - r.size < ${bytes}::bigint)`;

/** The same as {@link READ_AFTER_SQL}, of each source so many bytes. */
export const READ_WITHIN_SQL = `
  SELECT s.ord::integer AS source, l.*
    FROM unnest($1::text[], $2::smallint[], $3::bigint[]) WITH ORDINALITY AS s (channel, lane, after, ord)
   CROSS JOIN LATERAL ${within(
     `SELECT ${SIZED_COLUMNS} FROM message_log l
       WHERE l.channel = s.channel AND l.lane = s.lane AND l.position > s.after ORDER BY l.position LIMIT $4`,
     '$5',
   )} AS l
   ORDER BY s.ord, l.position`;

/** Next rows of several streams, each after its own position: what a reader of values needs of them. Rides message_log_pkey as {@link READ_AFTER_SQL} does. */
export const READ_STREAMS_SQL = `
  SELECT s.ord::integer AS source, l.position, l.accepted_at AS "acceptedAt", l.envelope, l.payload
    FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS s (channel, after, ord)
   CROSS JOIN LATERAL (
     SELECT position, accepted_at, envelope, payload FROM message_log
      WHERE channel = s.channel AND lane = 1 AND position > s.after
      ORDER BY position LIMIT $3) AS l
   ORDER BY s.ord, l.position`;

/** Where several streams end; those without rows are left out. Rides message_log_pkey backwards. */
export const STREAM_ENDS_SQL = `
  SELECT s.channel, l.position FROM unnest($1::text[]) AS s (channel)
   CROSS JOIN LATERAL (
     SELECT position FROM message_log WHERE channel = s.channel AND lane = 1 ORDER BY position DESC LIMIT 1) AS l`;

/** Rows at given positions of one source. Rides message_log_pkey. No lock. */
export const READ_AT_SQL = `
  SELECT ${LOG_COLUMNS} FROM message_log l
   WHERE l.channel = $1 AND l.lane = $2 AND l.position = ANY ($3::bigint[]) ORDER BY l.position`;

/** The same, so many bytes of them. */
export const READ_AT_WITHIN_SQL = `
  SELECT * FROM ${within(
    `SELECT ${SIZED_COLUMNS} FROM message_log l WHERE l.channel = $1 AND l.lane = $2 AND l.position = ANY ($3::bigint[])`,
    '$4',
  )} AS l ORDER BY l.position`;

/** So many bytes of one ordering key in a range of one source. Rides message_log_pkey and filters: only keys that were held back are read so. No lock. */
export const READ_KEY_SQL = `
  SELECT * FROM ${within(
    `SELECT ${SIZED_COLUMNS} FROM message_log l
      WHERE l.channel = $1 AND l.lane = $2 AND l.position BETWEEN $3 AND $4 AND l.ordering_key = $5 ORDER BY l.position LIMIT $6`,
    '$7',
  )} AS l ORDER BY l.position`;

/** The newest row of a channel. Rides message_log_pkey backwards. No lock. */
export const NEWEST_SQL = `
  SELECT ${LOG_COLUMNS} FROM message_log l WHERE l.channel = $1 AND l.lane = $2 ORDER BY l.position DESC LIMIT 1`;

/** Which of the waiting channels have something after the position they wait at: one statement for all waiting readers. Rides message_log_pkey. */
export const PROBE_SQL = `
  SELECT DISTINCT s.channel FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS s (channel, lane, after)
   WHERE EXISTS (SELECT FROM message_log l WHERE l.channel = s.channel AND l.lane = s.lane AND l.position > s.after)`;

/** Where the messages of these ids lie. Rides acceptance_pkey. */
export const FIND_ACCEPTANCE_SQL = `
  SELECT DISTINCT ON (u.ord) u.ord::integer AS ord, a.segment, a.fingerprint, a.channel, a.lane, a.position, a.accepted_at AS "acceptedAt",
         a.deadline, a.deadline <= clock_timestamp() AS overdue
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (sender, message_id, ord)
    JOIN acceptance a ON a.sender = u.sender AND a.message_id = u.message_id
   ORDER BY u.ord, a.segment DESC`;

/** Payloads of messages by their places. Rides message_log_pkey. No lock. */
export const FIND_PAYLOADS_SQL = `
  SELECT u.ord::integer AS ord, l.payload
    FROM unnest($1::text[], $2::smallint[], $3::bigint[]) WITH ORDINALITY AS u (channel, lane, position, ord)
    JOIN message_log l ON l.channel = u.channel AND l.lane = u.lane AND l.position = u.position`;

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
