import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** A query that stands. Read and written by literal SQL (standing-query.repository.ts). */
@Entity('standing_query')
@Unique('standing_query_name', ['organization', 'name'])
@Index('standing_query_twin_idx', { synchronize: false })
export class StandingQueryEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'standing_query_pkey' })
  id!: string;

  @Column('text')
  organization!: string;

  @Column({ type: 'text', collation: 'C' })
  name!: string;

  @Column({
    type: 'text',
    collation: 'C',
    nullable: true,
    comment: 'the twin that asks, with whose eyes it is answered; without one, the organization',
  })
  twin!: string | null;

  @Column('jsonb')
  query!: unknown;

  @Column({ type: 'text', collation: 'C', nullable: true })
  inbox!: string | null;

  @Column('text', { comment: 'digest of the twins that the asker sees through federations, at the last evaluation of all twins' })
  circled!: string;

  @Column('bigint', { name: 'last_number', default: 0, comment: 'number of its newest notification' })
  lastNumber!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}

/** A twin that a standing query has told of as matching. */
@Entity('standing_match', {
  comment: 'which twins a standing query has told of as matching, and in which state (incarnation.version.status)',
})
@Index('standing_match_query_idx', { synchronize: false })
export class StandingMatchEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'standing_match_pkey' })
  twinId!: string;

  @PrimaryColumn('text', { name: 'query_id', collation: 'C', primaryKeyConstraintName: 'standing_match_pkey' })
  queryId!: string;

  @Column('text')
  state!: string;
}

/** What a standing query told. */
@Entity('standing_notification')
@Check('standing_notification_reason', `reason IN ('newlyMatching', 'updated', 'noLongerMatching')`)
@Index('standing_notification_told_idx', { synchronize: false })
export class StandingNotificationEntity {
  @PrimaryColumn('text', { name: 'query_id', collation: 'C', primaryKeyConstraintName: 'standing_notification_pkey' })
  queryId!: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'standing_notification_pkey' })
  number!: string;

  @Column('text')
  reason!: string;

  @Column({ type: 'text', name: 'twin_id', collation: 'C' })
  twinId!: string;

  @Column('timestamptz', { name: 'told_at' })
  toldAt!: Date;
}
