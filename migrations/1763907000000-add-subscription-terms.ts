import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What subscribers ask of a stream: the terms since which position, and where the value lies that is told as the last one. */
export class AddSubscriptionTerms1763907000000 implements MigrationInterface {
  readonly name = 'AddSubscriptionTerms1763907000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE subscription ADD COLUMN terms jsonb, ADD COLUMN last_value_position bigint;
      COMMENT ON COLUMN subscription.terms IS 'array of {from, revision, unit, terms}, oldest first: each holds for the positions after its from; null when none were ever asked for';
      COMMENT ON COLUMN subscription.last_value_position IS 'of one that asked for the last value: where it lies';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE subscription DROP COLUMN last_value_position, DROP COLUMN terms');
  }
}
