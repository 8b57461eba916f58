import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { OrganizationService } from '../../security/organization.service.js';
import type { OperatorPrincipal, Principal } from '../../security/principal.js';
import { OwnershipFollowers } from '../transfer/ownership-followers.js';
import { TransferConsents } from '../transfer/transfer-consents.js';
import type { Offboarding, OffboardingOrder, OffboardingPlan } from './offboarding.js';
import { OffboardingRepository } from './offboarding.repository.js';

/** How organizations leave: told before, then begun by an operator and carried out by {@link OffboardingWorker}. */
@Injectable()
export class OffboardingService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly organizations: OrganizationService,
    private readonly offboardings: OffboardingRepository,
    private readonly consents: TransferConsents,
    private readonly followers: OwnershipFollowers,
  ) {}

  /** What would happen; nothing does. @throws DomainError `forbidden`, `not-found` */
  async plan(principal: Principal, id: OrganizationId, order: OffboardingOrder): Promise<OffboardingPlan> {
    const operator = requireOperator(principal);
    await this.organizations.read(operator, id);
    const belongings = await Promise.all(this.followers.all.map((follower) => follower.belongings(id)));
    return {
      organization: id,
      order,
      ...(await this.offboardings.count(id)),
      credentials: await this.organizations.countCredentials(id),
      others: Object.assign({}, ...belongings) as OffboardingPlan['others'],
      obstacle: await this.obstacle(operator, id, order),
    };
  }

  /**
   * Begins. From now on nobody acts for the organization; brokers work off what it has. Begun in another way before, or blocked, it goes on in this one.
   * @throws DomainError `forbidden`, `not-found`, `state-conflict` when the receiver has not consented or is not active
   */
  async begin(principal: Principal, id: OrganizationId, order: OffboardingOrder): Promise<Offboarding> {
    const operator = requireOperator(principal);
    const known = await this.offboardings.find(id);
    if (known?.state !== 'DONE') {
      await this.organizations.read(operator, id);
      const obstacle = await this.obstacle(operator, id, order);
      if (obstacle !== undefined) throw new DomainError('state-conflict', obstacle, { pointer: '/to' });
      await this.uow.run(async (tx) => {
        await this.organizations.beginOffboarding(tx, operator, id);
        await this.offboardings.begin(tx, id, order, operator.subject);
      });
    }
    return this.read(operator, id);
  }

  /** How far it has come. @throws DomainError `forbidden`, `not-found` */
  async read(principal: Principal, id: OrganizationId): Promise<Offboarding> {
    requireOperator(principal);
    const offboarding = await this.offboardings.find(id);
    if (offboarding === undefined) throw new DomainError('not-found', `The organization ${id} is not leaving.`);
    return offboarding;
  }

  private async obstacle(operator: OperatorPrincipal, id: OrganizationId, { mode, to }: OffboardingOrder): Promise<string | undefined> {
    if (mode === 'deregister') return undefined;
    if (to === undefined || to === id) return 'Name another organization that shall have the twins.';
    const receiver = await this.organizations.read(operator, to).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'not-found') return undefined;
      throw error;
    });
    if (receiver?.status !== 'ACTIVE') return `There is no active organization ${to}.`;
    if (await this.consents.stands(to, id)) return undefined;
    return `${to} has not consented to take over the twins of ${id}: it does so by PUT /v1/transfers/consents/${id}.`;
  }
}

function requireOperator(principal: Principal): OperatorPrincipal {
  if (principal.kind === 'operator') return principal;
  throw new DomainError('forbidden', 'Only an operator lets organizations leave.');
}
