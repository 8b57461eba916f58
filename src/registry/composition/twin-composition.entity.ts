import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A part that an aggregated twin names. */
@Entity('twin_part', { comment: 'the parts that a live aggregated twin names; a part may be deregistered meanwhile' })
@Index('twin_part_part_idx', { synchronize: false })
export class TwinPartEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'twin_part_pkey' })
  whole!: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'twin_part_pkey' })
  part!: string;
}

/** The federation whose members are the parts of an aggregated twin. */
@Entity('twin_assembly', { comment: 'the federation whose members are the parts of a live aggregated twin' })
@Index('twin_assembly_circle_idx', { synchronize: false })
export class TwinAssemblyEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'twin_assembly_pkey' })
  whole!: string;

  @Column({ type: 'text', collation: 'C' })
  circle!: string;
}
