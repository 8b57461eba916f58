import type { PreparedStatement } from '../../database/prepared-session.js';

/** The newest state of an inbox. Rides inbox_state_pkey backwards. No lock. */
export const READ_INBOX_SQL = 'SELECT version, state FROM inbox_state WHERE receiver = $1 ORDER BY version DESC LIMIT 1';

/** Which of these inboxes have a newer state than the one known here: one statement for all who wait. Rides inbox_state_pkey. No lock. */
export const NEWER_INBOXES_SQL = `
  SELECT u.receiver FROM unnest($1::text[], $2::bigint[]) AS u (receiver, version)
   WHERE EXISTS (SELECT FROM inbox_state s WHERE s.receiver = u.receiver AND s.version > u.version)`;

/** Compare and append of many inboxes' states; one autocommitted statement that holds a lock per inbox (see the migration). */
export const SAVE_INBOXES_SQL = 'SELECT receiver, version FROM save_inboxes($1::text[], $2::bigint[], $3::text[])';

/** The same for the message path. */
export const SAVE_INBOXES: PreparedStatement<{ receiver: string; version: string }> = {
  name: 'save-inboxes',
  text: SAVE_INBOXES_SQL,
  parameters: 3,
  row: ([receiver, version]) => ({ receiver: receiver ?? '', version: version ?? '' }),
};

/** The same for one inbox, which most saves are for; no version when somebody stored one since. */
export const SAVE_INBOX: PreparedStatement<{ version: string | null }> = {
  name: 'save-inbox',
  text: 'SELECT save_inbox($1, $2, $3)',
  parameters: 3,
  row: ([version]) => ({ version: version ?? null }),
};

/**
 * Appends the newest state once more, marked as this broker's for so many milliseconds, unless another broker's mark still counts; gives the newest state
 * either way. One autocommitted statement that holds the inbox's lock (see the migration).
 */
export const RESERVE_INBOX_SQL = 'SELECT version, state FROM reserve_inbox($1, $2, $3)';

/** Compare and append of one inbox's state, with statements beside it that read `saved`: one autocommitted statement, so that a frozen client holds no lock. */
export function saveWithSql(alongside: readonly { sql: string; parameters: readonly unknown[] }[]): string {
  let before = 0;
  const beside = alongside.map(({ sql, parameters }, index) => {
    const shift = before;
    before += parameters.length;
    return `, beside${index} AS (${sql.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + shift}`)})`;
  });
  return `WITH saved AS MATERIALIZED (${SAVE_INBOXES_SQL})${beside.join('')} SELECT version FROM saved`;
}

/** Receivers whose newest state lies in a segment that is to be dropped. Rides inbox_state_pkey. */
export const LAST_IN_SEGMENT_SQL = `
  SELECT DISTINCT ON (receiver) receiver, version, state FROM inbox_state o
   WHERE version BETWEEN $1 AND $2 AND receiver > $3
     AND NOT EXISTS (SELECT FROM inbox_state n WHERE n.receiver = o.receiver AND n.version > $2)
   ORDER BY receiver, version DESC LIMIT $4`;
