import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often the identifiers of a federation have changed, for the ETag of their map. */
export class AddIdentifierVersion1764006000000 implements MigrationInterface {
  readonly name = 'AddIdentifierVersion1764006000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE federation ADD COLUMN identifiers_version integer NOT NULL DEFAULT 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE federation DROP COLUMN identifiers_version');
  }
}
