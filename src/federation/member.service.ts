import { Inject, Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import type { FederationId, TwinId } from '../kernel/ids.js';
import type { Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import type { DirectoryTwin } from '../registry/twin-directory.js';
import { Audit } from '../security/audit.js';
import { actsFor, type Principal, requireActsFor } from '../security/principal.js';
import { ConnectionRelease } from './connection-release.js';
import { MEMBER_ROLE, type SeatDto } from './dto/federation-input.dto.js';
import type { ListMembersDto } from './dto/list-query.dto.js';
import { federationWire } from './dto/federation.dto.js';
import { FederationGate, requireInitiator } from './federation-gate.js';
import type { FederationMember } from './federation-member.entity.js';
import type { Federation } from './federation.entity.js';
import { isOpenFederation } from './federation-state.js';
import { pageById } from './id-page.js';
import type { MemberEvent, MemberState } from './member-state.js';
import { MemberRepository } from './member.repository.js';
import { MemberView } from './member-view.js';
import { PEER_NOTIFIER, type PeerNews, type PeerNotifier } from './peer-notifier.js';
import { Settlement } from './settlement.js';
import { type MemberSeat, StateWriter } from './state-writer.js';

/** A membership after a request, and whether that request changed anything. */
export interface MemberOutcome {
  readonly member: FederationMember;
  readonly change: 'changed' | 'unchanged';
}

/** How a membership ends, by the state it is in and by who ends it, and the word for it. */
const ENDINGS: Readonly<Record<'self' | 'initiator', Partial<Record<MemberState, { event: MemberEvent; action: PeerNews['action'] }>>>> = {
  self: {
    INVITED: { event: 'decline', action: 'REJECT' },
    REQUESTED: { event: 'withdraw', action: 'DISCONNECT' },
    JOINED: { event: 'leave', action: 'DISCONNECT' },
  },
  initiator: {
    INVITED: { event: 'remove', action: 'DISCONNECT' },
    REQUESTED: { event: 'refuse', action: 'REJECT' },
    JOINED: { event: 'remove', action: 'DISCONNECT' },
  },
};

/**
 * FM-FE, membership: inviting, joining, admitting, leaving (Y.4489; behaviour graded P). What has been reached already is answered
 * unchanged. Failures common to all: `not-found` for what the principal may not see, `forbidden` for what it may see but not do.
 */
@Injectable()
export class MemberService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: FederationGate,
    private readonly members: MemberRepository,
    private readonly view: MemberView,
    private readonly settlement: Settlement,
    private readonly release: ConnectionRelease,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /**
   * The initiator asks a twin to join; one that has asked to join becomes a member.
   * @throws DomainError `not-found` (pointer `/twin` for the twin), `forbidden`, `state-conflict` when the federation takes no members now
   */
  async invite(principal: Principal, id: FederationId, dto: SeatDto, tx?: Transaction): Promise<MemberOutcome> {
    const seat = await this.seat(principal, dto, '/twin');
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      requireInitiator(principal, federation);
      const outcome = await this.inviteOne(within, principal, federation, seat);
      if (outcome.change === 'changed') await this.settlement.settle(within, federation);
      return outcome;
    });
  }

  /**
   * The twins to be invited with a new federation, as far as the principal may see them; before the transaction is opened.
   * @throws DomainError `not-found` with the pointer of the first that there is not
   */
  async lookUp(principal: Principal, dtos: readonly SeatDto[]): Promise<MemberSeat[]> {
    const seats: MemberSeat[] = [];
    for (const [index, dto] of dtos.entries()) seats.push(await this.seat(principal, dto, `/invitations/${index}/twin`));
    return seats;
  }

  /** Invites several to a federation whose lock the caller holds as its initiator; gives the federation in its new state. */
  async inviteAll(tx: Transaction, principal: Principal, federation: Federation, seats: readonly MemberSeat[]): Promise<Federation> {
    for (const seat of seats) await this.inviteOne(tx, principal, federation, seat);
    return seats.length === 0 ? federation : this.settlement.settle(tx, federation);
  }

  /**
   * A twin takes up its invitation or, without one, asks to join a listed federation (REQUESTED). The initiator comes back at once.
   * @throws DomainError `not-found`, `forbidden` without an invitation to a private federation, `state-conflict` when it takes no members now
   */
  async join(principal: Principal, id: FederationId, dto: SeatDto, tx?: Transaction): Promise<MemberOutcome> {
    const seat = await this.seat(principal, dto, '/twin');
    requireActsFor(principal, { id: seat.twin, owner: seat.organization });
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      const present = await this.members.find(within, id, seat.twin);
      if (present?.state === 'JOINED' || present?.state === 'REQUESTED') return { member: present, change: 'unchanged' };
      requireTakingMembers(federation);
      const event = joiningEvent(federation, present, seat.twin);
      const member = await this.states.moveMember(within, federation, present, seat, event);
      const news = { from: seat.twin, to: federation.initiator, action: event === 'join' ? 'ACCEPT' : 'CONNECT' } as const;
      return this.changed(within, principal, federation, member, event, news);
    });
  }

  /**
   * The initiator takes in a twin that has asked.
   * @throws DomainError `not-found`, `forbidden`, `state-conflict` unless it is REQUESTED or JOINED
   */
  async admit(principal: Principal, id: FederationId, twin: TwinId, tx?: Transaction): Promise<MemberOutcome> {
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      requireInitiator(principal, federation);
      const present = (await this.members.find(within, id, twin)) ?? unknownMember(id, twin);
      if (present.state === 'JOINED') return { member: present, change: 'unchanged' };
      requireTakingMembers(federation);
      const member = await this.states.moveMember(within, federation, present, present, 'admit');
      return this.changed(within, principal, federation, member, 'admit', { from: federation.initiator, to: twin, action: 'ACCEPT' });
    });
  }

  /**
   * Ends a membership: the twin leaves, declines its invitation or withdraws its request; the initiator removes it or refuses its request.
   * Its connections in the federation are released.
   * @throws DomainError `not-found`, `forbidden`, `state-conflict` for the initiator itself and for who is outside already
   */
  async leave(principal: Principal, id: FederationId, twin: TwinId, tx?: Transaction): Promise<FederationMember> {
    const registered = await this.gate.registered(twin);
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      const found = await this.members.find(within, id, twin);
      const owner = found?.organization ?? registered?.owner;
      const self = owner !== undefined && actsFor(principal, { id: twin, owner });
      if (!self) requireInitiator(principal, federation);
      const present = found ?? unknownMember(id, twin);
      if (!isOpenFederation(federation.state)) throw new DomainError('state-conflict', `The federation ${id} is ${federation.state}.`);
      if (twin === federation.initiator) {
        throw new DomainError('state-conflict', `${twin} is the initiator: hand the federation over first, or dissolve it.`);
      }
      const { event, action } = ENDINGS[self ? 'self' : 'initiator'][present.state] ?? { event: 'leave', action: 'DISCONNECT' };
      const member = await this.states.moveMember(within, federation, present, present, event);
      const [from, to] = self ? [twin, federation.initiator] : [federation.initiator, twin];
      await this.release.releaseAll(within, id, { by: from, reason: `${twin} is no longer in the federation` }, twin);
      await this.changed(within, principal, federation, member, event, { from, to, action });
      return member;
    });
  }

  /** Past and present memberships by twin, as far as the principal may see them. @throws DomainError `not-found` */
  async list(principal: Principal, id: FederationId, query: ListMembersDto = {}): Promise<Page<FederationMember>> {
    const federation = await this.gate.read(principal, id);
    const page = await pageById<FederationMember>(
      `members:${id}`,
      query,
      (member) => member.twin,
      (after, limit) => this.members.list(id, query.state, after, limit),
    );
    return { ...page, items: await this.view.visible(principal, federation, page.items) };
  }

  private async seat(principal: Principal, dto: SeatDto, pointer: string): Promise<MemberSeat> {
    const twin: DirectoryTwin = await this.gate.twin(principal, dto.twin, pointer);
    return { twin: twin.id, organization: twin.owner, role: dto.role ?? MEMBER_ROLE };
  }

  private async inviteOne(tx: Transaction, principal: Principal, federation: Federation, seat: MemberSeat): Promise<MemberOutcome> {
    const present = await this.members.find(tx, federation.id, seat.twin);
    if (present?.state === 'INVITED' || present?.state === 'JOINED') return { member: present, change: 'unchanged' };
    requireTakingMembers(federation);
    const member = await this.states.moveMember(tx, federation, present, seat, 'invite');
    const action = member.state === 'JOINED' ? 'ACCEPT' : 'CONNECT';
    return this.told(tx, principal, federation, member, 'invite', { from: federation.initiator, to: seat.twin, action });
  }

  private async changed(
    tx: Transaction,
    principal: Principal,
    federation: Federation,
    member: FederationMember,
    event: MemberEvent,
    news: Pick<PeerNews, 'from' | 'to' | 'action'>,
  ): Promise<MemberOutcome> {
    const outcome = await this.told(tx, principal, federation, member, event, news);
    await this.settlement.settle(tx, federation);
    return outcome;
  }

  private async told(
    tx: Transaction,
    principal: Principal,
    federation: Federation,
    member: FederationMember,
    event: MemberEvent,
    news: Pick<PeerNews, 'from' | 'to' | 'action'>,
  ): Promise<MemberOutcome> {
    const { id } = federation;
    this.audit.record(tx, { principal, action: `member.${event}`, subject: id, detail: { twin: member.twin, state: member.state } });
    if (news.from !== news.to) {
      await this.peers.tell(tx, { ...news, object: { type: 'federation', id }, payload: federationWire(federation) });
    }
    return { member, change: 'changed' };
  }
}

function unknownMember(id: FederationId, twin: TwinId): never {
  throw new DomainError('not-found', `${twin} has never been in the federation ${id}.`);
}

function requireTakingMembers({ id, state }: Federation): void {
  if (isOpenFederation(state) && state !== 'SUSPENDED') return;
  throw new DomainError('state-conflict', `The federation ${id} is ${state} and takes no members.`, {
    extensions: { from: state, allowed: ['DRAFT', 'FORMING', 'ACTIVE', 'DEGRADED'] },
  });
}

function joiningEvent(federation: Federation, present: FederationMember | undefined, twin: TwinId): MemberEvent {
  if (present?.state === 'INVITED') return 'join';
  if (twin === federation.initiator) return 'found';
  if (federation.access === 'listed') return 'request';
  throw new DomainError('forbidden', `The federation ${federation.id} is private: ${twin} needs an invitation by ${federation.initiator}.`);
}
