import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every plan that a connection ever had, so that a message is adapted by the one it was accepted under; what people set for planning; what the sides need. */
export class CreateConnectionPlans1764002000000 implements MigrationInterface {
  readonly name = 'CreateConnectionPlans1764002000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE connection
        ADD COLUMN needs jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN terms jsonb NOT NULL DEFAULT '{}';

      CREATE TABLE connection_plan (
        connection_id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        held_from timestamptz NOT NULL DEFAULT clock_timestamp(),
        identity boolean NOT NULL,
        digest text NOT NULL,
        why text NOT NULL,
        plan jsonb NOT NULL,
        CONSTRAINT connection_plan_pkey PRIMARY KEY (connection_id, version),
        CONSTRAINT connection_plan_connection FOREIGN KEY (connection_id) REFERENCES connection (id) ON DELETE CASCADE,
        CONSTRAINT connection_plan_version CHECK (version > 0)
      );
      COMMENT ON TABLE connection_plan IS 'adaptation plans by version, never changed; versions go on counting when an id is requested anew';
      COMMENT ON COLUMN connection_plan.held_from IS 'publications accepted from then on are adapted by it';
      COMMENT ON COLUMN connection_plan.identity IS 'it changes no payload';
      COMMENT ON COLUMN connection_plan.digest IS 'SHA-256 of the features of the plan in their RFC 8785 form, base64url';

      INSERT INTO connection_plan (connection_id, version, held_from, identity, digest, why, plan)
      SELECT id, plan_version, created_at, true, 'before-versions', 'made before there were versions', plan
        FROM connection WHERE plan IS NOT NULL AND plan_version > 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE connection_plan; ALTER TABLE connection DROP COLUMN terms, DROP COLUMN needs;');
  }
}
