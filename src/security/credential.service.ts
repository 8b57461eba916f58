import { Injectable } from '@nestjs/common';
import { isConstraint } from '../database/sqlstate.js';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import type { OrganizationId } from '../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, type Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit } from './audit.js';
import { hashSecret, isClientId, mintClientId, mintClientSecret } from './client-secret.js';
import type { CredentialHolder } from './credential-holder.js';
import { CredentialRepository, type ListedCredential } from './credential.repository.js';
import { organizationOf, type Principal } from './principal.js';

/** How many credentials an organization, or a twin, may have at a time. */
export const MAX_CREDENTIALS_EACH = 20;

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

function tooMany({ twin }: CredentialHolder): DomainError {
  return new DomainError(
    'state-conflict',
    `This ${twin === undefined ? 'organization' : 'twin'} has ${MAX_CREDENTIALS_EACH} credentials, the most there may be: delete one first.`,
  );
}

function nameTaken({ twin }: CredentialHolder, name = ''): DomainError {
  return new DomainError(
    'already-exists',
    `This ${twin === undefined ? 'organization' : 'twin'} has a credential named ${name}: delete that first, or choose another name.`,
    { pointer: '/name' },
  );
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
   * @param name what it is to be called, unique among the holder's: `^[a-z0-9][a-z0-9-]{0,31}$`
   * @throws DomainError `forbidden`, `not-found`, `already-exists`, `state-conflict` beyond {@link MAX_CREDENTIALS_EACH}
   */
  async create(principal: Principal, holder: CredentialHolder, name?: string, tx?: Transaction): Promise<IssuedCredential> {
    requireManages(principal, holder);
    const clientId = holder.twin === undefined ? mintClientId('org', holder.organization) : mintClientId('twin', holder.twin);
    const clientSecret = mintClientSecret();
    return this.uow.join(tx, async (tx) => {
      if ((await this.repository.lockAndCount(tx, holder)) >= MAX_CREDENTIALS_EACH) throw tooMany(holder);
      const draft = { clientId, name: name ?? null, holder, secretHash: hashSecret(clientSecret) };
      const credential = await this.repository.insert(tx, draft).catch((error: unknown) => {
        throw isConstraint(error, 'credential_of_organization') ? noSuchOrganization(holder.organization) : error;
      });
      if (credential === undefined) throw nameTaken(holder, name);
      this.note(tx, principal, holder, 'credential.create', credential);
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

  /**
   * Ends the credential and every token issued for it; it may be the caller's own.
   * @throws DomainError `forbidden`, `not-found`
   */
  async delete(principal: Principal, holder: CredentialHolder, clientIdOrName: string, tx?: Transaction): Promise<void> {
    requireManages(principal, holder);
    await this.uow.join(tx, async (tx) => {
      // Names have the form of client ids, too, so that anything else is known to be neither.
      const deleted = isClientId(clientIdOrName) ? await this.repository.delete(tx, holder, clientIdOrName) : undefined;
      if (deleted === undefined) throw new DomainError('not-found', 'There is no credential of this client id or name here.');
      tx.record({ kind: 'organization.changed', subject: holder.organization, data: { credentialDeleted: deleted.clientId } });
      this.note(tx, principal, holder, 'credential.delete', deleted);
    });
  }

  private note(
    tx: Transaction,
    principal: Principal,
    { organization, twin }: CredentialHolder,
    action: string,
    { clientId, name }: ListedCredential,
  ): void {
    const detail = { ...(twin === undefined ? {} : { twin }), ...(name === null ? {} : { name }) };
    const said = Object.keys(detail).length === 0 ? undefined : detail;
    this.audit.record(tx, { principal, action, subject: clientId, chain: organization, detail: said });
  }
}
