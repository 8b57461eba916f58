/** Notes that messages were taken back. Committed with the state of the inbox that says so, so a claim comes either before or after. */
export const WITHDRAW_SQL = `
  INSERT INTO withdrawal (receiver, position, reason, withdrawn_at)
  SELECT $4, p, $6, clock_timestamp() FROM unnest($5::bigint[]) AS p WHERE EXISTS (SELECT FROM saved)`;

/** Which of these messages were taken back. Rides withdrawal_pkey. No lock. */
export const FIND_WITHDRAWN_SQL = `
  SELECT position, reason, withdrawn_at AS "withdrawnAt" FROM withdrawal WHERE receiver = $1 AND position = ANY ($2::bigint[])`;

/**
 * Takes the one answer of a REQUEST away without giving one: nobody asks for it any more. Fails on answer_pkey when there is an answer; then the
 * withdrawal fails with it.
 */
export const CLOSE_REQUEST_SQL = `
  INSERT INTO answer (requester, message_id, segment, lane, position, answered_at) 
  SELECT $4, $5, $6::integer, -1, 0, clock_timestamp() WHERE EXISTS (SELECT FROM saved)`;
