import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import type { Audit } from './audit.js';
import { type CredentialHolder, heldBy, lockHolder } from './credential-holder.js';
import type { Principal } from './principal.js';

/**
 * Ends every credential of a twin and the tokens issued for them, with the transaction that deregisters it. The caller has settled that the
 * principal may do that.
 */
export async function endTwinCredentials(
  tx: Transaction,
  audit: Audit,
  principal: Principal,
  holder: CredentialHolder & { twin: TwinId },
): Promise<void> {
  const { organization, twin } = holder;
  // One that is being made right now is waited for; one that comes later finds the twin gone (see TwinCredentialService).
  await lockHolder(tx, holder);
  const ended = await tx.query(`DELETE FROM credential WHERE ${heldBy(holder)} RETURNING client_id`, [organization, twin]);
  if (ended.length === 0) return;
  tx.record({ kind: 'organization.changed', subject: organization, data: { credentialsEndedOf: twin } });
  audit.record(tx, { principal, action: 'credential.end', subject: twin, chain: organization, detail: { twin } });
}
