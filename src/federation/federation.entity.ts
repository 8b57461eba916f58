import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { FederationId, OrganizationId, TwinId } from '../kernel/ids.js';
import type { FederationState } from './federation-state.js';

/** Who may see a federation without being part of it: everyone who is authenticated, or nobody. */
export type FederationAccess = 'private' | 'listed';

/** Who suspended a federation; what an operator suspended, only an operator resumes. */
export type SuspendedBy = 'initiator' | 'operator';

const now = (): string => 'clock_timestamp()';

/** A federation of twins (FM-FE), or the last state of one that was dissolved. */
@Entity('federation')
@Check('federation_access', `access IN ('private', 'listed')`)
@Check('federation_state', `state IN ('DRAFT', 'FORMING', 'ACTIVE', 'DEGRADED', 'SUSPENDED', 'DISSOLVING', 'DISSOLVED')`)
@Check('federation_suspended_by', `(state = 'SUSPENDED') = (suspended_by IS NOT NULL) AND suspended_by IN ('initiator', 'operator')`)
@Index('federation_by_organization', { synchronize: false })
@Index('federation_listed', { synchronize: false })
export class Federation {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'federation_pkey' })
  id!: FederationId;

  /** How often the id has been created, from 1. */
  @Column({ type: 'integer', default: 1 })
  incarnation!: number;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text' })
  purpose!: string;

  @Column({ type: 'text', collation: 'C' })
  initiator!: TwinId;

  @Column({ type: 'text', name: 'initiator_organization', collation: 'C' })
  initiatorOrganization!: OrganizationId;

  @Column({ type: 'text' })
  access!: FederationAccess;

  @Column({ type: 'text' })
  state!: FederationState;

  @Column({ type: 'text', name: 'suspended_by', nullable: true })
  suspendedBy!: SuspendedBy | null;

  /** Counts changes of name, purpose and access within the incarnation, from 1. */
  @Column({ type: 'integer', default: 1 })
  version!: number;

  /** Counts changes of its map of identifiers within the incarnation, from 1. */
  @Column({ type: 'integer', name: 'identifiers_version', default: 1 })
  identifiersVersion!: number;

  /** When the present state began. */
  @Column({ type: 'timestamptz', default: now })
  since!: Date;

  @Column({ type: 'timestamptz', name: 'created_at', default: now })
  createdAt!: Date;

  /** When name, purpose or access last changed. */
  @Column({ type: 'timestamptz', name: 'updated_at', default: now })
  updatedAt!: Date;
}
