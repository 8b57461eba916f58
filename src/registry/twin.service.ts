import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { mintUrn, parseTwinId, type TwinId } from '../kernel/ids.js';
import { clampLimit, type Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { type Principal, requireActsFor } from '../security/principal.js';
import { brokenFeatures, ChangeImpacts, refuseBreaking } from './impact/change-impact.js';
import type { ListTwinsDto } from './dto/list-twins.dto.js';
import type { TwinProfileDto } from './dto/twin-profile.dto.js';
import { SqlConditions } from './sql-conditions.js';
import { type TwinChange, TwinChanges } from './twin-changes.js';
import { TwinGate, unknownTwin } from './twin-gate.js';
import { pageAfter, readCursor } from './twin-page.js';
import { mergeIntoTwin } from './twin-patch.js';
import type { TwinSubmission } from './twin-submission.js';
import { requireSameId, TwinSubmissionReader } from './twin-submission-reader.js';
import { type LeaseState, TwinRepository } from './twin.repository.js';
import type { Lease, Preconditions, RegistrationOutcome, TwinRecord } from './twin.js';
import { restrictToVisible } from './visibility.js';

/** How a change is made. */
export interface ChangeOptions {
  /** The owner wants it although it breaks, or may break, who uses a feature. */
  readonly force?: boolean;
}

/**
 * DTR-FE, digital twin registration (Y.4489; behaviour graded P). Each method that changes something joins the transaction it is given.
 * Failures common to all: `not-found` for what the principal may not see, `forbidden` for what it may see but not change.
 */
@Injectable()
export class TwinService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinRepository,
    private readonly gate: TwinGate,
    private readonly changes: TwinChanges,
    private readonly impacts: ChangeImpacts,
    private readonly submissions: TwinSubmissionReader,
  ) {}

  /**
   * Registers a new twin of the caller's organization, under the id given or a minted one; after a deregistration, its next incarnation.
   * @throws DomainError `validation-failed`, `payload-too-large`, `already-exists`, `forbidden`
   */
  async register(principal: Principal, dto: TwinProfileDto, tx?: Transaction): Promise<RegistrationOutcome> {
    const id = parseTwinId(dto.id ?? mintUrn());
    const submission = await this.submissions.readFor(principal, dto);
    return this.uow.join(tx, (within) => this.put(within, principal, id, submission, {}, { onlyNew: true }));
  }

  /**
   * Registers or replaces the twin of this id. A profile that says the same as before changes nothing; a lease in it is renewed.
   * @throws DomainError `validation-failed`, `payload-too-large`, `precondition-failed`, `already-exists`, `breaking-change`, `forbidden`
   */
  async replace(
    principal: Principal,
    id: TwinId,
    dto: TwinProfileDto,
    preconditions: Preconditions = {},
    tx?: Transaction,
    options: ChangeOptions = {},
  ): Promise<RegistrationOutcome> {
    requireSameId(dto, id);
    const submission = await this.submissions.readFor(principal, dto);
    return this.uow.join(tx, (within) => this.put(within, principal, id, submission, preconditions, options));
  }

  /**
   * Applies an RFC 7396 merge patch to the twin as it is shown; what is read-only may be repeated but not changed.
   * @throws DomainError `validation-failed`, `payload-too-large`, `precondition-failed`, `breaking-change`, `not-found`, `forbidden`
   */
  async patch(
    principal: Principal,
    id: TwinId,
    patch: unknown,
    preconditions: Preconditions = {},
    tx?: Transaction,
    options: ChangeOptions = {},
  ): Promise<RegistrationOutcome> {
    return this.uow.join(tx, async (within) => {
      const current = await this.gate.own(within, principal, id, preconditions);
      const { dto, touchesLease } = mergeIntoTwin(current, patch);
      const submission = await this.submissions.read(dto, current.owner);
      return this.overwrite(within, principal, current, { ...submission, keepLease: !touchesLease }, options);
    });
  }

  /**
   * Takes the twin out of the registry. A tombstone keeps the id for its owner. It is never refused for those who use the twin.
   * @throws DomainError `precondition-failed`, `not-found`, `forbidden`
   */
  async deregister(principal: Principal, id: TwinId, preconditions: Preconditions = {}, tx?: Transaction): Promise<void> {
    await this.uow.join(tx, async (within) => {
      await this.changes.entomb(within, principal, await this.gate.own(within, principal, id, preconditions));
    });
  }

  /**
   * Renews the lease from now, with another time to live if one is given; without a lease so far, begins one.
   * @throws DomainError `validation-failed` when there is no lease and no time given, `not-found`, `forbidden`
   */
  async renew(
    principal: Principal,
    id: TwinId,
    ttlSeconds?: number,
    toleranceSeconds?: number,
    tx?: Transaction,
  ): Promise<LeaseState & { lease: Lease }> {
    return this.uow.join(tx, async (within) => {
      requireActsFor(principal, await this.gate.visible(principal, id, within));
      const previous = await this.twins.lockLease(within, id);
      if (!previous) throw unknownTwin(id);
      const ttl = ttlSeconds ?? previous.lease?.ttlSeconds;
      if (ttl === undefined) {
        const errors = [{ pointer: '/ttlSeconds', detail: 'is required for a twin that has no lease yet' }];
        throw new DomainError('validation-failed', 'The twin has no lease: say for how many seconds it shall run.', {
          pointer: '/ttlSeconds',
          errors,
        });
      }
      const tolerance = toleranceSeconds ?? (ttlSeconds === undefined ? previous.ownToleranceSeconds : undefined);
      const { status, lease } = await this.changes.renew(within, id, previous.status, ttl, tolerance);
      if (!lease) throw new Error(`The lease of ${id} was not renewed.`);
      return { status, lease };
    });
  }

  /** @throws DomainError `not-found` */
  async read(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    return this.gate.visible(principal, id, tx);
  }

  /**
   * The twins that the principal may see, in order of id. By object of interest it rides twin_object_idx, by owner twin_owner_idx, by domain twin_domain_idx, otherwise twin_pkey
   * or, where few are visible, the indexes of the visibility predicate.
   */
  async list(principal: Principal, query: ListTwinsDto = {}): Promise<Page<TwinRecord>> {
    const { limit, cursor, ...filters } = query;
    const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
    restrictToVisible(where, principal, 'many');
    if (filters.owner !== undefined) where.and(`t.owner = ${where.bind(filters.owner)}`);
    if (filters.domain !== undefined) where.and(`t.domain = ${where.bind(filters.domain)}`);
    if (filters.objectOfInterest !== undefined) where.and(isAbout(where.bind(filters.objectOfInterest)));
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
    options: ChangeOptions & { onlyNew?: boolean },
  ): Promise<RegistrationOutcome> {
    for (;;) {
      const claim = await this.gate.claim(tx, principal, id, preconditions, options.onlyNew === true);
      if (claim.state === 'live') return this.overwrite(tx, principal, claim.twin, { ...submission, keepLease: false }, options);
      if (claim.state === 'tombstone') return this.changes.revive(tx, claim.principal, claim.tombstone, submission);
      const created = await this.changes.create(tx, claim.principal, id, submission);
      // Another caller was faster: its row is there by now.
      if (created) return created;
    }
  }

  private async overwrite(
    tx: Transaction,
    principal: Principal,
    current: TwinRecord,
    change: TwinChange,
    { force }: ChangeOptions,
  ): Promise<RegistrationOutcome> {
    const impact = await this.impacts.assess(tx, current.id, current.profile, change.profile);
    if (force !== true) refuseBreaking(impact);
    return this.changes.overwrite(tx, principal, current, { ...change, broken: brokenFeatures(impact) });
  }
}

/** Looked up on its own, so that no order or limit tempts the planner away from twin_object_idx. */
function isAbout(object: string): string {
  return `t.id = ANY (ARRAY(
    SELECT o.id FROM twin o WHERE o.registration = 'REGISTERED' AND o.profile -> 'objectOfInterest' @> jsonb_build_array(${object}::text)))`;
}
