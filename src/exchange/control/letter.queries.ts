/** What asks for a dead letter when its receiver expires and may still wait, after $2. Rides message_log_receiver_letter. */
export const RECEIVER_LETTERS_SQL = `
  SELECT lane, position FROM message_log
   WHERE channel = $1 AND traits & 2 <> 0 AND position > $2 AND expires_at > clock_timestamp() ORDER BY position LIMIT $3`;

/** What asks for a dead letter when its time is over, whose time was over since $1. Rides message_log_expiry_letter. */
export const EXPIRY_LETTERS_SQL = `
  SELECT channel, lane, position, expires_at AS "expiresAt" FROM message_log
   WHERE traits & 1 <> 0 AND expires_at > $1 AND expires_at <= clock_timestamp() ORDER BY expires_at LIMIT $2`;
