import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { FederationId, OrganizationId, TwinId } from '../kernel/ids.js';
import type { MemberState } from './member-state.js';

const now = (): string => 'clock_timestamp()';

/** What a twin is, or was, to a federation. In a dissolved federation the states stay as they were at its end. */
@Entity('federation_member')
@Check('federation_member_state', `state IN ('INVITED', 'REQUESTED', 'JOINED', 'LEFT', 'DECLINED', 'REMOVED')`)
@Index('federation_member_by_twin', { synchronize: false })
@Index('federation_member_by_organization', { synchronize: false })
export class FederationMember {
  @PrimaryColumn({ type: 'text', name: 'federation_id', collation: 'C', primaryKeyConstraintName: 'federation_member_pkey' })
  federationId!: FederationId;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'federation_member_pkey' })
  twin!: TwinId;

  /** The twin's owner. */
  @Column({ type: 'text', collation: 'C' })
  organization!: OrganizationId;

  /** Which registration of the twin this is about: a later one is another twin. */
  @Column({ type: 'integer' })
  incarnation!: number;

  @Column({ type: 'text' })
  role!: string;

  @Column({ type: 'text' })
  state!: MemberState;

  /** When the present state began. */
  @Column({ type: 'timestamptz', default: now })
  since!: Date;

  @Column({ type: 'timestamptz', name: 'created_at', default: now })
  createdAt!: Date;
}
