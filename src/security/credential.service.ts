import { Injectable } from '@nestjs/common';
import { isConstraint } from '../database/sqlstate.js';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, type Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit } from './audit.js';
import { hashSecret, isClientId, mintClientId, mintClientSecret } from './client-secret.js';
import { type CredentialHolder, CredentialRepository, type ListedCredential } from './credential.repository.js';
import { organizationOf, type Principal } from './principal.js';

/** A credential just created: the only time that its secret is shown. */
export interface IssuedCredential extends ListedCredential {
  clientSecret: string;
}

/**
 * Whether the principal may manage the holder's credentials. An organization's: an operator and the organization itself. A twin's: only the
 * organization that owns it, because whoever makes credentials can act under them.
 */
function requireManages(principal: Principal, { organization, twin }: CredentialHolder): void {
  const own = organizationOf(principal);
  if (principal.kind === 'organization' && own === organization) return;
  if (principal.kind === 'operator' && twin === undefined) return;
  if (own !== undefined && own !== organization && twin === undefined) throw noSuchOrganization(organization);
  throw new DomainError(
    'forbidden',
    `Only the ${twin === undefined ? 'organization itself' : 'owning organization'} may manage these credentials.`,
  );
}

function noSuchOrganization(id: OrganizationId): DomainError {
  return new DomainError('not-found', `There is no organization ${id}, or the caller may not see it.`);
}

/** Credentials of organizations and twins: several for each, so that one can be replaced by the next without a gap. */
@Injectable()
export class CredentialService {
  constructor(
    private readonly repository: CredentialRepository,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /**
   * For a twin's credential the caller has found out that `holder.organization` owns it.
   * @throws DomainError `forbidden`, `not-found`
   */
  async create(principal: Principal, holder: CredentialHolder, tx?: Transaction): Promise<IssuedCredential> {
    requireManages(principal, holder);
    const clientId = holder.twin === undefined ? mintClientId('org', holder.organization) : mintClientId('twin', holder.twin);
    const clientSecret = mintClientSecret();
    return this.uow.join(tx, async (tx) => {
      const credential = await this.repository.insert(tx, clientId, holder, hashSecret(clientSecret)).catch((error: unknown) => {
        throw isConstraint(error, 'credential_of_organization') ? noSuchOrganization(holder.organization) : error;
      });
      this.note(tx, principal, holder, 'credential.create', clientId);
      return { ...credential, clientSecret };
    });
  }

  /** By client id, without secrets. @throws DomainError `forbidden`, `not-found` */
  async list(principal: Principal, holder: CredentialHolder, limit?: number, cursor?: string): Promise<Page<ListedCredential>> {
    requireManages(principal, holder);
    const kind = `credentials:${holder.twin ?? holder.organization}`;
    const size = clampLimit(limit);
    const after = cursor === undefined ? '' : String(decodeCursor(kind, cursor)[0]);
    const rows = await this.repository.list(holder, after, size + 1);
    const items = rows.slice(0, size);
    const last = items.at(-1);
    return { items, ...(rows.length > size && last !== undefined ? { next: encodeCursor(kind, [last.clientId]) } : {}) };
  }

  /** Ends the credential and every token issued for it. @throws DomainError `forbidden`, `not-found` */
  async delete(principal: Principal, holder: CredentialHolder, clientId: string, tx?: Transaction): Promise<void> {
    requireManages(principal, holder);
    await this.uow.join(tx, async (tx) => {
      const deleted = isClientId(clientId) && (await this.repository.delete(tx, holder, clientId));
      if (!deleted) throw new DomainError('not-found', 'There is no such credential here.');
      tx.record({ kind: 'organization.changed', subject: holder.organization, data: { credentialDeleted: clientId } });
      this.note(tx, principal, holder, 'credential.delete', clientId);
    });
  }

  /** Ends every credential of a twin, and the tokens issued for them: for the registry, when the twin is deregistered. */
  async endTwin(principal: Principal, holder: CredentialHolder & { twin: TwinId }, tx: Transaction): Promise<void> {
    if ((await this.repository.deleteAll(tx, holder)) === 0) return;
    tx.record({ kind: 'organization.changed', subject: holder.organization, data: { credentialsEndedOf: holder.twin } });
    this.note(tx, principal, holder, 'credential.end', holder.twin);
  }

  private note(tx: Transaction, principal: Principal, holder: CredentialHolder, action: string, subject: string): void {
    const detail = holder.twin === undefined ? undefined : { twin: holder.twin };
    this.audit.record(tx, { principal, action, subject, chain: holder.organization, detail });
  }
}
