import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which proposal for a connection's plan its sides were told of, so that one broker tells it once; identifiers that mean the same, per federation. */
export class CreateAdaptationProposals1764002002000 implements MigrationInterface {
  readonly name = 'CreateAdaptationProposals1764002002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE connection_proposal (
        connection_id text COLLATE "C" NOT NULL,
        digest text NOT NULL,
        told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT connection_proposal_pkey PRIMARY KEY (connection_id),
        CONSTRAINT connection_proposal_connection FOREIGN KEY (connection_id) REFERENCES connection (id) ON DELETE CASCADE
      );
      COMMENT ON TABLE connection_proposal IS 'the last plan that was proposed for a connection and told to its sides';

      CREATE TABLE federation_identifier (
        federation_id text COLLATE "C" NOT NULL,
        scheme_from text COLLATE "C" NOT NULL,
        scheme_to text COLLATE "C" NOT NULL,
        pairs jsonb NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT federation_identifier_pkey PRIMARY KEY (federation_id, scheme_from, scheme_to),
        CONSTRAINT federation_identifier_federation FOREIGN KEY (federation_id) REFERENCES federation (id) ON DELETE CASCADE,
        CONSTRAINT federation_identifier_two CHECK (scheme_from <> scheme_to)
      );
      COMMENT ON TABLE federation_identifier IS 'identifiers of two schemes that mean the same, as the federation says';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE federation_identifier, connection_proposal;');
  }
}
