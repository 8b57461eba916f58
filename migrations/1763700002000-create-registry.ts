import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The registry. `twin` holds one row per id, tombstones included, with the profile and what is searched in it; it is small enough to be a
 * reference table of Citus. What moves often, lease and status, lives in the narrow `twin_lease`, keyed by twin; no foreign key crosses.
 */
export class CreateRegistry1763700002000 implements MigrationInterface {
  readonly name = 'CreateRegistry1763700002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE twin (
        id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL,
        version integer NOT NULL,
        registration text NOT NULL,
        owner text NOT NULL,
        domain text NOT NULL,
        access text NOT NULL,
        profile jsonb NOT NULL,
        profile_bytes integer NOT NULL,
        feature_keys text[] NOT NULL,
        search tsvector NOT NULL,
        area_box box,
        validity tstzrange NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT twin_pkey PRIMARY KEY (id),
        CONSTRAINT twin_counts_from_one CHECK (incarnation >= 1 AND version >= 1),
        CONSTRAINT twin_registration_known CHECK (registration IN ('REGISTERED', 'DEREGISTERED')),
        CONSTRAINT twin_access_known CHECK (access IN ('private', 'listed'))
      );
      COMMENT ON TABLE twin IS 'one row per id; a DEREGISTERED row is a tombstone that keeps the id for its owner and holds no profile';
      COMMENT ON COLUMN twin.feature_keys IS 'per feature: its kind, :name and kind:name';
      COMMENT ON COLUMN twin.area_box IS 'extent of coverage.area in degrees; exactness comes after it';

      -- Lists of an organization's own twins, in the order of pages.
      CREATE INDEX twin_owner_idx ON twin (owner, id) WHERE registration = 'REGISTERED';
      -- Lists of a domain, in the order of pages.
      CREATE INDEX twin_domain_idx ON twin (domain, id) WHERE registration = 'REGISTERED';
      -- One arm of the visibility predicate.
      CREATE INDEX twin_listed_idx ON twin (id) WHERE registration = 'REGISTERED' AND access = 'listed';
      -- Domain and area in one index.
      CREATE INDEX twin_area_idx ON twin USING gist (domain, area_box) WHERE registration = 'REGISTERED' AND area_box IS NOT NULL;
      -- Features and text in one index. No pending list: searches outnumber registrations.
      CREATE INDEX twin_search_idx ON twin USING gin (feature_keys, search) WITH (fastupdate = off) WHERE registration = 'REGISTERED';

      CREATE TABLE twin_lease (
        twin_id text COLLATE "C" NOT NULL,
        status text NOT NULL,
        ttl_seconds integer,
        renewed_at timestamptz,
        expires_at timestamptz,
        due_at timestamptz,
        CONSTRAINT twin_lease_pkey PRIMARY KEY (twin_id),
        CONSTRAINT twin_lease_status_known CHECK (status IN ('ACTIVE', 'STALE', 'EXPIRED', 'SUSPENDED')),
        CONSTRAINT twin_lease_whole CHECK (num_nulls(ttl_seconds, renewed_at, expires_at) IN (0, 3)),
        CONSTRAINT twin_lease_due_moves CHECK (due_at IS NULL OR (ttl_seconds IS NOT NULL AND status IN ('ACTIVE', 'STALE')))
      ) WITH (fillfactor = 80);
      COMMENT ON COLUMN twin_lease.due_at IS 'when the sweeper moves the status next: ACTIVE to STALE, STALE to EXPIRED';
      -- What the sweeper looks for.
      CREATE INDEX twin_lease_due_idx ON twin_lease (due_at) WHERE due_at IS NOT NULL;

      CREATE TABLE twin_version (
        twin_id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL,
        version integer NOT NULL,
        profile jsonb NOT NULL,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT twin_version_pkey PRIMARY KEY (twin_id, incarnation, version)
      );

      CREATE TABLE twin_circle (
        twin_id text COLLATE "C" NOT NULL,
        circle text COLLATE "C" NOT NULL,
        organization text NOT NULL,
        CONSTRAINT twin_circle_pkey PRIMARY KEY (twin_id, circle)
      );
      COMMENT ON TABLE twin_circle IS 'which open federations a twin has joined: who shares one sees the other';
      -- From an organization to the circles it is in.
      CREATE INDEX twin_circle_organization_idx ON twin_circle (organization, circle);
      -- From a circle to the twins in it.
      CREATE INDEX twin_circle_circle_idx ON twin_circle (circle, twin_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE twin_circle;
      DROP TABLE twin_version;
      DROP TABLE twin_lease;
      DROP TABLE twin;
    `);
  }
}
