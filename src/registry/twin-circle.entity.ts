import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A twin within a circle, that is, an open federation it has joined. */
@Entity('twin_circle', { comment: 'which open federations a twin has joined: who shares one sees the other' })
@Index('twin_circle_organization_idx', { synchronize: false })
@Index('twin_circle_circle_idx', { synchronize: false })
export class TwinCircleEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_circle_pkey' })
  twinId!: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'twin_circle_pkey' })
  circle!: string;

  /** The twin's owner: its other twins see the circle too. */
  @Column('text')
  organization!: string;
}
