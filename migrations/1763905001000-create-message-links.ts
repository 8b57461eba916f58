import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What caused what: one row for each message that names another, found by the other's id. Cut like `acceptance`: a segment that is there already gets its
 * partition here, the coming ones from the segment keeper.
 */
export class CreateMessageLinks1763905001000 implements MigrationInterface {
  readonly name = 'CreateMessageLinks1763905001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE message_link (
        cause text NOT NULL,
        sender text NOT NULL,
        message_id text NOT NULL,
        segment integer NOT NULL,
        kind smallint NOT NULL,
        CONSTRAINT message_link_pkey PRIMARY KEY (cause, sender, message_id, segment)
      ) PARTITION BY RANGE (segment);
      COMMENT ON TABLE message_link IS 'noted before the message is stored: a row whose message was refused in the end leads nowhere';
      COMMENT ON COLUMN message_link.kind IS '0 caused by, 1 progress of, 2 replay of';

      DO $$
      DECLARE
        id_ integer;
      BEGIN
        FOR id_ IN SELECT generate_series(min(id), max(id) + 2) FROM segment WHERE family = 'acceptance' LOOP
          EXECUTE format('CREATE TABLE message_link_%s PARTITION OF message_link FOR VALUES FROM (%s) TO (%s)', id_, id_, id_ + 1);
        END LOOP;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE message_link;');
  }
}
