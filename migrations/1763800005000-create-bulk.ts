import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far each bulk of an organization came, so that one that broke off is gone on with. */
export class CreateBulk1763800005000 implements MigrationInterface {
  readonly name = 'CreateBulk1763800005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bulk_load (
        owner text NOT NULL,
        id text COLLATE "C" NOT NULL,
        state text NOT NULL,
        committed_line integer NOT NULL,
        created integer NOT NULL,
        replaced integer NOT NULL,
        unchanged integer NOT NULL,
        refused integer NOT NULL,
        started_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT bulk_load_pkey PRIMARY KEY (owner, id),
        CONSTRAINT bulk_load_state_known CHECK (state IN ('OPEN', 'COMPLETE')),
        CONSTRAINT bulk_load_counts CHECK (least(committed_line, created, replaced, unchanged, refused) >= 0)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE bulk_load IS 'how far each bulk came; forgotten after some days';
      COMMENT ON COLUMN bulk_load.committed_line IS 'every line up to this one was acknowledged or is about to be; none after it was looked at';
      -- What is old enough to be forgotten.
      CREATE INDEX bulk_load_updated_idx ON bulk_load (updated_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bulk_load');
  }
}
