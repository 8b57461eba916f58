import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * History. A registration says who changed it last; `twin_version` keeps what is past: versions that were superseded, and deregistrations, which have
 * no profile. Instants of versions are whole milliseconds, so that each can be asked for by the time that is shown. The index on objects of interest
 * is on the profile itself: no column to keep in step.
 */
export class ExtendRegistry1763800002000 implements MigrationInterface {
  readonly name = 'ExtendRegistry1763800002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE twin
        ADD COLUMN changed_by jsonb,
        ALTER COLUMN created_at TYPE timestamptz(3) USING date_trunc('milliseconds', created_at),
        ALTER COLUMN updated_at TYPE timestamptz(3) USING date_trunc('milliseconds', updated_at);
      ALTER TABLE twin_version
        ADD COLUMN owner text,
        ADD COLUMN access text,
        ADD COLUMN profile_bytes integer,
        ALTER COLUMN profile DROP NOT NULL,
        ALTER COLUMN changed_by TYPE jsonb USING jsonb_build_object('subject', changed_by),
        ALTER COLUMN changed_at TYPE timestamptz(3) USING date_trunc('milliseconds', changed_at);

      UPDATE twin_version v SET owner = t.owner, access = coalesce(v.profile ->> 'access', 'private'),
             profile_bytes = octet_length(v.profile::text), changed_by = v.changed_by || jsonb_build_object('organization', t.owner)
        FROM twin t WHERE t.id = v.twin_id;
      UPDATE twin t SET changed_by = coalesce(
        (SELECT v.changed_by FROM twin_version v WHERE v.twin_id = t.id ORDER BY v.incarnation DESC, v.version DESC LIMIT 1),
        jsonb_build_object('organization', t.owner));
      -- Deregistrations so far: who it was is not known.
      INSERT INTO twin_version (twin_id, incarnation, version, owner, access, profile, profile_bytes, changed_by, changed_at)
      SELECT id, incarnation, version + 1, owner, 'private', NULL, 0, jsonb_build_object('organization', owner), updated_at
        FROM twin WHERE registration = 'DEREGISTERED';
      DELETE FROM twin_version v USING twin t
       WHERE t.id = v.twin_id AND t.registration = 'REGISTERED' AND t.incarnation = v.incarnation AND t.version = v.version;

      ALTER TABLE twin ALTER COLUMN changed_by SET NOT NULL;
      ALTER TABLE twin_version
        ALTER COLUMN owner SET NOT NULL, ALTER COLUMN access SET NOT NULL, ALTER COLUMN profile_bytes SET NOT NULL;
      COMMENT ON COLUMN twin.changed_by IS 'organization, twin and subject of who changed it last';
      COMMENT ON TABLE twin_version IS 'what is past: superseded versions, and deregistrations, which have no profile';
      COMMENT ON COLUMN twin_version.changed_at IS 'when it began';

      -- Time travel.
      CREATE INDEX twin_version_at_idx ON twin_version (twin_id, changed_at);
      -- Twins by the id of a physical thing. No pending list: look-ups outnumber registrations.
      CREATE INDEX twin_object_idx ON twin USING gin ((profile -> 'objectOfInterest') jsonb_path_ops) WITH (fastupdate = off)
        WHERE registration = 'REGISTERED';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX twin_object_idx;
      DROP INDEX twin_version_at_idx;
      DELETE FROM twin_version WHERE profile IS NULL;
      INSERT INTO twin_version (twin_id, incarnation, version, owner, access, profile, profile_bytes, changed_by, changed_at)
      SELECT id, incarnation, version, owner, access, profile, profile_bytes, changed_by, updated_at FROM twin WHERE registration = 'REGISTERED'
      ON CONFLICT DO NOTHING;
      ALTER TABLE twin_version
        DROP COLUMN owner, DROP COLUMN access, DROP COLUMN profile_bytes,
        ALTER COLUMN profile SET NOT NULL,
        ALTER COLUMN changed_by TYPE text USING coalesce(changed_by ->> 'subject', ''),
        ALTER COLUMN changed_at TYPE timestamptz;
      ALTER TABLE twin
        DROP COLUMN changed_by, ALTER COLUMN created_at TYPE timestamptz, ALTER COLUMN updated_at TYPE timestamptz;
      COMMENT ON TABLE twin_version IS NULL;
      COMMENT ON COLUMN twin_version.changed_at IS NULL;
    `);
  }
}
