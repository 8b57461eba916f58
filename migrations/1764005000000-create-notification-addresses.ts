import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses at which sources that were subscribed to bring documents by themselves, and how much they brought. */
export class CreateNotificationAddresses1764005000000 implements MigrationInterface {
  readonly name = 'CreateNotificationAddresses1764005000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE notification_address (
        id text COLLATE "C" NOT NULL,
        twin text NOT NULL,
        binding text NOT NULL,
        source text NOT NULL,
        sealed_secret text NOT NULL,
        made_at timestamptz NOT NULL,
        figures jsonb NOT NULL DEFAULT '{}',
        refusals jsonb NOT NULL DEFAULT '[]',
        CONSTRAINT notification_address_pkey PRIMARY KEY (id),
        CONSTRAINT notification_address_one_per_binding UNIQUE (twin, binding)
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE notification_address IS 'where sources of bindings bring documents by themselves, whichever broker listens';
      COMMENT ON COLUMN notification_address.source IS 'who was told the address and its secret: another source gets others';
      COMMENT ON COLUMN notification_address.figures IS 'as those of inbound_binding, of what was brought here';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notification_address');
  }
}
