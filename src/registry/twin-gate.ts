import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { matches } from '../problems/entity-tag.js';
import { actsFor, type OrganizationPrincipal, type Principal, requireActsFor } from '../security/principal.js';
import { type LockedTwin, TwinRepository } from './twin.repository.js';
import type { Preconditions, TwinRecord } from './twin.js';

/** What stands under an id that somebody wants to register or replace: nothing yet, a tombstone of its own, or its own live twin; locked. */
export type Claim =
  | { readonly state: 'absent'; readonly principal: OrganizationPrincipal }
  | { readonly state: 'tombstone'; readonly principal: OrganizationPrincipal; readonly tombstone: LockedTwin }
  | { readonly state: 'live'; readonly twin: TwinRecord };

/** Settles who may change a registration, and takes its locks: twin, then twin_lease. */
@Injectable()
export class TwinGate {
  constructor(private readonly twins: TwinRepository) {}

  /** @throws DomainError `not-found` */
  async visible(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    const twin = await this.twins.findVisible(principal, id, tx);
    if (!twin) throw unknownTwin(id);
    return twin;
  }

  /**
   * The twin, locked, once the principal may change it and it is as expected.
   * @throws DomainError `not-found`, `forbidden`, `precondition-failed`
   */
  async own(tx: Transaction, principal: Principal, id: TwinId, preconditions: Preconditions): Promise<TwinRecord> {
    requireActsFor(principal, await this.visible(principal, id, tx));
    const locked = await this.twins.lock(tx, id);
    if (locked?.registration !== 'REGISTERED') throw unknownTwin(id);
    // It may have been transferred before the lock was had.
    requireActsFor(principal, locked);
    refuseUnlessExpected(locked, preconditions);
    return this.whole(tx, locked);
  }

  /**
   * What the principal would register or replace under the id.
   * @param onlyNew whether a live twin is in the way
   * @throws DomainError `already-exists`, `forbidden`, `precondition-failed`
   */
  async claim(tx: Transaction, principal: Principal, id: TwinId, preconditions: Preconditions, onlyNew: boolean): Promise<Claim> {
    if (principal.kind === 'operator')
      throw new DomainError('forbidden', 'An operator never acts for a twin: its organization registers it.');
    const found = await this.twins.lock(tx, id);
    if (found?.registration === 'REGISTERED') {
      if (onlyNew) throw taken(id);
      if (!actsFor(principal, found)) await this.refuseStranger(tx, principal, id);
      refuseUnlessExpected(found, preconditions);
      return { state: 'live', twin: await this.whole(tx, found) };
    }
    if (found && found.owner !== principal.organization) throw taken(id);
    if (principal.kind !== 'organization') {
      throw new DomainError('forbidden', 'Only an organization registers a twin that is not there yet.');
    }
    refuseUnlessExpected(undefined, preconditions);
    return found ? { state: 'tombstone', principal, tombstone: found } : { state: 'absent', principal };
  }

  private async whole(tx: Transaction, twin: LockedTwin): Promise<TwinRecord> {
    const leaseState = await this.twins.lockLease(tx, twin.id);
    if (!leaseState) throw new Error(`The twin ${twin.id} has no row in twin_lease.`);
    return { ...twin, ...leaseState };
  }

  private async refuseStranger(tx: Transaction, principal: Principal, id: TwinId): Promise<never> {
    if (!(await this.twins.findVisible(principal, id, tx))) throw taken(id);
    throw new DomainError('forbidden', `The token does not act for ${id}: its organization and itself do.`);
  }
}

/** The refusal of what is not there, or not shown. */
export function unknownTwin(id: TwinId): DomainError {
  return new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`);
}

function taken(id: TwinId): DomainError {
  return new DomainError(
    'already-exists',
    `The identifier ${id} is in use. PUT replaces a twin of one's own; another twin needs another id.`,
  );
}

function refuseUnlessExpected(twin: LockedTwin | undefined, { expected, unexpected, absent }: Preconditions): void {
  if (expected !== undefined && (twin === undefined || !matches(twin, expected))) {
    throw new DomainError(
      'precondition-failed',
      'The twin is not in the state that If-Match names: read it again and repeat the change on that.',
    );
  }
  if (absent === true && twin !== undefined) {
    throw new DomainError('precondition-failed', 'The twin exists already, and If-None-Match: * asked for it not to.');
  }
  if (unexpected !== undefined && twin !== undefined && matches(twin, unexpected)) {
    throw new DomainError('precondition-failed', 'The twin is in a state that If-None-Match names.');
  }
}
