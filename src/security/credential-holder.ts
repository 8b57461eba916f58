import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';

/** Whom an organization's or twin's credential speaks for; `twin` undefined: the organization itself. */
export interface CredentialHolder {
  organization: OrganizationId;
  twin?: TwinId;
}

/** Advisory lock of a holder, apart from the other locks by its first number. */
const LOCK_HOLDER = 'SELECT pg_advisory_xact_lock(7206, hashtext($1))';

/**
 * The condition for the holder's credentials: $1 is its organization, $2 its twin or null. Both forms ride credential_by_holder; the second
 * parameter of the first is named only to have the same ones.
 */
export function heldBy({ twin }: CredentialHolder): string {
  return twin === undefined ? 'organization_id = $1 AND twin_id IS NULL AND $2::text IS NULL' : 'organization_id = $1 AND twin_id = $2';
}

/** Until the transaction ends, nobody else makes a credential for the holder, or ends all of its. */
export async function lockHolder(tx: Transaction, { organization, twin }: CredentialHolder): Promise<void> {
  await tx.query(LOCK_HOLDER, [twin ?? organization]);
}
