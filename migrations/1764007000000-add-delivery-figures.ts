import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much was delivered to an endpoint, and how well. */
export class AddDeliveryFigures1764007000000 implements MigrationInterface {
  readonly name = 'AddDeliveryFigures1764007000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE delivery_endpoint ADD COLUMN figures jsonb NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN delivery_endpoint.figures IS 'attempts to deliver and how they went, written once a second by who holds the slot';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery_endpoint DROP COLUMN figures');
  }
}
