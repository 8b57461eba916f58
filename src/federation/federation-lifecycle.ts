import { Inject, Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import type { FederationId, TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit } from '../security/audit.js';
import type { Principal } from '../security/principal.js';
import { ConnectionRelease } from './connection-release.js';
import { INITIATOR_ROLE, MEMBER_ROLE } from './dto/federation-input.dto.js';
import { federationWire } from './dto/federation.dto.js';
import { FederationGate, requireInitiator } from './federation-gate.js';
import type { Federation } from './federation.entity.js';
import { FederationRepository } from './federation.repository.js';
import { isOpenFederation, isWorkingFederation, nextFederationState } from './federation-state.js';
import { MemberRepository } from './member.repository.js';
import { PEER_NOTIFIER, type PeerNews, type PeerNotifier } from './peer-notifier.js';
import { Settlement } from './settlement.js';
import { StateWriter } from './state-writer.js';

/** FM-FE, federation management: suspending, handing over, ending. Each asks for a state, and finds nothing to do when that is reached. */
@Injectable()
export class FederationLifecycle {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: FederationGate,
    private readonly federations: FederationRepository,
    private readonly members: MemberRepository,
    private readonly release: ConnectionRelease,
    private readonly settlement: Settlement,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /**
   * Stops an ACTIVE or DEGRADED federation and its connections. What an operator suspends, or has suspended as well, only an operator resumes.
   * @throws DomainError `state-conflict`, `not-found`, `forbidden`
   */
  async suspend(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation> {
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      const by = principal.kind === 'operator' ? 'operator' : 'initiator';
      if (by === 'initiator') requireInitiator(principal, federation);
      if (federation.state === 'SUSPENDED') {
        return by === 'operator' ? this.federations.saveSuspendedBy(within, id, by) : federation;
      }
      const state = nextFederationState(id, federation.state, 'suspend');
      const suspended = await this.settlement.settle(within, await this.states.moveFederation(within, federation, [state], by));
      await this.announce(within, principal, suspended, 'federation.suspend');
      return suspended;
    });
  }

  /**
   * Lets a suspended federation go on, ACTIVE or DEGRADED by the facts, and its connections with it.
   * @throws DomainError `state-conflict`, `not-found`, `forbidden` (also for an initiator where an operator has suspended)
   */
  async resume(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation> {
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      if (principal.kind !== 'operator') requireInitiator(principal, federation);
      if (isWorkingFederation(federation.state)) return federation;
      if (federation.suspendedBy === 'operator' && principal.kind !== 'operator') {
        throw new DomainError('forbidden', `An operator has suspended the federation ${id}; only an operator resumes it.`);
      }
      const healthy = await this.settlement.isHealthy(within, federation);
      const state = nextFederationState(id, federation.state, healthy ? 'resume' : 'resume-degraded');
      const resumed = await this.settlement.settle(within, await this.states.moveFederation(within, federation, [state]));
      await this.announce(within, principal, resumed, 'federation.resume');
      return resumed;
    });
  }

  /**
   * Makes another JOINED member the initiator; the one before stays as a member.
   * @throws DomainError `state-conflict` when it has ended, or the twin is not JOINED (pointer `/twin`), `not-found`, `forbidden`
   */
  async handOver(principal: Principal, id: FederationId, twin: TwinId, tx?: Transaction): Promise<Federation> {
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      requireInitiator(principal, federation);
      if (!isOpenFederation(federation.state)) throw new DomainError('state-conflict', `The federation ${id} is ${federation.state}.`);
      if (federation.initiator === twin) return federation;
      const heir = await this.members.find(within, id, twin);
      if (heir?.state !== 'JOINED') {
        throw new DomainError('state-conflict', `${twin} is not a joined member of the federation ${id}.`, { pointer: '/twin' });
      }
      await this.members.saveRole(within, id, federation.initiator, MEMBER_ROLE);
      await this.members.saveRole(within, id, twin, INITIATOR_ROLE);
      const handed = await this.federations.saveInitiator(within, id, heir.twin, heir.organization);
      this.states.recordFederation(within, handed, handed.state, handed.state);
      const settled = await this.settlement.settle(within, handed);
      this.audit.record(within, {
        principal,
        action: 'federation.hand-over',
        subject: id,
        detail: { from: federation.initiator, to: twin },
      });
      await this.tellMembers(within, settled, { from: federation.initiator, action: 'UPDATE' });
      return settled;
    });
  }

  /**
   * Ends the federation: releases its open connections, empties its circle, and passes through DISSOLVING to DISSOLVED. Its members' states stay
   * as they were, for the record. One that has ended stays as it is.
   * @throws DomainError `not-found`, `forbidden`
   */
  async dissolve(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation> {
    return this.uow.join(tx, async (within) => {
      const federation = await this.gate.lock(within, principal, id);
      requireInitiator(principal, federation);
      if (federation.state === 'DISSOLVED') return federation;
      const dissolving = nextFederationState(id, federation.state, 'dissolve');
      const by = federation.initiator;
      await this.release.releaseAll(within, id, { by, reason: `the federation ${id} was dissolved` });
      const ended = await this.states.moveFederation(within, federation, [dissolving, nextFederationState(id, dissolving, 'finish')]);
      this.audit.record(within, { principal, action: 'federation.dissolve', subject: id });
      await this.tellMembers(within, ended, { from: by, action: 'DISCONNECT' });
      return ended;
    });
  }

  /** An operator is no peer: what it does is in the audit log and in the federation's status, but in nobody's inbox. */
  private async announce(tx: Transaction, principal: Principal, federation: Federation, action: string): Promise<void> {
    this.audit.record(tx, { principal, action, subject: federation.id, detail: { state: federation.state } });
    if (principal.kind !== 'operator') await this.tellMembers(tx, federation, { from: federation.initiator, action: 'UPDATE' });
  }

  /** Tells members of what has happened to the federation; of its end, also twins that were asked or are asking. */
  private async tellMembers(tx: Transaction, federation: Federation, news: Pick<PeerNews, 'from' | 'action'>): Promise<void> {
    const object = { type: 'federation', id: federation.id } as const;
    const payload = federationWire(federation);
    for (const member of await this.members.involved(federation.id, tx)) {
      if (member.twin === news.from || (news.action === 'UPDATE' && member.state !== 'JOINED')) continue;
      await this.peers.tell(tx, { ...news, to: member.twin, object, payload });
    }
  }
}
