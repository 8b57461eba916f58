import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TwinProfile } from './twin.js';

/** What a twin said of itself in each version, and who changed it. */
@Entity('twin_version')
export class TwinVersionEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_version_pkey' })
  twinId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'twin_version_pkey' })
  incarnation!: number;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'twin_version_pkey' })
  version!: number;

  @Column('jsonb')
  profile!: TwinProfile;

  /** The subject of the principal. */
  @Column('text', { name: 'changed_by' })
  changedBy!: string;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt!: Date;
}
