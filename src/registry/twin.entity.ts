import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TwinProfile } from './twin.js';

/** One row per twin id; a tombstone when DEREGISTERED. Written and searched by literal SQL (twin.queries.ts). */
@Entity('twin', { comment: 'one row per id; a DEREGISTERED row is a tombstone that keeps the id for its owner and holds no profile' })
@Check('twin_counts_from_one', 'incarnation >= 1 AND version >= 1')
@Check('twin_registration_known', `registration IN ('REGISTERED', 'DEREGISTERED')`)
@Check('twin_access_known', `access IN ('private', 'listed')`)
@Index('twin_owner_idx', { synchronize: false })
@Index('twin_domain_idx', { synchronize: false })
@Index('twin_listed_idx', { synchronize: false })
@Index('twin_area_idx', { synchronize: false })
@Index('twin_search_idx', { synchronize: false })
export class TwinEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'twin_pkey' })
  id!: string;

  @Column('integer')
  incarnation!: number;

  @Column('integer')
  version!: number;

  @Column('text')
  registration!: 'REGISTERED' | 'DEREGISTERED';

  @Column('text')
  owner!: string;

  @Column('text')
  domain!: string;

  @Column('text')
  access!: string;

  @Column('jsonb')
  profile!: TwinProfile;

  @Column('integer', { name: 'profile_bytes' })
  profileBytes!: number;

  @Column('text', { name: 'feature_keys', array: true, comment: 'per feature: its kind, :name and kind:name' })
  featureKeys!: string[];

  @Column('tsvector')
  search!: string;

  @Column('box', { name: 'area_box', nullable: true, comment: 'extent of coverage.area in degrees; exactness comes after it' })
  areaBox!: string | null;

  @Column('tstzrange')
  validity!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
