import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A planned maintenance window that is not over; written by literal SQL (maintenance.queries.ts). */
@Entity('twin_maintenance', { comment: 'planned maintenance windows that are not over' })
@Check('twin_maintenance_forward', 'from_at < to_at')
export class MaintenanceWindowEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_maintenance_pkey' })
  twinId!: string;

  @PrimaryColumn('timestamptz', { name: 'from_at', primaryKeyConstraintName: 'twin_maintenance_pkey' })
  fromAt!: Date;

  @Column('timestamptz', { name: 'to_at' })
  toAt!: Date;

  @Column('text', { nullable: true })
  reason!: string | null;
}
