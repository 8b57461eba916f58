import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ChangeAuthor } from './change-author.js';
import type { TwinProfile } from '../twin.js';

/** A version that is past, or a deregistration; written by literal SQL (twin.queries.ts) together with what took its place. */
@Entity('twin_version', { comment: 'what is past: superseded versions, and deregistrations, which have no profile' })
@Index('twin_version_at_idx', { synchronize: false })
export class TwinVersionEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_version_pkey' })
  twinId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'twin_version_pkey' })
  incarnation!: number;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'twin_version_pkey' })
  version!: number;

  @Column('text')
  owner!: string;

  @Column('text')
  access!: string;

  @Column('jsonb', { nullable: true })
  profile!: TwinProfile | null;

  @Column('integer', { name: 'profile_bytes' })
  profileBytes!: number;

  @Column({ type: 'jsonb', name: 'changed_by' })
  changedBy!: ChangeAuthor;

  @Column({ type: 'timestamptz', name: 'changed_at', precision: 3, comment: 'when it began' })
  changedAt!: Date;
}
