import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { LiveStatus } from './registration-status.js';

/** Status and lease of a live registration; written by literal SQL (lease.queries.ts). */
@Entity('twin_lease')
@Check('twin_lease_status_known', `status IN ('ACTIVE', 'STALE', 'EXPIRED', 'SUSPENDED')`)
@Check('twin_lease_whole', 'num_nulls(ttl_seconds, renewed_at, expires_at) IN (0, 3)')
@Check('twin_lease_due_moves', `due_at IS NULL OR (ttl_seconds IS NOT NULL AND status IN ('ACTIVE', 'STALE'))`)
@Index('twin_lease_due_idx', { synchronize: false })
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
    comment: 'when the sweeper moves the status next: ACTIVE to STALE, STALE to EXPIRED',
  })
  dueAt!: Date | null;
}
