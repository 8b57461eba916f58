import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The dictionary: vocabularies (concept schemes), their terms with every version, and, derived from a term's content by whoever writes it, its
 * relations and names for searching. All of it is small enough for reference tables of Citus. One writer at a time, by an advisory lock.
 */
export class CreateDictionary1763800000000 implements MigrationInterface {
  readonly name = 'CreateDictionary1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE vocabulary (
        id text COLLATE "C" NOT NULL,
        steward text,
        edition integer NOT NULL,
        incarnation integer NOT NULL,
        version integer NOT NULL,
        content jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT vocabulary_pkey PRIMARY KEY (id),
        CONSTRAINT vocabulary_counts_from_one CHECK (incarnation >= 1 AND version >= 1),
        CONSTRAINT vocabulary_edition_known CHECK (edition >= 0)
      );
      COMMENT ON COLUMN vocabulary.steward IS 'the organization that may change it; NULL: built in, operators only';
      COMMENT ON COLUMN vocabulary.edition IS 'of a built-in vocabulary: which edition of the program wrote it; 0 of others';

      CREATE TABLE term (
        iri text COLLATE "C" NOT NULL,
        vocabulary text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        status text NOT NULL,
        content jsonb NOT NULL,
        changed_by text NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT term_pkey PRIMARY KEY (iri),
        CONSTRAINT term_version_from_one CHECK (version >= 1),
        CONSTRAINT term_status_known CHECK (status IN ('ACTIVE', 'DEPRECATED', 'REMOVED'))
      );
      COMMENT ON TABLE term IS 'a REMOVED row keeps the count of versions and holds no content';
      -- Terms of a vocabulary, in the order of pages.
      CREATE INDEX term_vocabulary_idx ON term (vocabulary, iri) WHERE status <> 'REMOVED';

      CREATE TABLE term_version (
        iri text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        status text NOT NULL,
        content jsonb NOT NULL,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT term_version_pkey PRIMARY KEY (iri, version)
      );

      CREATE TABLE term_relation (
        term text COLLATE "C" NOT NULL,
        kind text NOT NULL,
        target text COLLATE "C" NOT NULL,
        CONSTRAINT term_relation_pkey PRIMARY KEY (term, kind, target),
        CONSTRAINT term_relation_kind_known CHECK (kind IN ('broader', 'exactMatch', 'closeMatch', 'replacedBy'))
      );
      COMMENT ON TABLE term_relation IS 'derived from term.content; a target need not be in the dictionary';
      -- From a term to those that point at it.
      CREATE INDEX term_relation_target_idx ON term_relation (target, kind, term);

      CREATE TABLE term_name (
        term text COLLATE "C" NOT NULL,
        kind text NOT NULL,
        language text COLLATE "C" NOT NULL,
        position integer NOT NULL,
        folded text COLLATE "C" NOT NULL,
        CONSTRAINT term_name_pkey PRIMARY KEY (term, kind, language, position),
        CONSTRAINT term_name_kind_known CHECK (kind IN ('label', 'alternative', 'notation', 'local'))
      );
      COMMENT ON TABLE term_name IS 'derived from term.content, folded; language is empty for notations and local names';
      -- From a name to the terms that carry it.
      CREATE INDEX term_name_folded_idx ON term_name (folded, term);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE term_name;
      DROP TABLE term_relation;
      DROP TABLE term_version;
      DROP TABLE term;
      DROP TABLE vocabulary;
    `);
  }
}
