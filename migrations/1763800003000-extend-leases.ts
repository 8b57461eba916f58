import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Leases that tolerate jitter, do not flap, pause for maintenance, and are renewed without touching an index: `due_at` becomes the time at
 * which the sweeper looks at the row, at the latest when it is due; a renewal only moves `expires_at`, so that its update stays on its page (HOT),
 * and the sweeper puts off what was renewed meanwhile.
 */
export class ExtendLeases1763800003000 implements MigrationInterface {
  readonly name = 'ExtendLeases1763800003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE twin_lease
        ADD COLUMN tolerance_seconds integer,
        ADD COLUMN recovered_at timestamptz,
        ADD COLUMN steady_since timestamptz,
        ADD COLUMN seen_at timestamptz,
        ADD COLUMN maintenance_since timestamptz,
        ADD COLUMN maintenance_until timestamptz,
        ADD COLUMN maintenance_reason text,
        ADD COLUMN maintenance_at timestamptz,
        ADD CONSTRAINT twin_lease_tolerance_of_lease CHECK (tolerance_seconds IS NULL OR ttl_seconds IS NOT NULL),
        ADD CONSTRAINT twin_lease_maintenance_whole CHECK (num_nulls(maintenance_since, maintenance_until) IN (0, 2)),
        ADD CONSTRAINT twin_lease_paused CHECK (maintenance_until IS NULL OR due_at IS NULL);
      -- Room for a whole page of renewals beside the rows they replace.
      ALTER TABLE twin_lease SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5);
      COMMENT ON COLUMN twin_lease.due_at IS 'when the sweeper looks at the row, at the latest when its status is due to move';
      COMMENT ON COLUMN twin_lease.tolerance_seconds IS 'how late a renewal may come without the twin going stale; NULL: a quarter of the lease, at most 300';
      COMMENT ON COLUMN twin_lease.recovered_at IS 'when a renewal last made the twin active again';
      COMMENT ON COLUMN twin_lease.steady_since IS 'on probation after flapping: since when it has renewed in time, infinity before its first renewal';
      COMMENT ON COLUMN twin_lease.seen_at IS 'last contact of the twin, coalesced';
      COMMENT ON COLUMN twin_lease.maintenance_at IS 'when the next maintenance window begins, or the present one ends';
      -- What the sweeper looks for.
      CREATE INDEX twin_lease_maintenance_idx ON twin_lease (maintenance_at) WHERE maintenance_at IS NOT NULL;

      CREATE TABLE twin_maintenance (
        twin_id text COLLATE "C" NOT NULL,
        from_at timestamptz NOT NULL,
        to_at timestamptz NOT NULL,
        reason text,
        CONSTRAINT twin_maintenance_pkey PRIMARY KEY (twin_id, from_at),
        CONSTRAINT twin_maintenance_forward CHECK (from_at < to_at)
      );
      COMMENT ON TABLE twin_maintenance IS 'planned maintenance windows that are not over';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE twin_maintenance;
      DROP INDEX twin_lease_maintenance_idx;
      UPDATE twin_lease SET due_at = expires_at WHERE maintenance_until IS NOT NULL AND status IN ('ACTIVE', 'STALE');
      ALTER TABLE twin_lease SET (fillfactor = 80);
      ALTER TABLE twin_lease RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor);
      COMMENT ON COLUMN twin_lease.due_at IS 'when the sweeper moves the status next: ACTIVE to STALE, STALE to EXPIRED';
      ALTER TABLE twin_lease
        DROP CONSTRAINT twin_lease_paused,
        DROP CONSTRAINT twin_lease_maintenance_whole,
        DROP CONSTRAINT twin_lease_tolerance_of_lease,
        DROP COLUMN maintenance_at,
        DROP COLUMN maintenance_reason,
        DROP COLUMN maintenance_until,
        DROP COLUMN maintenance_since,
        DROP COLUMN seen_at,
        DROP COLUMN steady_since,
        DROP COLUMN recovered_at,
        DROP COLUMN tolerance_seconds;
    `);
  }
}
