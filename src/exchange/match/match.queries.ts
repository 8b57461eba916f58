import { escapeLiteral } from 'pg';
import type { MatchCandidate, MatchPolicy } from './match-request.js';

/** What is noted with a message that was resolved. */
export interface NewMatchRequest {
  requester: string;
  messageId: string;
  policy: MatchPolicy;
  query: string;
  attemptTimeoutMs: number | null;
  /** How long the first attempt lasts after acceptance; null: nobody is asked after it on time alone. */
  firstAttemptMs: number | null;
  candidates: readonly MatchCandidate[];
  /** Who is asked at once, and under which message id. */
  asked: readonly { receiver: string; partId: string }[];
}

const text = (value: string): string => `${escapeLiteral(value)}::text`;

/**
 * Notes how a message was resolved and who is asked first; run after its append and sent with COMMIT, times and segment are those of its acceptance.
 * Rides acceptance_pkey. All of one requester: one shard.
 */
export function noteStatement(request: NewMatchRequest): string {
  const { requester, messageId, asked } = request;
  const accepted = `(SELECT a.segment, a.accepted_at, a.deadline FROM acceptance a
      WHERE a.sender = ${text(requester)} AND a.message_id = ${text(messageId)} ORDER BY a.segment DESC LIMIT 1) AS a`;
  const until =
    request.firstAttemptMs === null ? 'NULL::timestamptz' : `a.accepted_at + ${request.firstAttemptMs} * interval '1 millisecond'`;
  const list = (values: readonly string[]): string => `ARRAY[${values.map(text).join(', ')}]::text[]`;
  return `
    INSERT INTO match_request (requester, message_id, segment, policy, query, attempt_timeout_ms, accepted_at, deadline, candidates)
    SELECT ${text(requester)}, ${text(messageId)}, a.segment, ${text(request.policy)}, ${text(request.query)},
           ${request.attemptTimeoutMs ?? 'NULL'}::integer, a.accepted_at, a.deadline, ${text(JSON.stringify(request.candidates))}
      FROM ${accepted};
    INSERT INTO match_attempt (requester, message_id, segment, ordinal, receiver, part_id, reason, started_at, attempt_until)
    SELECT ${text(requester)}, ${text(messageId)}, a.segment, u.ord, u.receiver, u.part_id, 'chosen', a.accepted_at, ${until}
      FROM ${accepted}, unnest(${list(asked.map((each) => each.receiver))}, ${list(asked.map((each) => each.partId))})
           WITH ORDINALITY AS u (receiver, part_id, ord)`;
}

/**
 * Makes a later attempt's log row the REQUEST's own: its id, its segment (so that its one answer is found) and its deadline. Sent with the append and
 * COMMIT: nobody sees the row before. Rides acceptance_pkey and message_log_pkey.
 */
export function adoptStatement(
  key: { requester: string; messageId: string; segment: number; deadline: Date },
  id: string,
  place: { channel: string; lane: number },
): string {
  return `
    UPDATE message_log l SET message_id = ${text(key.messageId)}, request_segment = ${key.segment}, expires_at = ${text(key.deadline.toISOString())}::timestamptz
     WHERE l.channel = ${text(place.channel)} AND l.lane = ${place.lane}
       AND l.position = (SELECT a.position FROM acceptance a WHERE a.sender = ${text(key.requester)} AND a.message_id = ${text(id)} ORDER BY a.segment DESC LIMIT 1)`;
}

const REQUEST_COLUMNS = `r.requester, r.message_id AS "messageId", r.segment, r.policy, r.query, r.attempt_timeout_ms AS "attemptTimeoutMs",
  r.accepted_at AS "acceptedAt", r.deadline, r.candidates`;
const ATTEMPT_COLUMNS = `a.requester, a.message_id AS "messageId", a.segment, a.ordinal, a.receiver, a.part_id AS "partId", a.reason,
  a.started_at AS "startedAt", a.attempt_until AS "attemptUntil", a.dead`;
const UNANSWERED = `NOT EXISTS (SELECT FROM answer w WHERE w.requester = r.requester AND w.message_id = r.message_id AND w.segment = r.segment)`;
const SAME = 'a.requester = r.requester AND a.message_id = r.message_id AND a.segment = r.segment';

/** One resolved message. Rides match_request_pkey. */
export const FIND_REQUEST_SQL = `SELECT ${REQUEST_COLUMNS} FROM match_request r WHERE r.requester = $1 AND r.message_id = $2 AND r.segment = $3`;

/** Everyone who was asked, in turn. Rides match_attempt_pkey. */
export const FIND_ATTEMPTS_SQL = `
  SELECT ${ATTEMPT_COLUMNS} FROM match_attempt a WHERE a.requester = $1 AND a.message_id = $2 AND a.segment = $3 ORDER BY a.ordinal`;

