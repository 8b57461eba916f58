import { Inject, Injectable } from '@nestjs/common';
import type { TwinId } from '../kernel/ids.js';
import type { Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import type { CredentialHolder } from './credential-holder.js';
import type { ListedCredential } from './credential.repository.js';
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

  /** @throws DomainError `not-found`, `forbidden`, `already-exists`, `state-conflict` when the twin has the most there may be */
  async create(principal: Principal, twin: TwinId, name?: string): Promise<IssuedCredential> {
    const holder = await this.holder(principal, twin);
    const credential = await this.credentials.create(principal, holder, name);
    // A deregistration or a handover that came between ended the twin's credentials before this one was there.
    if ((await this.ownership.ownerOf(twin, principal)) === holder.organization) return credential;
    await this.credentials.delete(principal, holder, credential.clientId);
    throw unknown(twin);
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, twin: TwinId, limit?: number, cursor?: string): Promise<Page<ListedCredential>> {
    return this.credentials.list(principal, await this.holder(principal, twin), limit, cursor);
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async delete(principal: Principal, twin: TwinId, clientIdOrName: string): Promise<void> {
    await this.credentials.delete(principal, await this.holder(principal, twin), clientIdOrName);
  }

  private async holder(principal: Principal, twin: TwinId): Promise<CredentialHolder> {
    const organization = await this.ownership.ownerOf(twin, principal);
    if (organization === undefined) throw unknown(twin);
    return { organization, twin };
  }
}

function unknown(twin: TwinId): DomainError {
  return new DomainError('not-found', `There is no twin ${twin}, or the caller may not see it.`);
}
