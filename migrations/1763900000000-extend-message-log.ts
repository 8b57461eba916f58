import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a message may ask of its delivery: not before a moment, and what is to become of it when its time or its receiver's registration is over.
 */
export class ExtendMessageLog1763900000000 implements MigrationInterface {
  readonly name = 'ExtendMessageLog1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_log ADD COLUMN not_before timestamptz, ADD COLUMN traits smallint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN message_log.traits IS 'bits: 1 dead letter when its time is over, 2 dead letter when the receiver expires, 4 replayed, 8 matched';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_log DROP COLUMN traits, DROP COLUMN not_before;
    `);
  }
}
