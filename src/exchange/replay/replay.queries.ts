const COLUMNS = `id, receiver, source, channel, terms, rate, state, places, counts, created_by AS "createdBy", created_at AS "createdAt",
  changed_at AS "changedAt", failure, broker, fence`;

/** A new job. */
export const CREATE_SQL = `
  INSERT INTO replay_job (id, receiver, source, channel, terms, rate, state, places, counts, created_by, created_at, changed_at)
  VALUES ($1, $2, $3, $4, $5, $6, 'RUNNING', $7, $8, $9, clock_timestamp(), clock_timestamp()) RETURNING ${COLUMNS}`;

/** One job. Rides replay_job_pkey. */
export const FIND_SQL = `SELECT ${COLUMNS} FROM replay_job WHERE id = $1`;

/** A receiver's jobs, newest first. Rides replay_job_receiver. */
export const LIST_SQL = `SELECT ${COLUMNS} FROM replay_job WHERE receiver = $1 ORDER BY created_at DESC LIMIT $2`;

/** How many of a receiver's jobs run. Rides replay_job_receiver. */
export const RUNNING_SQL = `SELECT count(*)::integer AS count FROM replay_job WHERE receiver = $1 AND state = 'RUNNING'`;

/**
 * Takes jobs that nobody carries on, or goes on with one's own: the lease runs 5 s from now, and the fence grows when the job changes hands. Rides
 * replay_job_running; locks the rows, and leaves those that another broker is taking.
 */
export const TAKE_SQL = `
  UPDATE replay_job j SET broker = $1, leased_until = clock_timestamp() + interval '5 seconds',
         fence = CASE WHEN j.broker = $1 THEN j.fence ELSE j.fence + 1 END
   WHERE j.id IN (SELECT id FROM replay_job
                   WHERE state = 'RUNNING' AND (broker = $1 OR leased_until IS NULL OR leased_until < clock_timestamp())
                   ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING ${COLUMNS}`;

/** Stores progress, only of a job that is still one's own and runs. Rides replay_job_pkey. */
export const PROGRESS_SQL = `
  UPDATE replay_job SET places = $3, counts = $4, state = $5, failure = $6, changed_at = clock_timestamp(),
         leased_until = clock_timestamp() + interval '5 seconds'
   WHERE id = $1 AND fence = $2 AND state = 'RUNNING' RETURNING id`;

/** Ends a job that runs. Rides replay_job_pkey. */
export const CANCEL_SQL = `UPDATE replay_job SET state = 'CANCELED', changed_at = clock_timestamp() WHERE id = $1 AND state = 'RUNNING' RETURNING id`;

/** Forgets jobs that ended $1 seconds ago. */
export const FORGET_SQL = `DELETE FROM replay_job WHERE state <> 'RUNNING' AND changed_at < clock_timestamp() - make_interval(secs => $1)`;

/** The newest position of each lane of a channel that has any. Rides message_log_pkey. */
export const ENDS_SQL = `
  SELECT s.lane, coalesce((SELECT max(l.position) FROM message_log l WHERE l.channel = $1 AND l.lane = s.lane), 0) AS position
    FROM unnest($2::smallint[]) AS s (lane)`;

/** The first segment that may hold something of a moment, and the last: the parts of the log between two times. */
export const SPAN_SQL = `
  SELECT coalesce((SELECT min(id) FROM segment WHERE family = 'log' AND (closed_at IS NULL OR closed_at >= $1)), 0) AS first,
         coalesce((SELECT max(id) FROM segment WHERE family = 'log' AND opened_at <= $2), 0) AS last`;
