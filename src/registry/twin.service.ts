import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { mintUrn, parseTwinId, type TwinId } from '../kernel/ids.js';
import { clampLimit, type Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { actsFor, type OrganizationPrincipal, type Principal, requireActsFor } from '../security/principal.js';
import type { ListTwinsDto } from './dto/list-twins.dto.js';
import type { TwinProfileDto } from './dto/twin-profile.dto.js';
import { matches } from './entity-tag.js';
import { SqlConditions } from './sql-conditions.js';
import { TwinChanges } from './twin-changes.js';
import { pageAfter, readCursor } from './twin-page.js';
import { mergeIntoTwin } from './twin-patch.js';
import { type TwinSubmission, TwinSubmissions } from './twin-submission.js';
import { type LeaseState, type LockedTwin, TwinRepository } from './twin.repository.js';
import type { Lease, Preconditions, RegistrationOutcome, TwinRecord } from './twin.js';
import { restrictToVisible } from './visibility.js';

/**
 * DTR-FE, digital twin registration (Y.4489; behaviour graded P). Each method that changes something joins the transaction it is given.
 * Failures common to all: `not-found` for what the principal may not see, `forbidden` for what it may see but not change.
 */
@Injectable()
export class TwinService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinRepository,
    private readonly changes: TwinChanges,
    private readonly submissions: TwinSubmissions,
  ) {}

  /**
   * Registers a new twin of the caller's organization, under the id given or a minted one; after a deregistration, its next incarnation.
   * @throws DomainError `validation-failed`, `payload-too-large`, `already-exists`, `forbidden`
   */
  async register(principal: Principal, dto: TwinProfileDto, tx?: Transaction): Promise<RegistrationOutcome> {
    const id = parseTwinId(dto.id ?? mintUrn());
    const submission = await this.submissions.read(dto);
    return this.uow.join(tx, (within) => this.put(within, principal, id, submission, {}, true));
  }

  /**
   * Registers or replaces the twin of this id. A profile that says the same as before changes nothing; a lease in it is renewed.
   * @throws DomainError `validation-failed`, `payload-too-large`, `precondition-failed`, `already-exists`, `forbidden`
   */
  async replace(
    principal: Principal,
    id: TwinId,
    dto: TwinProfileDto,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<RegistrationOutcome> {
    if (dto.id !== undefined && dto.id !== id) {
      const errors = [{ pointer: '/id', detail: 'is not the id of the twin to be replaced' }];
      throw new DomainError('validation-failed', 'The id in the profile is not the id of the twin to be replaced.', {
        pointer: '/id',
        errors,
      });
    }
    const submission = await this.submissions.read(dto);
    return this.uow.join(tx, (within) => this.put(within, principal, id, submission, preconditions, false));
  }

  /**
   * Applies an RFC 7396 merge patch to the twin as it is shown; what is read-only may be repeated but not changed.
   * @throws DomainError `validation-failed`, `payload-too-large`, `precondition-failed`, `not-found`, `forbidden`
   */
  async patch(
    principal: Principal,
    id: TwinId,
    patch: unknown,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<RegistrationOutcome> {
    return this.uow.join(tx, async (within) => {
      const current = await this.own(within, principal, id, preconditions);
      const { dto, touchesLease } = mergeIntoTwin(current, patch);
      return this.changes.overwrite(within, principal, current, { ...(await this.submissions.read(dto)), keepLease: !touchesLease });
    });
  }

  /**
   * Takes the twin out of the registry. A tombstone keeps the id for its owner.
   * @throws DomainError `precondition-failed`, `not-found`, `forbidden`
   */
  async deregister(principal: Principal, id: TwinId, preconditions: Preconditions = {}, tx?: Transaction): Promise<void> {
    await this.uow.join(tx, async (within) => {
      await this.changes.entomb(within, principal, await this.own(within, principal, id, preconditions));
    });
  }

  /**
   * Renews the lease from now, with another time to live if one is given; without a lease so far, begins one.
   * @throws DomainError `validation-failed` when there is no lease and no time given, `not-found`, `forbidden`
   */
  async renew(principal: Principal, id: TwinId, ttlSeconds?: number, tx?: Transaction): Promise<LeaseState & { lease: Lease }> {
    return this.uow.join(tx, async (within) => {
      requireActsFor(principal, await this.visible(principal, id, within));
      const previous = await this.twins.lockLease(within, id);
      if (!previous) throw unknown(id);
      const ttl = ttlSeconds ?? previous.lease?.ttlSeconds;
      if (ttl === undefined) {
        const errors = [{ pointer: '/ttlSeconds', detail: 'is required for a twin that has no lease yet' }];
        throw new DomainError('validation-failed', 'The twin has no lease: say for how many seconds it shall run.', {
          pointer: '/ttlSeconds',
          errors,
        });
      }
      const { status, lease } = await this.changes.renew(within, id, previous.status, ttl);
      if (!lease) throw new Error(`The lease of ${id} was not renewed.`);
      return { status, lease };
    });
  }

  /** @throws DomainError `not-found` */
  async read(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    return this.visible(principal, id, tx);
  }

  /**
   * The twins that the principal may see, in order of id. By owner it rides twin_owner_idx, by domain twin_domain_idx, otherwise twin_pkey
   * or, where few are visible, the indexes of the visibility predicate.
   */
  async list(principal: Principal, query: ListTwinsDto = {}): Promise<Page<TwinRecord>> {
    const { limit, cursor, ...filters } = query;
    const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
    restrictToVisible(where, principal, 'many');
    if (filters.owner !== undefined) where.and(`t.owner = ${where.bind(filters.owner)}`);
    if (filters.domain !== undefined) where.and(`t.domain = ${where.bind(filters.domain)}`);
    if (filters.status !== undefined) where.and(`l.status = ANY (${where.bind(filters.status)}::text[])`);
    if (cursor !== undefined) where.and(`t.id > ${where.bind(readCursor('twins', filters, cursor))}`);
    const { twins, more } = await this.twins.page(where, clampLimit(limit));
    return pageAfter('twins', filters, twins, more ? twins.at(-1)?.id : undefined);
  }

  private async put(
    tx: Transaction,
    principal: Principal,
    id: TwinId,
    submission: TwinSubmission,
    preconditions: Preconditions,
    onlyNew: boolean,
  ): Promise<RegistrationOutcome> {
    if (principal.kind === 'operator')
      throw new DomainError('forbidden', 'An operator never acts for a twin: its organization registers it.');
    const found = (await this.twins.lock(tx, id)) ?? (await this.create(tx, principal, id, submission, preconditions));
    if ('change' in found) return found;
    if (found.registration === 'DEREGISTERED') {
      if (found.owner !== principal.organization) throw taken(id);
      refuseUnlessExpected(undefined, preconditions);
      return this.changes.revive(tx, requireOrganization(principal), found, submission);
    }
    if (onlyNew) throw taken(id);
    if (!actsFor(principal, found)) await this.refuseStranger(tx, principal, id);
    refuseUnlessExpected(found, preconditions);
    return this.changes.overwrite(tx, principal, await this.whole(tx, found), { ...submission, keepLease: false });
  }

  /** The first registration; when another caller was faster, its row, locked. */
  private async create(
    tx: Transaction,
    principal: Principal,
    id: TwinId,
    submission: TwinSubmission,
    preconditions: Preconditions,
  ): Promise<RegistrationOutcome | LockedTwin> {
    const organization = requireOrganization(principal);
    refuseUnlessExpected(undefined, preconditions);
    const outcome = (await this.changes.create(tx, organization, id, submission)) ?? (await this.twins.lock(tx, id));
    if (!outcome) throw new Error(`The twin ${id} was neither inserted nor found.`);
    return outcome;
  }

  private async visible(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    const twin = await this.twins.findVisible(principal, id, tx);
    if (!twin) throw unknown(id);
    return twin;
  }

  /** The twin, locked, once the principal may change it and it is as expected. */
  private async own(tx: Transaction, principal: Principal, id: TwinId, preconditions: Preconditions): Promise<TwinRecord> {
    requireActsFor(principal, await this.visible(principal, id, tx));
    const locked = await this.twins.lock(tx, id);
    if (locked?.registration !== 'REGISTERED') throw unknown(id);
    refuseUnlessExpected(locked, preconditions);
    return this.whole(tx, locked);
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

function unknown(id: TwinId): DomainError {
  return new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`);
}

function taken(id: TwinId): DomainError {
  return new DomainError(
    'already-exists',
    `The identifier ${id} is in use. PUT replaces a twin of one's own; another twin needs another id.`,
  );
}

function requireOrganization(principal: Principal): OrganizationPrincipal {
  if (principal.kind === 'organization') return principal;
  throw new DomainError('forbidden', 'Only an organization registers a twin that is not there yet.');
}

function refuseUnlessExpected(twin: LockedTwin | undefined, { expected, absent }: Preconditions): void {
  if (expected !== undefined && (twin === undefined || !matches(twin, expected))) {
    throw new DomainError(
      'precondition-failed',
      'The twin is not in the state that If-Match names: read it again and repeat the change on that.',
    );
  }
  if (absent === true && twin !== undefined) {
    throw new DomainError('precondition-failed', 'The twin exists already, and If-None-Match: * asked for it not to.');
  }
}
