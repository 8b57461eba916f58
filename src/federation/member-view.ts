import { Injectable } from '@nestjs/common';
import type { FederationId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { organizationOf, type Principal } from '../security/principal.js';
import type { FederationMember } from './federation-member.entity.js';
import type { Federation } from './federation.entity.js';
import { FederationGate } from './federation-gate.js';
import { MemberRepository } from './member.repository.js';

/**
 * Who may see whom inside a federation. Operators, the initiator's organization and those with a JOINED or INVITED twin see every member;
 * to others, who see the federation only because it is listed, it shows the members that they may see anyway.
 */
@Injectable()
export class MemberView {
  constructor(
    private readonly gate: FederationGate,
    private readonly members: MemberRepository,
  ) {}

  /** Those of the members that the principal may see. */
  async visible(principal: Principal, federation: Federation, members: readonly FederationMember[]): Promise<FederationMember[]> {
    if (await this.seesAll(principal, federation)) return [...members];
    const seen = await Promise.all(members.map((member) => this.gate.sees(principal, member.twin)));
    return members.filter((_, index) => seen[index]);
  }

  /**
   * The federation, for those who are in it: its initiator's organization, those with a JOINED twin, operators.
   * @param what of the federation it is that others may not see
   * @throws DomainError `not-found`
   */
  async admit(principal: Principal, id: FederationId, what: string): Promise<Federation> {
    const federation = await this.gate.read(principal, id);
    const organization = organizationOf(principal);
    if (organization === undefined || organization === federation.initiatorOrganization) return federation;
    if (await this.members.isMember(id, organization)) return federation;
    throw new DomainError('not-found', `There is no federation ${id} whose ${what} you may see.`);
  }

  private async seesAll(principal: Principal, federation: Federation): Promise<boolean> {
    const organization = organizationOf(principal);
    if (organization === undefined || organization === federation.initiatorOrganization) return true;
    return this.members.isInside(federation.id, organization);
  }
}
