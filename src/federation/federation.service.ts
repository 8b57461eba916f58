import { Inject, Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { type FederationId, mintUrn, parseFederationId, parseTwinId } from '../kernel/ids.js';
import type { Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import type { DirectoryTwin } from '../registry/twin-directory.js';
import { matches } from '../problems/entity-tag.js';
import type { Preconditions } from '../registry/twin.js';
import { Audit } from '../security/audit.js';
import { type Principal, requireActsFor } from '../security/principal.js';
import {
  type CreateFederationDto,
  INITIATOR_ROLE,
  type PatchFederationDto,
  type ReplaceFederationDto,
} from './dto/federation-input.dto.js';
import { federationWire } from './dto/federation.dto.js';
import type { ListFederationsDto } from './dto/list-query.dto.js';
import { FederationGate, requireInitiator } from './federation-gate.js';
import { FederationLifecycle } from './federation-lifecycle.js';
import type { Federation } from './federation.entity.js';
import { type FederationFilter, type FederationProfile, FederationRepository } from './federation.repository.js';
import { isOpenFederation } from './federation-state.js';
import { pageById } from './id-page.js';
import { MemberRepository } from './member.repository.js';
import { MemberService } from './member.service.js';
import { PEER_NOTIFIER, type PeerNotifier } from './peer-notifier.js';
import { StateWriter } from './state-writer.js';

/** A federation after a request, and what that request did to it. */
export interface FederationOutcome {
  readonly federation: Federation;
  readonly change: 'created' | 'replaced' | 'unchanged';
}

/**
 * FM-FE, federation management (Y.4489; behaviour graded P): forming and changing. Failures common to all: `not-found` for what the
 * principal may not see, `forbidden` for what it may see but not do.
 */
@Injectable()
export class FederationService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: FederationGate,
    private readonly federations: FederationRepository,
    private readonly members: MemberRepository,
    private readonly seats: MemberService,
    private readonly lifecycle: FederationLifecycle,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /**
   * Forms a federation, with its first invitations if there are any; over a dissolved one of the same organization, its next incarnation.
   * @throws DomainError `already-exists`, `not-found` (initiator or invited twin, by pointer), `forbidden`
   */
  async create(principal: Principal, dto: CreateFederationDto, tx?: Transaction): Promise<Federation> {
    const id = parseFederationId(dto.id ?? mintUrn());
    const initiator = await this.initiator(principal, dto.initiator);
    const invited = await this.seats.lookUp(principal, dto.invitations ?? []);
    return this.uow.join(tx, async (within) => {
      const created = await this.form(within, principal, id, initiator, profileOf(dto));
      if (created === undefined)
        throw new DomainError('already-exists', `The id ${id} is in use by another federation.`, { pointer: '/id' });
      return this.seats.inviteAll(within, principal, created, invited);
    });
  }

  /**
   * Forms the federation or, if it is open, gives it this profile. Its initiator changes by handing over alone.
   * @throws DomainError `already-exists` for an id that another organization holds, `state-conflict` for another initiator, `not-found`, `forbidden`
   */
  async replace(
    principal: Principal,
    id: FederationId,
    dto: ReplaceFederationDto,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<FederationOutcome> {
    const initiator = await this.initiator(principal, dto.initiator, id);
    return this.uow.join(tx, async (within) => {
      const present = await this.federations.lockVisible(within, principal, id);
      const open = present !== undefined && isOpenFederation(present.state) ? present : undefined;
      refuseUnlessExpected(open, preconditions);
      const created = open === undefined ? await this.form(within, principal, id, initiator, profileOf(dto)) : undefined;
      if (created !== undefined) return { federation: created, change: 'created' };
      const federation = open ?? (await this.federations.lockVisible(within, principal, id));
      if (federation === undefined || !isOpenFederation(federation.state)) {
        throw new DomainError('already-exists', `The id ${id} is in use by another organization's federation.`);
      }
      requireInitiator(principal, federation);
      if (federation.initiator !== initiator.id) {
        throw new DomainError('state-conflict', `The initiator is ${federation.initiator}; another takes over by hand-over.`, {
          pointer: '/initiator',
        });
      }
      return this.saveProfile(within, principal, federation, profileOf(dto));
    });
  }

  /**
   * Changes name, purpose or access.
   * @throws DomainError `precondition-failed`, `state-conflict` when dissolved, `not-found`, `forbidden`
   */
  async update(
    principal: Principal,
    id: FederationId,
    patch: PatchFederationDto,
    preconditions: Preconditions,
    tx?: Transaction,
  ): Promise<FederationOutcome> {
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      requireInitiator(principal, federation);
      refuseUnlessExpected(federation, preconditions);
      if (!isOpenFederation(federation.state)) throw new DomainError('state-conflict', `The federation ${id} is ${federation.state}.`);
      const { name = federation.name, purpose = federation.purpose, access = federation.access } = patch;
      return this.saveProfile(within, principal, federation, { name, purpose, access });
    });
  }

  /** @throws DomainError `not-found` */
  async read(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation> {
    return this.gate.read(principal, id, tx);
  }

  /** The federations that the principal may see, by id. A member that it may not see is in none of them. */
  async list(principal: Principal, query: ListFederationsDto = {}): Promise<Page<Federation>> {
    const filter: FederationFilter = {
      state: query.state,
      initiator: query.initiator === undefined ? undefined : parseTwinId(query.initiator),
      member: query.member === undefined ? undefined : parseTwinId(query.member),
    };
    if (filter.member !== undefined && !(await this.gate.sees(principal, filter.member))) return { items: [] };
    return pageById(
      'federations',
      query,
      (federation) => federation.id,
      (after, limit) => this.federations.list(principal, filter, after, limit),
    );
  }

  /**
   * Ends the federation, with its connections and circles. One that has ended stays as it is.
   * @throws DomainError `not-found`, `forbidden`
   */
  async dissolve(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation> {
    return this.lifecycle.dissolve(principal, id, tx);
  }

  private async initiator(principal: Principal, id: string, federationId?: FederationId): Promise<DirectoryTwin> {
    const twin = await this.gate.twin(principal, id, '/initiator');
    if (federationId === undefined) requireActsFor(principal, twin);
    return twin;
  }

  private async form(
    tx: Transaction,
    principal: Principal,
    id: FederationId,
    initiator: DirectoryTwin,
    profile: FederationProfile,
  ): Promise<Federation | undefined> {
    requireActsFor(principal, initiator);
    const federation = await this.federations.create(tx, {
      id,
      initiator: initiator.id,
      initiatorOrganization: initiator.owner,
      ...profile,
    });
    if (federation === undefined) return undefined;
    this.states.recordFederation(tx, federation, federation.state);
    const seat = { twin: initiator.id, organization: initiator.owner, role: INITIATOR_ROLE };
    await this.states.moveMember(tx, federation, undefined, seat, 'found');
    this.audit.record(tx, { principal, action: 'federation.create', subject: id, detail: { initiator: initiator.id } });
    return federation;
  }

  private async saveProfile(
    tx: Transaction,
    principal: Principal,
    federation: Federation,
    profile: FederationProfile,
  ): Promise<FederationOutcome> {
    const { name, purpose, access } = federation;
    if (name === profile.name && purpose === profile.purpose && access === profile.access) return { federation, change: 'unchanged' };
    const saved = await this.federations.saveProfile(tx, federation, profile);
    this.states.recordFederation(tx, saved, saved.state, saved.state);
    this.audit.record(tx, { principal, action: 'federation.update', subject: saved.id, detail: { version: saved.version } });
    const news = {
      from: saved.initiator,
      action: 'UPDATE',
      object: { type: 'federation', id: saved.id },
      payload: federationWire(saved),
    } as const;
    for (const member of await this.members.involved(saved.id, tx)) {
      if (member.state === 'JOINED' && member.twin !== saved.initiator) await this.peers.tell(tx, { ...news, to: member.twin });
    }
    return { federation: saved, change: 'replaced' };
  }
}

function profileOf(dto: ReplaceFederationDto): FederationProfile {
  return { name: dto.name ?? null, purpose: dto.purpose, access: dto.access ?? 'private' };
}

function refuseUnlessExpected(federation: Federation | undefined, { expected, absent }: Preconditions): void {
  if (expected !== undefined && (federation === undefined || !matches(federation, expected))) {
    throw new DomainError(
      'precondition-failed',
      'The federation is not as If-Match names it: read it again and repeat the change on that.',
    );
  }
  if (absent === true && federation !== undefined) {
    throw new DomainError('precondition-failed', 'The federation exists already, and If-None-Match: * asked for it not to.');
  }
}
