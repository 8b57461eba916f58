import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { type OrganizationId, parseOrganizationId } from '../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, type Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit, SYSTEM_CHAIN } from './audit.js';
import { slugOf } from './client-secret.js';
import { OPERATOR_SUBJECT } from './credential-directory.js';
import { CredentialService, type IssuedCredential } from './credential.service.js';
import type { Organization } from './organization.entity.js';
import { OrganizationRepository } from './organization.repository.js';
import { OWN_ORGANIZATION } from './own-organization.js';
import { organizationOf, type Principal } from './principal.js';

const LIST = 'organizations';
/** Names that mean something else where organizations' ids stand. */
const RESERVED: readonly string[] = [SYSTEM_CHAIN, OPERATOR_SUBJECT, OWN_ORGANIZATION];

/** A name for a new organization, and its id if the caller chooses one. */
export interface NewOrganization {
  id?: string;
  name: string;
}

function notFound(id: string): DomainError {
  return new DomainError('not-found', `There is no organization ${id}, or the caller may not see it.`);
}

function requireOperator(principal: Principal): void {
  if (principal.kind !== 'operator') throw new DomainError('forbidden', 'Only an operator may do this.');
}

function hasLeft({ status }: Organization): boolean {
  return status === 'OFFBOARDING' || status === 'OFFBOARDED';
}

/** Organizations: created, suspended, resumed and let go by operators. */
@Injectable()
export class OrganizationService {
  constructor(
    private readonly repository: OrganizationRepository,
    private readonly credentials: CredentialService,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /**
   * Creates an organization with its first credential, whose secret is shown this once. Without an id, it is derived from the name.
   * @throws DomainError `forbidden`, `already-exists`; InvalidId
   */
  async create(
    principal: Principal,
    { id, name }: NewOrganization,
    tx?: Transaction,
  ): Promise<{ organization: Organization; credential: IssuedCredential }> {
    requireOperator(principal);
    const slug = parseOrganizationId(id ?? (slugOf(name) || `org-${randomBytes(4).toString('hex')}`));
    return this.uow.join(tx, async (tx) => {
      const organization = RESERVED.includes(slug) ? undefined : await this.repository.insert(tx, slug, name);
      if (organization === undefined) {
        throw new DomainError('already-exists', `The organization id ${slug} is taken; choose another.`, { pointer: '/id' });
      }
      this.audit.record(tx, { principal, action: 'organization.create', subject: slug, detail: { name }, chain: slug });
      return { organization, credential: await this.credentials.create(principal, { organization: slug }, undefined, tx) };
    });
  }

  /** @throws DomainError `not-found`, also to another organization */
  async read(principal: Principal, id: OrganizationId): Promise<Organization> {
    const own = organizationOf(principal);
    const organization = own === undefined || own === id ? await this.repository.find(id) : undefined;
    if (organization === undefined) throw notFound(id);
    return organization;
  }

  /** All organizations by id, for an operator. */
  async list(principal: Principal, limit?: number, cursor?: string): Promise<Page<Organization>> {
    requireOperator(principal);
    const size = clampLimit(limit);
    const after = cursor === undefined ? '' : String(decodeCursor(LIST, cursor)[0]);
    const rows = await this.repository.list(after, size + 1);
    const items = rows.slice(0, size);
    const last = items.at(-1);
    return { items, ...(rows.length > size && last !== undefined ? { next: encodeCursor(LIST, [last.id]) } : {}) };
  }

  /**
   * Suspends or resumes; repeating it changes nothing. From a suspension on, tokens of the organization and its twins are refused: at once
   * by this broker, within a second by the others. Their credentials stay.
   * @throws DomainError `forbidden`, `not-found`, `state-conflict` for one that leaves or has left
   */
  async setStatus(principal: Principal, id: OrganizationId, status: 'ACTIVE' | 'SUSPENDED', tx?: Transaction): Promise<Organization> {
    requireOperator(principal);
    return this.uow.join(tx, async (tx) => {
      const organization = await this.repository.lock(tx, id);
      if (organization === undefined) throw notFound(id);
      if (organization.status === status) return organization;
      if (hasLeft(organization)) throw new DomainError('state-conflict', `The organization ${id} is ${organization.status}.`);
      await this.repository.setStatus(tx, id, status);
      tx.record({ kind: 'organization.changed', subject: id, data: { status } });
      const action = status === 'SUSPENDED' ? 'organization.suspend' : 'organization.resume';
      this.audit.record(tx, { principal, action, subject: id, chain: id });
      return Object.assign(organization, { status });
    });
  }

  /**
   * Lets an organization leave: from now on nobody acts for it. Its credentials end when it has left.
   * @throws DomainError `forbidden`, `not-found`
   */
  async beginOffboarding(tx: Transaction, principal: Principal, id: OrganizationId): Promise<void> {
    requireOperator(principal);
    const organization = await this.repository.lock(tx, id);
    if (organization === undefined) throw notFound(id);
    if (hasLeft(organization)) return;
    await this.repository.setStatus(tx, id, 'OFFBOARDING');
    tx.record({ kind: 'organization.changed', subject: id, data: { status: 'OFFBOARDING' } });
    this.audit.record(tx, { principal, action: 'organization.offboard', subject: id, chain: id });
  }

  /** Ends the credentials of an organization that leaves and has nothing left; its id and its audit log stay. */
  async finishOffboarding(tx: Transaction, principal: Principal, id: OrganizationId): Promise<void> {
    requireOperator(principal);
    const organization = await this.repository.lock(tx, id);
    if (organization?.status !== 'OFFBOARDING') return;
    const credentials = await this.repository.endCredentials(tx, id);
    await this.repository.setStatus(tx, id, 'OFFBOARDED');
    tx.record({ kind: 'organization.changed', subject: id, data: { status: 'OFFBOARDED' } });
    this.audit.record(tx, { principal, action: 'organization.offboarded', subject: id, chain: id, detail: { credentials } });
  }

  /** How many credentials the organization and its twins have. */
  async countCredentials(id: OrganizationId): Promise<number> {
    return this.repository.countCredentials(id);
  }
}
