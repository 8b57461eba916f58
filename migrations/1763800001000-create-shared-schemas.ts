import type { MigrationInterface, QueryRunner } from 'typeorm';

/** JSON Schemas that others refer to by `$id`: an organization's own, and public ones. A small table, to be a reference table of Citus. */
export class CreateSharedSchemas1763800001000 implements MigrationInterface {
  readonly name = 'CreateSharedSchemas1763800001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE shared_schema (
        owner text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        title text,
        dialect text NOT NULL,
        document text NOT NULL,
        document_bytes integer NOT NULL,
        fingerprint bytea NOT NULL,
        refers_to text[] NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT shared_schema_pkey PRIMARY KEY (owner, id),
        CONSTRAINT shared_schema_dialect_known CHECK (dialect IN ('2020-12', 'draft-07'))
      );
      COMMENT ON TABLE shared_schema IS 'immutable: a row is inserted and deleted, never changed';
      COMMENT ON COLUMN shared_schema.owner IS 'organization; empty for a public schema of the dictionary';
      COMMENT ON COLUMN shared_schema.document IS 'JSON text as it was read: jsonb would reorder keys';
      COMMENT ON COLUMN shared_schema.refers_to IS 'absolute URIs, without fragment, of other schemas that it refers to';

      -- Whether another schema refers to one that is to be deleted.
      CREATE INDEX shared_schema_refers_to_idx ON shared_schema USING gin (refers_to);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shared_schema');
  }
}
