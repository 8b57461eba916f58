import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { OrganizationPrincipal, Principal } from '../../security/principal.js';

/** The consent of an organization to take over all twins of another that is offboarded. */
export interface TransferConsent {
  readonly from: OrganizationId;
  readonly givenAt: Date;
  readonly expiresAt: Date;
}

const COLUMNS = 'from_organization AS "from", given_at AS "givenAt", expires_at AS "expiresAt"';
const STANDS = 'expires_at > clock_timestamp()';

/** Consents given beforehand, so that an operator can hand over many twins at once. Every statement rides twin_transfer_consent_pkey. */
@Injectable()
export class TransferConsents {
  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** Consents for so many seconds from now; again, renews it. @throws DomainError `forbidden`, `state-conflict` for the caller's own */
  async give(principal: Principal, from: OrganizationId, seconds: number): Promise<TransferConsent> {
    const { organization, subject } = requireOrganization(principal);
    if (organization === from) throw new DomainError('state-conflict', 'An organization needs no consent to keep its own twins.');
    return this.uow.run(async (tx) => {
      const [consent] = await tx.query<TransferConsent>(
        `INSERT INTO twin_transfer_consent (to_organization, from_organization, given_by, given_at, expires_at)
         SELECT $1, $2, $3, now_, now_ + make_interval(secs => $4) FROM (SELECT clock_timestamp() AS now_) AS clock
         ON CONFLICT (to_organization, from_organization) DO UPDATE
           SET given_by = excluded.given_by, given_at = excluded.given_at, expires_at = excluded.expires_at
         RETURNING ${COLUMNS}`,
        [organization, from, subject, seconds],
      );
      if (consent === undefined) throw new Error('The consent was not stored.');
      this.audit.record(tx, { principal, action: 'transfer.consent', subject: from, detail: { until: consent.expiresAt.toISOString() } });
      return consent;
    });
  }

  /** Takes a consent back; without one, nothing happens. @throws DomainError `forbidden` */
  async withdraw(principal: Principal, from: OrganizationId): Promise<void> {
    const { organization } = requireOrganization(principal);
    await this.uow.run(async (tx) => {
      const ended = await tx.query(
        'DELETE FROM twin_transfer_consent WHERE to_organization = $1 AND from_organization = $2 RETURNING to_organization',
        [organization, from],
      );
      if (ended.length > 0) this.audit.record(tx, { principal, action: 'transfer.consent-withdraw', subject: from });
    });
  }

  /** The caller's consents that stand; at most 1,000. @throws DomainError `forbidden` */
  async list(principal: Principal): Promise<TransferConsent[]> {
    const { organization } = requireOrganization(principal);
    return this.database.query<TransferConsent>(
      `SELECT ${COLUMNS} FROM twin_transfer_consent WHERE to_organization = $1 AND ${STANDS} ORDER BY from_organization LIMIT 1000`,
      [organization],
    );
  }

  /** Whether `to` consents to take over the twins of `from`; locks the consent in a transaction. */
  async stands(to: OrganizationId, from: OrganizationId, tx?: Transaction): Promise<boolean> {
    const sql = `SELECT FROM twin_transfer_consent WHERE to_organization = $1 AND from_organization = $2 AND ${STANDS}`;
    return (await (tx ?? this.database).query(tx === undefined ? sql : `${sql} FOR SHARE`, [to, from])).length > 0;
  }
}

function requireOrganization(principal: Principal): OrganizationPrincipal {
  if (principal.kind === 'organization') return principal;
  throw new DomainError('forbidden', 'Only an organization consents to take over twins.');
}
