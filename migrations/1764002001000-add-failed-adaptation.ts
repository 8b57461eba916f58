import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A dead letter that could not be adapted says which step failed, and on what. */
export class AddFailedAdaptation1764002001000 implements MigrationInterface {
  readonly name = 'AddFailedAdaptation1764002001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letter ADD COLUMN adaptation text;
      COMMENT ON COLUMN dead_letter.adaptation IS 'JSON: the step that failed, why, and the payload before it, cut at a bound';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE dead_letter DROP COLUMN adaptation;');
  }
}
