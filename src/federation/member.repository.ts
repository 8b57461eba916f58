import { Injectable } from '@nestjs/common';
import { type EntityManager, In, MoreThan } from 'typeorm';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { FederationId, OrganizationId, TwinId } from '../kernel/ids.js';
import { FederationMember } from './federation-member.entity.js';
import type { MemberState } from './member-state.js';

const INVOLVED: MemberState[] = ['INVITED', 'REQUESTED', 'JOINED'];

/** Persistence of memberships, all by federation_member_pkey. States are written by StateWriter alone. */
@Injectable()
export class MemberRepository {
  constructor(private readonly database: Database) {}

  /** The twin's membership, past ones included. */
  async find(tx: Transaction, federationId: FederationId, twin: TwinId): Promise<FederationMember | undefined> {
    return (await tx.manager.findOneBy(FederationMember, { federationId, twin })) ?? undefined;
  }

  /** Everyone JOINED, INVITED or REQUESTED, by twin. */
  involved(federationId: FederationId, tx?: Transaction): Promise<FederationMember[]> {
    return this.manager(tx).find(FederationMember, { where: { federationId, state: In(INVOLVED) }, order: { twin: 'ASC' } });
  }

  /** Up to `limit` memberships by twin, beyond `after`, in one state or in all. */
  list(federationId: FederationId, state: MemberState | undefined, after: string, limit: number): Promise<FederationMember[]> {
    const beyond = MoreThan(after as TwinId);
    const where = { federationId, twin: beyond, ...(state === undefined ? {} : { state }) };
    return this.manager().find(FederationMember, { where, order: { twin: 'ASC' }, take: limit });
  }

  /** Whether a twin of the organization is JOINED or INVITED; rides federation_member_by_organization. */
  async isInside(federationId: FederationId, organization: OrganizationId): Promise<boolean> {
    return this.manager().existsBy(FederationMember, { federationId, organization, state: In(['JOINED', 'INVITED']) });
  }

  /** Whether a twin of the organization is JOINED; rides federation_member_by_organization. */
  async isMember(federationId: FederationId, organization: OrganizationId): Promise<boolean> {
    return this.manager().existsBy(FederationMember, { federationId, organization, state: 'JOINED' });
  }

  /** Gives a member another role. The caller holds the federation's lock. */
  async saveRole(tx: Transaction, federationId: FederationId, twin: TwinId, role: string): Promise<void> {
    await tx.manager.update(FederationMember, { federationId, twin }, { role });
  }

  private manager(tx?: Transaction): EntityManager {
    return tx?.manager ?? this.database.dataSource.manager;
  }
}
