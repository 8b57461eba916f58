import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Queries that stand: what each last told of, and what it told. */
export class CreateStandingQueries1763800008000 implements MigrationInterface {
  readonly name = 'CreateStandingQueries1763800008000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE standing_query (
        id text COLLATE "C" NOT NULL,
        organization text NOT NULL,
        name text COLLATE "C" NOT NULL,
        twin text COLLATE "C",
        query jsonb NOT NULL,
        inbox text COLLATE "C",
        circled text NOT NULL,
        last_number bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        CONSTRAINT standing_query_pkey PRIMARY KEY (id),
        CONSTRAINT standing_query_name UNIQUE (organization, name)
      );
      COMMENT ON COLUMN standing_query.twin IS 'the twin that asks, with whose eyes it is answered; without one, the organization';
      COMMENT ON COLUMN standing_query.circled IS 'digest of the twins that the asker sees through federations, at the last evaluation of all twins';
      COMMENT ON COLUMN standing_query.last_number IS 'number of its newest notification';
      CREATE INDEX standing_query_twin_idx ON standing_query (twin) WHERE twin IS NOT NULL;

      CREATE TABLE standing_match (
        twin_id text COLLATE "C" NOT NULL,
        query_id text COLLATE "C" NOT NULL,
        state text NOT NULL,
        CONSTRAINT standing_match_pkey PRIMARY KEY (twin_id, query_id)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE standing_match IS 'which twins a standing query has told of as matching, and in which state (incarnation.version.status)';
      -- All matches of a query, in the order of pages.
      CREATE INDEX standing_match_query_idx ON standing_match (query_id, twin_id);

      CREATE TABLE standing_notification (
        query_id text COLLATE "C" NOT NULL,
        number bigint NOT NULL,
        reason text NOT NULL,
        twin_id text COLLATE "C" NOT NULL,
        told_at timestamptz NOT NULL,
        CONSTRAINT standing_notification_pkey PRIMARY KEY (query_id, number),
        CONSTRAINT standing_notification_reason CHECK (reason IN ('newlyMatching', 'updated', 'noLongerMatching'))
      );
      -- What is out of retention.
      CREATE INDEX standing_notification_told_idx ON standing_notification (told_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE standing_notification; DROP TABLE standing_match; DROP TABLE standing_query;');
  }
}
