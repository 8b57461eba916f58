import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import { canonicalJson } from '../kernel/canonical-json.js';
import type { TwinId } from '../kernel/ids.js';
import { TwinCompositions } from './composition/twin-compositions.js';
import { departureNews, updateNews } from './feed/twin-news.js';
import { featureNews } from './feed/feature-news.js';
import { Audit } from '../security/audit.js';
import { endTwinCredentials } from '../security/end-twin-credentials.js';
import type { OrganizationPrincipal, Principal } from '../security/principal.js';
import type { LiveStatus } from './registration-status.js';
import type { TwinSubmission } from './twin-submission.js';
import { type LeaseState, type LockedTwin, TwinRepository } from './twin.repository.js';
import type { RegistrationOutcome, TwinRecord } from './twin.js';

/** A submission, and whether it speaks of the lease at all (a patch may leave it alone). */
export interface TwinChange extends TwinSubmission {
  readonly keepLease: boolean;
  /** Features that the change breaks by force; told by the audit log. */
  readonly broken?: readonly string[];
}

/**
 * How registrations change once the caller's right to it is settled: the row, its history, its lease, the news and the audit log, all in the
 * caller's transaction. The twin's row is locked by then.
 */
@Injectable()
export class TwinChanges {
  constructor(
    private readonly twins: TwinRepository,
    private readonly audit: Audit,
    private readonly compositions: TwinCompositions,
  ) {}

  /** Registers an id for the first time; undefined when another caller was faster. */
  async create(
    tx: Transaction,
    principal: OrganizationPrincipal,
    id: TwinId,
    submission: TwinSubmission,
  ): Promise<RegistrationOutcome | undefined> {
    const owner = principal.organization;
    const written = await this.twins.insert(tx, id, owner, submission, principal);
    return written && this.registered(tx, principal, { id, owner, ...written }, submission);
  }

  /** Registers the id of a tombstone again: its next incarnation. */
  async revive(
    tx: Transaction,
    principal: OrganizationPrincipal,
    tombstone: LockedTwin,
    submission: TwinSubmission,
  ): Promise<RegistrationOutcome> {
    const written = await this.twins.replace(tx, tombstone, submission, principal);
    return this.registered(tx, principal, { id: tombstone.id, owner: tombstone.owner, ...written }, submission);
  }

  /** Makes a new version of a live twin, unless its profile says the same already; with a lease, renews that. */
  async overwrite(tx: Transaction, principal: Principal, current: TwinRecord, change: TwinChange): Promise<RegistrationOutcome> {
    const leaseState = await this.leaseAfter(tx, current, change);
    if (canonicalJson(current.profile) === canonicalJson(change.profile)) {
      return { twin: { ...current, lease: undefined, ...leaseState }, change: 'unchanged' };
    }
    const forced = change.broken === undefined || change.broken.length === 0 ? {} : { broken: change.broken };
    const written = await this.twins.replace(tx, { ...current, registration: 'REGISTERED' }, change, principal);
    await this.compositions.write(tx, principal, current.id, change.profile.composition, current.profile.composition);
    tx.record({
      kind: 'twin.updated',
      subject: current.id,
      data: { ...updateNews(current.profile, change.profile), ...revisionOf(written) },
    });
    this.audit.record(tx, { principal, action: 'twin.update', subject: current.id, detail: { ...revisionOf(written), ...forced } });
    return { twin: { ...current, ...written, profile: change.profile, lease: undefined, ...leaseState }, change: 'replaced' };
  }

  /** Begins, renews or ends the lease of a live twin. */
  async renew(
    tx: Transaction,
    id: TwinId,
    previous: LiveStatus,
    ttlSeconds: number | undefined,
    toleranceSeconds?: number,
  ): Promise<LeaseState> {
    const state = await this.twins.putLease(tx, id, ttlSeconds, toleranceSeconds);
    this.tellStatus(tx, id, previous, state.status);
    return state;
  }

  /** Leaves only the tombstone; the twin's credentials end. */
  async entomb(tx: Transaction, principal: Principal, twin: TwinRecord): Promise<void> {
    const circles = await this.twins.entomb(tx, twin.id, principal);
    await this.compositions.remove(tx, twin.id);
    await endTwinCredentials(tx, this.audit, principal, { organization: twin.owner, twin: twin.id });
    tx.record({ kind: 'twin.deregistered', subject: twin.id, data: { ...departureNews(twin, circles), ...revisionOf(twin) } });
    this.audit.record(tx, { principal, action: 'twin.deregister', subject: twin.id, detail: revisionOf(twin) });
  }

  /** Records that a status changed, if it did. */
  tellStatus(tx: Transaction, id: TwinId, previous: LiveStatus, status: LiveStatus): void {
    if (previous !== status) tx.record({ kind: 'twin.status-changed', subject: id, data: { previous, status } });
  }

  private async registered(
    tx: Transaction,
    principal: OrganizationPrincipal,
    written: Omit<TwinRecord, 'profile' | 'status' | 'lease'>,
    { profile, ttlSeconds, toleranceSeconds }: TwinSubmission,
  ): Promise<RegistrationOutcome> {
    const leaseState = await this.twins.putLease(tx, written.id, ttlSeconds, toleranceSeconds);
    await this.compositions.write(tx, principal, written.id, profile.composition, undefined);
    tx.record({
      kind: 'twin.registered',
      subject: written.id,
      data: { features: featureNews([], profile.features), ...revisionOf(written) },
    });
    this.audit.record(tx, { principal, action: 'twin.register', subject: written.id, detail: revisionOf(written) });
    return { twin: { ...written, profile, ...leaseState }, change: 'created' };
  }

  private async leaseAfter(tx: Transaction, current: TwinRecord, change: TwinChange): Promise<LeaseState> {
    const hasNone = change.ttlSeconds === undefined && current.lease === undefined;
    if (change.keepLease || hasNone) return { status: current.status, lease: current.lease };
    return this.renew(tx, current.id, current.status, change.ttlSeconds, change.toleranceSeconds);
  }
}

function revisionOf({ incarnation, version }: { incarnation: number; version: number }): { incarnation: number; version: number } {
  return { incarnation, version };
}
