import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Open streams of events: until when their callers' tokens let them go on, whichever broker was shown the newest. */
export class CreateOpenStreams1763902000000 implements MigrationInterface {
  readonly name = 'CreateOpenStreams1763902000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE open_stream (
        id uuid NOT NULL,
        caller text COLLATE "C" NOT NULL,
        subject text COLLATE "C" NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT open_stream_pkey PRIMARY KEY (id)
      );
      COMMENT ON TABLE open_stream IS 'streams of events that some broker holds open';
      COMMENT ON COLUMN open_stream.caller IS 'whose stream it is, whatever the credential';
      COMMENT ON COLUMN open_stream.subject IS 'the credential behind the newest token';
      COMMENT ON COLUMN open_stream.expires_at IS 'when the newest token expires';
      CREATE INDEX open_stream_expires_at_idx ON open_stream (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE open_stream;');
  }
}
