import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import { ConnectionRelease } from './connection-release.js';
import { ConnectionRepository } from './connection.repository.js';
import { type EstablishedState, followTo } from './connection-state.js';
import type { FederationMember } from './federation-member.entity.js';
import type { Federation } from './federation.entity.js';
import { FederationRepository } from './federation.repository.js';
import { type FederationFacts, followFacts, isHealthy, isOpenFederation } from './federation-state.js';
import { MemberRepository } from './member.repository.js';
import { type Registrations, RegistrationReader } from '../registry/registration-reader.js';
import { StateWriter } from './state-writer.js';

/** Why an established connection is not CONNECTED, for its status. */
const REASONS = {
  SUSPENDED: 'a twin or the federation is suspended',
  LOST: 'the registration of a twin has expired',
  AWAY: 'a twin is known to be away',
} as const;

/**
 * Brings a federation, its members and its connections into the states that the facts ask for. The facts are read under the federation's
 * row lock, whatever it was that called for it, so it may run any number of times, in any broker, in any order, and what is missed
 * by one run is found by the next.
 */
@Injectable()
export class Settlement {
  constructor(
    private readonly federations: FederationRepository,
    private readonly members: MemberRepository,
    private readonly connections: ConnectionRepository,
    private readonly registrations: RegistrationReader,
    private readonly release: ConnectionRelease,
    private readonly states: StateWriter,
  ) {}

  /** Settles the federation, whose lock the caller holds, and gives it in its new state. */
  async settle(tx: Transaction, federation: Federation): Promise<Federation> {
    if (!isOpenFederation(federation.state)) return federation;
    const involved = await this.members.involved(federation.id, tx);
    const registrations = await this.registrations.read(
      tx,
      involved.map((member) => member.twin),
    );
    const remaining: FederationMember[] = [];
    for (const member of involved) {
      if (isRegistered(member, registrations)) remaining.push(member);
      else await this.bury(tx, federation, member);
    }
    const passed = followFacts(federation.id, federation.state, factsOf(federation, remaining, registrations));
    const settled = await this.states.moveFederation(tx, federation, passed);
    await this.settleConnections(tx, settled, registrations);
    return settled;
  }

  /** Whether the federation would be ACTIVE rather than DEGRADED, by the facts of this moment. */
  async isHealthy(tx: Transaction, federation: Federation): Promise<boolean> {
    const involved = await this.members.involved(federation.id, tx);
    const registrations = await this.registrations.read(
      tx,
      involved.map((member) => member.twin),
    );
    return isHealthy(factsOf(federation, involved, registrations));
  }

  /** Settles one federation in a transaction of the caller's; nothing happens when it does not exist. */
  async settleById(tx: Transaction, id: Federation['id']): Promise<void> {
    const federation = await this.federations.lock(tx, id);
    if (federation !== undefined) await this.settle(tx, federation);
  }

  /** A deregistered twin leaves, even if its id has been registered again since, and its connections in this federation end. */
  private async bury(tx: Transaction, federation: Federation, member: FederationMember): Promise<void> {
    await this.states.moveMember(tx, federation, member, member, 'deregister');
    await this.release.releaseAll(tx, federation.id, { by: member.twin, reason: `${member.twin} was deregistered` }, member.twin);
  }

  private async settleConnections(tx: Transaction, federation: Federation, registrations: Registrations): Promise<void> {
    const wanted = (twins: readonly TwinId[]): { target: EstablishedState; reason?: string } => {
      const statuses = twins.map((twin) => registrations.get(twin)?.status);
      if (federation.state === 'SUSPENDED' || statuses.includes('SUSPENDED')) return { target: 'SUSPENDED', reason: REASONS.SUSPENDED };
      if (statuses.includes('EXPIRED')) return { target: 'LOST', reason: REASONS.LOST };
      const isAway = twins.some((twin) => registrations.get(twin)?.isAway === true);
      return isAway ? { target: 'LOST', reason: REASONS.AWAY } : { target: 'CONNECTED' };
    };
    for (const connection of await this.connections.established(tx, federation.id)) {
      const { target, reason } = wanted([connection.requester, connection.responder]);
      const passed = followTo(connection.id, connection.state, target);
      await this.states.moveConnection(tx, connection, passed, { reason });
    }
  }
}

/** Whether the twin's registration is still the one that became a member. */
function isRegistered(member: FederationMember, registrations: Registrations): boolean {
  return registrations.get(member.twin)?.incarnation === member.incarnation;
}

function factsOf(federation: Federation, involved: readonly FederationMember[], registrations: Registrations): FederationFacts {
  const joined = involved.filter((member) => member.state === 'JOINED');
  return {
    joined: joined.length,
    involved: involved.length,
    allWell:
      joined.some((member) => member.twin === federation.initiator) &&
      joined.every((member) => registrations.get(member.twin)?.status === 'ACTIVE'),
  };
}