/** Whose turn it is, of several REQUESTs. Rides match_attempt_pkey. */
export const FIND_TURNS_SQL = `
  SELECT DISTINCT ON (u.ord) u.ord::integer, a.receiver
    FROM unnest($1::text[], $2::text[], $3::integer[]) WITH ORDINALITY AS u (requester, message_id, segment, ord)
    JOIN match_attempt a ON a.requester = u.requester AND a.message_id = u.message_id AND a.segment = u.segment
   ORDER BY u.ord, a.ordinal DESC`;

/** Attempts whose time came after $1, or that died, without answer and without a successor. Rides match_attempt_due, match_request_pkey, answer_pkey. */
export const DUE_SQL = `
  SELECT ${ATTEMPT_COLUMNS} FROM match_attempt a JOIN match_request r ON ${SAME}
   WHERE a.attempt_until > $1 AND a.attempt_until <= clock_timestamp() AND r.policy <> 'all' AND r.deadline > clock_timestamp() AND ${UNANSWERED}
     AND NOT EXISTS (SELECT FROM match_attempt n WHERE n.requester = a.requester AND n.message_id = a.message_id AND n.segment = a.segment AND n.ordinal > a.ordinal)
   ORDER BY a.attempt_until LIMIT $2`;

/** Later attempts begun after $1 whose log row is missing: their broker died in between. Rides match_attempt_later and acceptance_pkey. */
export const UNSENT_SQL = `
  SELECT ${ATTEMPT_COLUMNS} FROM match_attempt a JOIN match_request r ON ${SAME}
   WHERE a.reason <> 'chosen' AND a.started_at > $1 AND r.deadline > clock_timestamp() AND ${UNANSWERED}
     AND NOT EXISTS (SELECT FROM acceptance c WHERE c.sender = a.requester AND c.message_id = a.part_id)
   ORDER BY a.started_at LIMIT $2`;

/** REQUESTs to all whose parts are all answered, and they are not. Rides match_request_together, match_attempt_pkey and answer_pkey. */
export const COMPLETE_SQL = `
  SELECT ${REQUEST_COLUMNS} FROM match_request r
   WHERE r.policy = 'all' AND r.deadline > clock_timestamp() AND ${UNANSWERED}
     AND NOT EXISTS (
       SELECT FROM match_attempt a WHERE ${SAME}
          AND NOT EXISTS (SELECT FROM answer w WHERE w.requester = a.requester AND w.message_id = a.part_id AND w.segment = a.segment))
   ORDER BY r.deadline LIMIT $1`;

/** Begins the next attempt, committed with the inbox state that shows that nobody has claimed the one before; $4 on, see Alongside. */
export const NEXT_ALONGSIDE_SQL = `
  INSERT INTO match_attempt (requester, message_id, segment, ordinal, receiver, part_id, reason, started_at, attempt_until)
  SELECT $4::text, $5::text, $6::integer, $7::integer, $8::text, $9::text, $10::text, clock_timestamp(), $11::timestamptz
   WHERE EXISTS (SELECT FROM saved)
  ON CONFLICT DO NOTHING`;

/** The same for a REQUEST that may be asked twice: claimed or not. */
export const NEXT_SQL = `
  INSERT INTO match_attempt (requester, message_id, segment, ordinal, receiver, part_id, reason, started_at, attempt_until)
  VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), $8) ON CONFLICT DO NOTHING`;

/** Marks the attempt that counts as dead, if it is still this receiver's: it is looked at now. Rides match_attempt_pkey. */
export const MARK_DEAD_SQL = `
  UPDATE match_attempt a SET dead = $5, attempt_until = clock_timestamp()
   WHERE a.requester = $1 AND a.message_id = $2 AND a.segment = $3 AND a.receiver = $4 AND a.dead IS NULL
     AND NOT EXISTS (SELECT FROM match_attempt n WHERE n.requester = $1 AND n.message_id = $2 AND n.segment = $3 AND n.ordinal > a.ordinal)`;

/** The same for everything that awaits an answer of this receiver. Rides match_attempt_receiver and match_request_pkey; several shards, and rare. */
export const MARK_RECEIVER_DEAD_SQL = `
  UPDATE match_attempt a SET dead = $2, attempt_until = clock_timestamp()
    FROM match_request r
   WHERE a.receiver = $1 AND a.dead IS NULL AND ${SAME} AND r.policy <> 'all' AND r.deadline > clock_timestamp() AND ${UNANSWERED}
     AND NOT EXISTS (SELECT FROM match_attempt n WHERE n.requester = a.requester AND n.message_id = a.message_id AND n.segment = a.segment AND n.ordinal > a.ordinal)`;

/**
 * Messages that wait in inboxes after these places, counted to $4 a lane. Rides message_log_pkey.
 */
export const COUNT_WAITING_SQL = `
  SELECT s.ord::integer, s.channel, count(l.position)::integer AS waiting
    FROM unnest($1::text[], $2::smallint[], $3::bigint[]) WITH ORDINALITY AS s (channel, lane, after, ord)
    LEFT JOIN LATERAL (SELECT position FROM message_log m
                        WHERE m.channel = s.channel AND m.lane = s.lane AND m.position > s.after LIMIT $4) AS l ON true
   GROUP BY s.ord, s.channel`;
