import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AdaptationPlan, ProfiledNeed } from '../adaptor/plan/adaptation-plan.js';
import type { ConnectionId, FederationId, OrganizationId, TwinId } from '../kernel/ids.js';
import type { FeatureSpec } from '../registry/twin.js';
import type { ConnectionTerms } from './adaptation/terms-of-plan.js';
import type { ConnectionState } from './connection-state.js';

/** A feature that a connection is for: what it looked like when the connection was requested, and whose it is. */
export type ConnectedFeature = FeatureSpec & { readonly twin: TwinId };

/** The form in which a side of a connection wants to receive, and whose it is. */
export type ConnectedNeed = ProfiledNeed & { readonly twin: TwinId };

const now = (): string => 'clock_timestamp()';

/** A connection between two members of a federation (FC-FE), or the last state of one that has ended. */
@Entity('connection')
@Check('connection_two_twins', 'requester <> responder')
@Check('connection_state', `state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST', 'REJECTED', 'EXPIRED', 'RELEASED')`)
@Check('connection_planned', `state NOT IN ('CONNECTED', 'SUSPENDED', 'LOST') OR plan IS NOT NULL`)
@Index('connection_by_federation', { synchronize: false })
@Index('connection_by_requester', { synchronize: false })
@Index('connection_by_responder', { synchronize: false })
@Index('connection_by_requester_organization', { synchronize: false })
@Index('connection_by_responder_organization', { synchronize: false })
@Index('connection_open_pair', { synchronize: false })
@Index('connection_expiring', { synchronize: false })
export class Connection {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'connection_pkey' })
  id!: ConnectionId;

  /** How often the id has been requested, from 1. */
  @Column({ type: 'integer', default: 1 })
  incarnation!: number;

  @Column({ type: 'text', name: 'federation_id', collation: 'C' })
  federationId!: FederationId;

  @Column({ type: 'text', collation: 'C' })
  requester!: TwinId;

  @Column({ type: 'text', name: 'requester_organization', collation: 'C' })
  requesterOrganization!: OrganizationId;

  @Column({ type: 'text', collation: 'C' })
  responder!: TwinId;

  @Column({ type: 'text', name: 'responder_organization', collation: 'C' })
  responderOrganization!: OrganizationId;

  @Column({ type: 'jsonb' })
  features!: ConnectedFeature[];

  /** The needs of both sides, as they were when the features were. */
  @Column({ type: 'jsonb', default: [] })
  needs!: ConnectedNeed[];

  /** What people set for its plan. */
  @Column({ type: 'jsonb', default: {} })
  terms!: ConnectionTerms;

  /** Made when the connection is accepted. */
  @Column({ type: 'jsonb', nullable: true })
  plan!: AdaptationPlan | null;

  /** The plan's version; 0 while there is none. */
  @Column({ type: 'integer', name: 'plan_version', default: 0 })
  planVersion!: number;

  @Column({ type: 'text' })
  state!: ConnectionState;

  /** Why the present state began, in somebody's words. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** When the present state began. */
  @Column({ type: 'timestamptz', default: now })
  since!: Date;

  /** When the request runs out; means nothing once it is answered. */
  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', name: 'created_at', default: now })
  createdAt!: Date;
}
