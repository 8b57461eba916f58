import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is searched leaves `twin` for a narrow table of its own, keyed by twin; no foreign key crosses. Rows that were there are copied with
 * search_version 0, which makes a broker derive them anew from their profiles soon after its start.
 */
export class CreateTwinSearch1763800007000 implements MigrationInterface {
  readonly name = 'CreateTwinSearch1763800007000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE EXTENSION IF NOT EXISTS btree_gist;

      CREATE TABLE twin_search (
        twin_id text COLLATE "C" NOT NULL,
        owner text NOT NULL,
        domain text NOT NULL,
        access text NOT NULL,
        name_key text COLLATE "C" NOT NULL,
        updated_at timestamptz NOT NULL,
        period_ms bigint,
        desired_age_ms bigint,
        validity tstzrange NOT NULL,
        area_box box,
        keys bigint[] NOT NULL,
        facet_values text[] NOT NULL,
        search tsvector NOT NULL,
        shape bytea,
        search_version integer NOT NULL,
        CONSTRAINT twin_search_pkey PRIMARY KEY (twin_id)
      );
      COMMENT ON TABLE twin_search IS 'what discovery searches, derived from the profile of each registered twin';
      COMMENT ON COLUMN twin_search.name_key IS 'the beginning of the name in lower case: the order of pages by name';
      COMMENT ON COLUMN twin_search.area_box IS 'extent of coverage.area in degrees; reaches beyond longitude 180 where the area is cut at the antimeridian';
      COMMENT ON COLUMN twin_search.keys IS 'hashes of what the profile has: features, labels, objects of interest, places and scalars';
      COMMENT ON COLUMN twin_search.shape IS 'exact geometry of coverage.area; null when there is none or it is the point that area_box is';
      COMMENT ON COLUMN twin_search.search_version IS 'which derivation made this row; older ones are made anew in the background';
      -- The geometry is read for few candidates: out of line it goes, uncompressed; keys and words stay with the row.
      ALTER TABLE twin_search ALTER COLUMN shape SET STORAGE EXTERNAL;
      ALTER TABLE twin_search ALTER COLUMN keys SET STORAGE MAIN;
      ALTER TABLE twin_search ALTER COLUMN search SET STORAGE MAIN;
      ALTER TABLE twin_search ALTER COLUMN keys SET STATISTICS 1000;
      ALTER TABLE twin_search ALTER COLUMN search SET STATISTICS 1000;

      INSERT INTO twin_search (twin_id, owner, domain, access, name_key, updated_at, validity, area_box, keys, facet_values, search, search_version)
      SELECT id, owner, domain, access, left(lower(profile ->> 'name'), 200), updated_at, validity, area_box, '{}', '{}', search, 0
        FROM twin WHERE registration = 'REGISTERED';

      ALTER TABLE twin DROP COLUMN feature_keys, DROP COLUMN search, DROP COLUMN area_box, DROP COLUMN validity;

      -- An organization's own twins, and one arm of the visibility predicate; in the order of pages.
      CREATE INDEX twin_search_owner_idx ON twin_search (owner, twin_id);
      -- A domain's twins, in the order of pages.
      CREATE INDEX twin_search_domain_idx ON twin_search (domain, twin_id);
      -- One arm of the visibility predicate.
      CREATE INDEX twin_search_listed_idx ON twin_search (twin_id) WHERE access = 'listed';
      -- Pages by name, and by freshness.
      CREATE INDEX twin_search_name_idx ON twin_search (name_key, twin_id);
      CREATE INDEX twin_search_updated_idx ON twin_search (updated_at, twin_id);
      -- Area, with the domain beside it so that most strangers are left out before the row is read.
      CREATE INDEX twin_search_area_idx ON twin_search USING gist (area_box, domain) WHERE area_box IS NOT NULL;
      -- Keys and words in one index. A short pending list makes writing seven times cheaper; a search reads at most 32 pages of it.
      CREATE INDEX twin_search_keys_idx ON twin_search USING gin (keys, search) WITH (gin_pending_list_limit = 256);
      -- Rows to be derived anew.
      CREATE INDEX twin_search_version_idx ON twin_search (search_version);

      CREATE TABLE search_word (
        word text COLLATE "C" NOT NULL,
        stem text COLLATE "C" NOT NULL,
        CONSTRAINT search_word_pkey PRIMARY KEY (word)
      );
      COMMENT ON TABLE search_word IS 'words that profiles hold or held: what a mistyped word may have meant';
      CREATE INDEX search_word_stem_idx ON search_word (stem);
      -- Words similar to a mistyped one.
      CREATE INDEX search_word_similar_idx ON search_word USING gin (word gin_trgm_ops);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE twin ADD COLUMN feature_keys text[] NOT NULL DEFAULT '{}', ADD COLUMN search tsvector NOT NULL DEFAULT '',
        ADD COLUMN area_box box, ADD COLUMN validity tstzrange NOT NULL DEFAULT 'empty';
      UPDATE twin t SET search = s.search, area_box = s.area_box, validity = s.validity,
             feature_keys = ARRAY(SELECT DISTINCT key FROM jsonb_array_elements(t.profile -> 'features') AS f,
               LATERAL (VALUES (f ->> 'kind'), (':' || (f ->> 'name')), ((f ->> 'kind') || ':' || (f ->> 'name'))) AS keys (key))
        FROM twin_search s WHERE s.twin_id = t.id;
      ALTER TABLE twin ALTER COLUMN feature_keys DROP DEFAULT, ALTER COLUMN search DROP DEFAULT, ALTER COLUMN validity DROP DEFAULT;
      COMMENT ON COLUMN twin.feature_keys IS 'per feature: its kind, :name and kind:name';
      COMMENT ON COLUMN twin.area_box IS 'extent of coverage.area in degrees; exactness comes after it';
      CREATE INDEX twin_area_idx ON twin USING gist (domain, area_box) WHERE registration = 'REGISTERED' AND area_box IS NOT NULL;
      CREATE INDEX twin_search_idx ON twin USING gin (feature_keys, search) WITH (fastupdate = off) WHERE registration = 'REGISTERED';
      DROP TABLE search_word;
      DROP TABLE twin_search;
      DROP EXTENSION pg_trgm;
    `);
  }
}
