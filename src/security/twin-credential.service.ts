import { Inject, Injectable } from '@nestjs/common';
import type { TwinId } from '../kernel/ids.js';
import type { Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import type { CredentialHolder, ListedCredential } from './credential.repository.js';
import { CredentialService, type IssuedCredential } from './credential.service.js';
import type { Principal } from './principal.js';
import { TWIN_OWNERSHIP, type TwinOwnership } from './twin-ownership.js';

/** Credentials that let a twin act for itself alone, managed by the organization that owns it. */
@Injectable()
export class TwinCredentialService {
  constructor(
    private readonly credentials: CredentialService,
    @Inject(TWIN_OWNERSHIP) private readonly ownership: TwinOwnership,
  ) {}

  /** @throws DomainError `not-found`, `forbidden` */
  async create(principal: Principal, twin: TwinId): Promise<IssuedCredential> {
    return this.credentials.create(principal, await this.holder(principal, twin));
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, twin: TwinId, limit?: number, cursor?: string): Promise<Page<ListedCredential>> {
    return this.credentials.list(principal, await this.holder(principal, twin), limit, cursor);
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async delete(principal: Principal, twin: TwinId, clientId: string): Promise<void> {
    await this.credentials.delete(principal, await this.holder(principal, twin), clientId);
  }

  private async holder(principal: Principal, twin: TwinId): Promise<CredentialHolder> {
    const organization = await this.ownership.ownerOf(twin, principal);
    if (organization === undefined) throw new DomainError('not-found', `There is no twin ${twin}, or the caller may not see it.`);
    return { organization, twin };
  }
}
