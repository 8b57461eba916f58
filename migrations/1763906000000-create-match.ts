import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Messages whose receiver was found by what it matches: how they were resolved, and who was asked in turn. Rows are only added (a mark that an attempt
 * is dead aside) and go with the acceptance segment of their message; the distribution column is the requester.
 */
export class CreateMatch1763906000000 implements MigrationInterface {
  readonly name = 'CreateMatch1763906000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE match_request (
        requester text NOT NULL,
        message_id text NOT NULL,
        segment integer NOT NULL,
        policy text NOT NULL,
        query text NOT NULL,
        attempt_timeout_ms integer,
        accepted_at timestamptz NOT NULL,
        deadline timestamptz,
        candidates text NOT NULL,
        CONSTRAINT match_request_pkey PRIMARY KEY (requester, message_id, segment),
        CONSTRAINT match_request_policy CHECK (policy IN ('best', 'anyOf', 'all'))
      ) PARTITION BY RANGE (segment);
      CREATE INDEX match_request_together ON match_request (deadline) WHERE policy = 'all' AND deadline IS NOT NULL;
      COMMENT ON TABLE match_request IS 'how the receiver of a message was found: the query, and who was a candidate, in the order of preference';
      COMMENT ON COLUMN match_request.deadline IS 'of a REQUEST: when its answer is due';

      CREATE TABLE match_attempt (
        requester text NOT NULL,
        message_id text NOT NULL,
        segment integer NOT NULL,
        ordinal integer NOT NULL,
        receiver text NOT NULL,
        part_id text NOT NULL,
        reason text NOT NULL,
        started_at timestamptz NOT NULL,
        attempt_until timestamptz,
        dead text,
        CONSTRAINT match_attempt_pkey PRIMARY KEY (requester, message_id, segment, ordinal),
        CONSTRAINT match_attempt_reason CHECK (reason IN ('chosen', 'timed-out', 'dead'))
      ) PARTITION BY RANGE (segment);
      CREATE INDEX match_attempt_due ON match_attempt (attempt_until) WHERE attempt_until IS NOT NULL;
      CREATE INDEX match_attempt_later ON match_attempt (started_at) WHERE reason <> 'chosen';
      CREATE INDEX match_attempt_receiver ON match_attempt (receiver, started_at);
      COMMENT ON TABLE match_attempt IS 'who was asked, in turn (best, anyOf: the highest ordinal is the one that counts) or together (all)';
      COMMENT ON COLUMN match_attempt.part_id IS 'under which id the acceptance of its log row is noted: that of the message, of a later attempt it and the ordinal, of all the id of the part';
      COMMENT ON COLUMN match_attempt.attempt_until IS 'when it is to be looked at: without an answer by then, the next candidate is asked';
      COMMENT ON COLUMN match_attempt.dead IS 'why its receiver will not answer';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE match_attempt, match_request');
  }
}
