import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Candidate sets: what a search found for a federation, kept to be compared with the registry later. */
export class CreateCandidateSets1763800011000 implements MigrationInterface {
  readonly name = 'CreateCandidateSets1763800011000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE candidate_set (
        federation_id text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        search json NOT NULL,
        organization text COLLATE "C" NOT NULL,
        twin text COLLATE "C",
        found_at timestamptz NOT NULL,
        CONSTRAINT candidate_set_pkey PRIMARY KEY (federation_id, name)
      );
      COMMENT ON TABLE candidate_set IS 'searches kept for the present incarnation of a federation';
      COMMENT ON COLUMN candidate_set.organization IS 'in whose name the search was run';
      COMMENT ON COLUMN candidate_set.twin IS 'the twin that ran it, with whose eyes; without one, the organization';

      CREATE TABLE candidate (
        federation_id text COLLATE "C" NOT NULL,
        set_name text COLLATE "C" NOT NULL,
        rank integer NOT NULL,
        twin_id text COLLATE "C" NOT NULL,
        score double precision,
        meters double precision,
        incarnation integer NOT NULL,
        version integer NOT NULL,
        features jsonb NOT NULL,
        CONSTRAINT candidate_pkey PRIMARY KEY (federation_id, set_name, rank)
      );
      COMMENT ON TABLE candidate IS 'what a kept search found, from rank 1, as it was then';
      COMMENT ON COLUMN candidate.features IS 'the features by which it was found: kind, name and version';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE candidate; DROP TABLE candidate_set;');
  }
}
