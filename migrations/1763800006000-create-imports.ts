import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The documents that twins were imported from, kept as they came. */
export class CreateImports1763800006000 implements MigrationInterface {
  readonly name = 'CreateImports1763800006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE twin_source (
        twin_id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL,
        version integer NOT NULL,
        format text NOT NULL,
        media_type text NOT NULL,
        document text NOT NULL,
        digest bytea NOT NULL,
        imported_at timestamptz NOT NULL,
        CONSTRAINT twin_source_pkey PRIMARY KEY (twin_id),
        CONSTRAINT twin_source_format_known CHECK (format IN ('td', 'dtdl', 'ngsi-ld', 'ngsi-ld-registration', 'aas'))
      );
      COMMENT ON TABLE twin_source IS 'the document that a twin was last imported from, as it came';
      COMMENT ON COLUMN twin_source.version IS 'of the twin when it was imported: a later one was edited since';
      COMMENT ON COLUMN twin_source.digest IS 'SHA-256 of the document';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE twin_source');
  }
}
