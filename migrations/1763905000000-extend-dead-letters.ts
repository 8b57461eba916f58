import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Dead letters say enough to be searched and to be delivered again, their number is bounded, and replays are jobs that any broker goes on with. */
export class ExtendDeadLetters1763905000000 implements MigrationInterface {
  readonly name = 'ExtendDeadLetters1763905000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letter
        ADD COLUMN reason_code text NOT NULL DEFAULT 'other',
        ADD COLUMN channel text,
        ADD COLUMN kind smallint NOT NULL DEFAULT 2,
        ADD COLUMN action text,
        ADD COLUMN object_type text,
        ADD COLUMN object_id text,
        ADD COLUMN ordering_key text,
        ADD COLUMN awaited boolean NOT NULL DEFAULT false,
        ADD COLUMN accepted_at timestamptz,
        ADD COLUMN replayed_at timestamptz,
        ADD COLUMN replays integer NOT NULL DEFAULT 0;
      UPDATE dead_letter SET
        kind = CASE envelope::jsonb #>> '{header,messageType}' WHEN 'REQUEST' THEN 0 WHEN 'RESPONSE' THEN 1 ELSE 2 END,
        action = envelope::jsonb #>> '{data,action}',
        object_type = envelope::jsonb #>> '{data,object,type}',
        object_id = envelope::jsonb #>> '{data,object,id}',
        ordering_key = sender,
        channel = receiver,
        awaited = envelope::jsonb #>> '{header,messageType}' = 'REQUEST';

      CREATE INDEX dead_letter_age ON dead_letter (receiver, died_at);
      CREATE INDEX dead_letter_died ON dead_letter (died_at);
      COMMENT ON COLUMN dead_letter.channel IS 'where it was read: the receiver, or a stream';
      COMMENT ON COLUMN dead_letter.awaited IS 'a REQUEST that awaited an answer, and got PEER_UNREACHABLE';

      CREATE TABLE dead_letter_loss (
        receiver text NOT NULL,
        over_limit bigint NOT NULL DEFAULT 0,
        over_age bigint NOT NULL DEFAULT 0,
        last_at timestamptz NOT NULL,
        CONSTRAINT dead_letter_loss_pkey PRIMARY KEY (receiver)
      );
      COMMENT ON TABLE dead_letter_loss IS 'how many dead letters of a receiver went because there were too many, or they were too old';

      CREATE TABLE replay_job (
        id text NOT NULL,
        receiver text NOT NULL,
        source text NOT NULL,
        channel text NOT NULL,
        terms text NOT NULL,
        rate integer NOT NULL,
        state text NOT NULL,
        places text NOT NULL,
        counts text NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        failure text,
        broker text,
        fence bigint NOT NULL DEFAULT 0,
        leased_until timestamptz,
        CONSTRAINT replay_job_pkey PRIMARY KEY (id),
        CONSTRAINT replay_job_state CHECK (state IN ('RUNNING', 'DONE', 'CANCELED', 'FAILED')),
        CONSTRAINT replay_job_source CHECK (source IN ('dead-letters', 'inbox', 'stream'))
      );
      CREATE INDEX replay_job_receiver ON replay_job (receiver, created_at);
      CREATE INDEX replay_job_running ON replay_job (created_at) WHERE state = 'RUNNING';
      COMMENT ON COLUMN replay_job.fence IS 'grows with every broker that takes the job over; who shows an older one may not store progress';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE replay_job, dead_letter_loss;
      DROP INDEX dead_letter_died, dead_letter_age;
      ALTER TABLE dead_letter
        DROP COLUMN reason_code, DROP COLUMN channel, DROP COLUMN kind, DROP COLUMN action, DROP COLUMN object_type, DROP COLUMN object_id,
        DROP COLUMN ordering_key, DROP COLUMN awaited, DROP COLUMN accepted_at, DROP COLUMN replayed_at, DROP COLUMN replays;
    `);
  }
}
