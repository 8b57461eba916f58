import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import { endTwinCredentials } from '../../security/end-twin-credentials.js';
import type { Principal } from '../../security/principal.js';
import { mergeIntoTwin } from '../twin-patch.js';
import { type TwinSubmission, TwinSubmissions } from '../twin-submission.js';
import { TwinRepository } from '../twin.repository.js';
import type { TwinRecord } from '../twin.js';
import { OwnershipFollowers } from './ownership-followers.js';

/**
 * The one way in which a twin changes hands, with the consent of both sides settled by the caller. The twin stays the same: its id, history, lease,
 * inbox, federations and connections stay; whose it is changes, everywhere in one transaction, as a new version with the same profile.
 */
@Injectable()
export class TwinHandover {
  constructor(
    private readonly twins: TwinRepository,
    private readonly submissions: TwinSubmissions,
    private readonly followers: OwnershipFollowers,
    private readonly audit: Audit,
  ) {}

  /** The live twin, locked with its lease; undefined when there is none. */
  async lock(tx: Transaction, id: TwinId): Promise<TwinRecord | undefined> {
    const locked = await this.twins.lock(tx, id);
    if (locked?.registration !== 'REGISTERED') return undefined;
    const leaseState = await this.twins.lockLease(tx, id);
    return leaseState && { ...locked, ...leaseState };
  }

  /**
   * Makes `to` the owner of a twin that {@link lock} gave. Its place in a set and its credentials end.
   * @throws DomainError `state-conflict` with `errors` when the profile does not hold for `to`, such as a `$ref` to a schema that only the former
   * owner has
   */
  async handOver(tx: Transaction, principal: Principal, twin: TwinRecord, to: OrganizationId, detail: object = {}): Promise<TwinRecord> {
    const { id, owner: from } = twin;
    const submission = await this.holdsFor(twin, to);
    const written = await this.twins.replace(tx, { ...twin, owner: to, registration: 'REGISTERED' }, submission, principal);
    // Rides twin_circle_pkey and twin_set_member_pkey.
    await tx.query('UPDATE twin_circle SET organization = $2 WHERE twin_id = $1', [id, to]);
    await tx.query('DELETE FROM twin_set_member WHERE twin_id = $1', [id]);
    await endTwinCredentials(tx, this.audit, principal, { organization: from, twin: id });
    for (const follower of this.followers.all) await follower.handOver(tx, { twin: id, from, to });
    const revision = { incarnation: written.incarnation, version: written.version };
    tx.record({ kind: 'twin.transferred', subject: id, data: { owner: to, from, to, ...revision } });
    for (const chain of [from, to]) {
      this.audit.record(tx, { principal, action: 'twin.transfer', subject: id, chain, detail: { from, to, ...revision, ...detail } });
    }
    return { ...twin, ...written, owner: to, profile: submission.profile };
  }

  /** The profile as `to` would submit it. */
  private async holdsFor(twin: TwinRecord, to: OrganizationId): Promise<TwinSubmission> {
    try {
      return await this.submissions.read(mergeIntoTwin(twin, {}).dto, to);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw new DomainError(
        'state-conflict',
        `${twin.id} cannot become a twin of ${to}: its profile does not hold there. ${error.detail}`,
        {
          errors: error.errors,
          cause: error,
        },
      );
    }
  }
}
