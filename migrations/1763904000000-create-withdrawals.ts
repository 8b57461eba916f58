import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Messages that were taken back before anybody claimed them. Cut like the message log, whose positions it names: a segment of the log that is there
 * already gets its partition here, the coming ones from the segment keeper.
 */
export class CreateWithdrawals1763904000000 implements MigrationInterface {
  readonly name = 'CreateWithdrawals1763904000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE withdrawal (
        receiver text NOT NULL,
        position bigint NOT NULL,
        reason text NOT NULL,
        withdrawn_at timestamptz NOT NULL,
        CONSTRAINT withdrawal_pkey PRIMARY KEY (receiver, position)
      ) PARTITION BY RANGE (position);
      COMMENT ON TABLE withdrawal IS 'messages taken back before anybody claimed them; committed with a version of the inbox that says so';
      COMMENT ON COLUMN withdrawal.reason IS 'withdrawn (by its sender), superseded, receiver-expired, expired';

      DO $$
      DECLARE
        id_ integer;
      BEGIN
        FOR id_ IN SELECT id FROM segment WHERE family = 'log' LOOP
          EXECUTE format('CREATE TABLE withdrawal_%s PARTITION OF withdrawal FOR VALUES FROM (%s) TO (%s)',
                         id_, id_::bigint << 36, (id_ + 1)::bigint << 36);
        END LOOP;
      END $$;

      -- Only rows that ask for it are in these.
      CREATE INDEX message_log_expiry_letter ON message_log (expires_at) WHERE traits & 1 <> 0;
      CREATE INDEX message_log_receiver_letter ON message_log (channel, position) WHERE traits & 2 <> 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX message_log_receiver_letter; DROP INDEX message_log_expiry_letter; DROP TABLE withdrawal;');
  }
}
