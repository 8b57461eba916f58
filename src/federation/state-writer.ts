import { Injectable } from '@nestjs/common';
import type { QueryDeepPartialEntity } from 'typeorm';
import type { AdaptationPlan } from '../adaptor/plan/adaptation-plan.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { TwinCircles } from '../registry/twin-circles.js';
import { Connection } from './connection.entity.js';
import type { ConnectionState } from './connection-state.js';
import { FederationMember } from './federation-member.entity.js';
import { Federation, type SuspendedBy } from './federation.entity.js';
import type { FederationState } from './federation-state.js';
import { isInvolved, type MemberEvent, nextMemberState } from './member-state.js';
import { RegistrationReader } from '../registry/registration-reader.js';

const now = (): string => 'clock_timestamp()';

/** A twin in the role it has, or is to have, in a federation. */
export interface MemberSeat {
  readonly twin: TwinId;
  readonly organization: OrganizationId;
  readonly role: string;
}

/** What is told of a connection. */
type ConnectionNews = Pick<Connection, 'id' | 'federationId' | 'requester' | 'responder' | 'planVersion' | 'reason'>;

/**
 * The only writer of states: each change of state is stored, told as a domain event and, for members, carried into the registry's circles
 * in one place, so that none of the three can be forgotten. Callers hold the federation's row lock.
 */
@Injectable()
export class StateWriter {
  constructor(
    private readonly circles: TwinCircles,
    private readonly registrations: RegistrationReader,
  ) {}

  /** Notes a federation's present state as news; `previous` is absent when it has just been created. */
  recordFederation(tx: Transaction, federation: Federation, state: FederationState, previous?: FederationState): void {
    const { id, initiator, version } = federation;
    tx.record({ kind: 'federation.changed', subject: id, data: { state, previous: previous ?? null, initiator, version } });
  }

  /** Takes the federation through the states passed, in order; the last one stays. */
  async moveFederation(
    tx: Transaction,
    federation: Federation,
    passed: readonly FederationState[],
    suspendedBy: SuspendedBy | null = null,
  ): Promise<Federation> {
    const state = passed.at(-1);
    if (state === undefined) return federation;
    passed.forEach((next, index) => {
      this.recordFederation(tx, federation, next, passed[index - 1] ?? federation.state);
    });
    const { id } = federation;
    await tx.manager.update(Federation, { id }, { state, suspendedBy: state === 'SUSPENDED' ? suspendedBy : null, since: now });
    if (state === 'DISSOLVED') await this.circles.dissolve(tx, id);
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /**
   * What `event` makes of a twin's membership; `present` is its row, if there is one. The seat's role is stored when the twin comes from
   * outside, and otherwise stays.
   * @throws DomainError `state-conflict`
   */
  async moveMember(
    tx: Transaction,
    federation: Federation,
    present: FederationMember | undefined,
    seat: MemberSeat,
    event: MemberEvent,
  ): Promise<FederationMember> {
    const key = { federationId: federation.id, twin: seat.twin };
    const previous = present?.state ?? 'NONE';
    const state = nextMemberState(seat.twin, previous, event);
    if (present === undefined) {
      const incarnation = await this.incarnationOf(tx, seat.twin);
      await tx.manager.insert(FederationMember, { ...key, organization: seat.organization, incarnation, role: seat.role, state });
    } else if (isInvolved(present.state)) {
      await tx.manager.update(FederationMember, key, { state, since: now });
    } else {
      const incarnation = await this.incarnationOf(tx, seat.twin);
      await tx.manager.update(FederationMember, key, { state, since: now, organization: seat.organization, incarnation, role: seat.role });
    }
    if (state === 'JOINED') await this.circles.join(tx, seat.twin, federation.id);
    else if (previous === 'JOINED') await this.circles.leave(tx, seat.twin, federation.id);
    const member = await tx.manager.findOneByOrFail(FederationMember, key);
    tx.record({
      kind: 'member.changed',
      subject: federation.id,
      data: { ...key, organization: member.organization, role: member.role, state, previous: present?.state ?? null },
    });
    return member;
  }

  /** A twin that is deregistered at this moment is settled out again, as it is in no registration 0. */
  private async incarnationOf(tx: Transaction, twin: TwinId): Promise<number> {
    return (await this.registrations.read(tx, [twin])).get(twin)?.incarnation ?? 0;
  }

  /** Notes a connection's state as news; `previous` is absent when it has just been requested. */
  recordConnection(tx: Transaction, connection: ConnectionNews, state: ConnectionState, previous?: ConnectionState): void {
    const { id, federationId, requester, responder, planVersion, reason } = connection;
    tx.record({
      kind: 'connection.changed',
      subject: id,
      data: { state, previous: previous ?? null, federationId, requester, responder, planVersion, reason },
    });
  }

  /** Takes the connection through the states passed, in order; the last one stays, with its reason and, once accepted, its plan. */
  async moveConnection(
    tx: Transaction,
    connection: Connection,
    passed: readonly ConnectionState[],
    { reason, plan = connection.plan }: { reason?: string; plan?: AdaptationPlan | null } = {},
  ): Promise<Connection> {
    const state = passed.at(-1);
    if (state === undefined) return connection;
    const planVersion = plan?.version ?? 0;
    const { id } = connection;
    // TypeORM's type for partial values does not take a record of unknowns; the driver takes any JSON.
    const stored = plan as QueryDeepPartialEntity<Connection>['plan'];
    await tx.manager.update(Connection, { id }, { state, reason: reason ?? null, plan: stored, planVersion, since: now });
    const moved = await tx.manager.findOneByOrFail(Connection, { id });
    passed.forEach((next, index) => {
      this.recordConnection(tx, moved, next, passed[index - 1] ?? connection.state);
    });
    return moved;
  }
}
