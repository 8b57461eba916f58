import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { LiveStatus } from '../registration-status.js';

/** Status, lease, presence and present maintenance of a live registration; written by literal SQL (lease.queries.ts, maintenance.queries.ts). */
@Entity('twin_lease')
@Check('twin_lease_status_known', `status IN ('ACTIVE', 'STALE', 'EXPIRED', 'SUSPENDED')`)
@Check('twin_lease_whole', 'num_nulls(ttl_seconds, renewed_at, expires_at) IN (0, 3)')
@Check('twin_lease_due_moves', `due_at IS NULL OR (ttl_seconds IS NOT NULL AND status IN ('ACTIVE', 'STALE'))`)
@Check('twin_lease_tolerance_of_lease', 'tolerance_seconds IS NULL OR ttl_seconds IS NOT NULL')
@Check('twin_lease_maintenance_whole', 'num_nulls(maintenance_since, maintenance_until) IN (0, 2)')
@Check('twin_lease_paused', 'maintenance_until IS NULL OR due_at IS NULL')
@Index('twin_lease_due_idx', { synchronize: false })
@Index('twin_lease_maintenance_idx', { synchronize: false })
export class TwinLeaseEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_lease_pkey' })
  twinId!: string;

  @Column('text')
  status!: LiveStatus;

  @Column('integer', { name: 'ttl_seconds', nullable: true })
  ttlSeconds!: number | null;

  @Column('timestamptz', { name: 'renewed_at', nullable: true })
  renewedAt!: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', {
    name: 'due_at',
    nullable: true,
    comment: 'when the sweeper looks at the row, at the latest when its status is due to move',
  })
  dueAt!: Date | null;

  @Column('integer', {
    name: 'tolerance_seconds',
    nullable: true,
    comment: 'how late a renewal may come without the twin going stale; NULL: a quarter of the lease, at most 300',
  })
  toleranceSeconds!: number | null;

  @Column('timestamptz', { name: 'recovered_at', nullable: true, comment: 'when a renewal last made the twin active again' })
  recoveredAt!: Date | null;

  @Column('timestamptz', {
    name: 'steady_since',
    nullable: true,
    comment: 'on probation after flapping: since when it has renewed in time, infinity before its first renewal',
  })
  steadySince!: Date | null;

  @Column('timestamptz', { name: 'seen_at', nullable: true, comment: 'last contact of the twin, coalesced' })
  seenAt!: Date | null;

  @Column('timestamptz', { name: 'maintenance_since', nullable: true })
  maintenanceSince!: Date | null;

  @Column('timestamptz', { name: 'maintenance_until', nullable: true })
  maintenanceUntil!: Date | null;

  @Column('text', { name: 'maintenance_reason', nullable: true })
  maintenanceReason!: string | null;

  @Column('timestamptz', {
    name: 'maintenance_at',
    nullable: true,
    comment: 'when the next maintenance window begins, or the present one ends',
  })
  maintenanceAt!: Date | null;
}
