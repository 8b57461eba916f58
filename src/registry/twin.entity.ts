import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ChangeAuthor } from './version/change-author.js';
import type { TwinProfile } from './twin.js';

/** One row per twin id; a tombstone when DEREGISTERED. Written and searched by literal SQL (twin.queries.ts). */
@Entity('twin', { comment: 'one row per id; a DEREGISTERED row is a tombstone that keeps the id for its owner and holds no profile' })
@Check('twin_counts_from_one', 'incarnation >= 1 AND version >= 1')
@Check('twin_registration_known', `registration IN ('REGISTERED', 'DEREGISTERED')`)
@Check('twin_access_known', `access IN ('private', 'listed')`)
@Index('twin_owner_idx', { synchronize: false })
@Index('twin_domain_idx', { synchronize: false })
@Index('twin_listed_idx', { synchronize: false })
@Index('twin_object_idx', { synchronize: false })
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

  @Column({ type: 'jsonb', name: 'changed_by', comment: 'organization, twin and subject of who changed it last' })
  changedBy!: ChangeAuthor;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
