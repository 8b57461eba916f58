import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrganizationId } from '../kernel/ids.js';

/**
 * ACTIVE ⇄ SUSPENDED, by an operator; both → OFFBOARDING → OFFBOARDED, which is for good: the id stays taken. The tokens of an organization that is not
 * ACTIVE, and of its twins, are refused.
 */
export const ORGANIZATION_STATUSES = ['ACTIVE', 'SUSPENDED', 'OFFBOARDING', 'OFFBOARDED'] as const;
export type OrganizationStatus = (typeof ORGANIZATION_STATUSES)[number];

/** An organization that owns twins. */
@Entity('organization')
@Check('organization_id_is_slug', `id ~ '^[a-z0-9][a-z0-9-]{0,62}$'`)
@Check('organization_name_length', 'char_length(name) BETWEEN 1 AND 200')
@Check('organization_status_known', `status IN ('ACTIVE', 'SUSPENDED', 'OFFBOARDING', 'OFFBOARDED')`)
export class Organization {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'organization_pkey' })
  id!: OrganizationId;

  @Column('text')
  name!: string;

  @Column('text')
  status!: OrganizationStatus;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
