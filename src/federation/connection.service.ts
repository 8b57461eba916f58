import { Inject, Injectable } from '@nestjs/common';
import type { AdaptationPlan } from '../adaptor/plan/adaptation-plan.js';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import type { ConnectionId } from '../kernel/ids.js';
import { parseFederationId, parseTwinId } from '../kernel/ids.js';
import type { Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit } from '../security/audit.js';
import { actsFor, type OwnedTwin, type Principal, requireActsFor } from '../security/principal.js';
import { ConnectionPlanner } from './adaptation/connection-planner.js';
import { PlanVersions } from './adaptation/plan-versions.js';
import { ConnectionRelease } from './connection-release.js';
import { ConnectionRequests, type RequestOutcome } from './connection-requests.js';
import type { Connection } from './connection.entity.js';
import { type ConnectionFilter, ConnectionRepository } from './connection.repository.js';
import { isEstablished, isOpenConnection, nextConnectionState } from './connection-state.js';
import { connectionWire } from './dto/connection.dto.js';
import type { CreateConnectionDto, ReplaceConnectionDto } from './dto/connection-input.dto.js';
import type { ListConnectionsDto } from './dto/list-query.dto.js';
import type { Federation } from './federation.entity.js';
import { FederationRepository } from './federation.repository.js';
import { requireWorking } from './federation-gate.js';
import { pageById } from './id-page.js';
import { PEER_NOTIFIER, type PeerNotifier } from './peer-notifier.js';
import { Settlement } from './settlement.js';
import { StateWriter } from './state-writer.js';

const MAX_TRIES = 3;

/** A connection after an answer, and whether that answer changed anything. */
export interface AnswerOutcome {
  readonly connection: Connection;
  readonly change: 'changed' | 'unchanged';
}

/**
 * FC-FE, federation communication: requesting, answering and ending connections (Y.4489; behaviour graded P). What has been reached already is
 * answered unchanged. Failures common to all: `not-found` for all but the two organizations and operators, `forbidden` for the wrong side.
 */
@Injectable()
export class ConnectionService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly federations: FederationRepository,
    private readonly connections: ConnectionRepository,
    private readonly requests: ConnectionRequests,
    private readonly planner: ConnectionPlanner,
    private readonly versions: PlanVersions,
    private readonly ending: ConnectionRelease,
    private readonly settlement: Settlement,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /**
   * A member asks another for a connection, for named features of either.
   * @throws DomainError `already-exists`, `validation-failed`, `state-conflict`, `not-found` (with the pointer of what is not there), `forbidden`
   */
  async request(principal: Principal, dto: CreateConnectionDto, tx?: Transaction): Promise<Connection> {
    return this.requests.create(principal, dto, tx);
  }

  /**
   * The same under an id of the requester's; asking for what is open already changes nothing.
   * @throws DomainError as {@link request}, and `state-conflict` when it is open with another content
   */
  async replace(principal: Principal, id: ConnectionId, dto: ReplaceConnectionDto, tx?: Transaction): Promise<RequestOutcome> {
    return this.requests.replace(principal, id, dto, tx);
  }

  /**
   * The responder agrees: the plan is made and the connection stands, in one transaction.
   * @throws DomainError `expired` when the request has run out, `state-conflict`, `adaptation-unsupported`, `not-found`, `forbidden`
   */
  async accept(principal: Principal, id: ConnectionId, reason?: string, tx?: Transaction): Promise<AnswerOutcome> {
    // Made before any lock is taken: planning reads the dictionary.
    const planned = await this.planned(principal, id, tx);
    return this.locked(principal, id, tx, async (within, connection, federation) => {
      requireActsFor(principal, responderOf(connection));
      if (isEstablished(connection.state)) return { connection, change: 'unchanged' };
      const accepted = nextConnectionState(id, connection.state, 'accept');
      await this.refuseIfOver(within, connection);
      requireWorking(federation);
      const plan = { ...requireSame(connection, federation, planned), version: await this.versions.next(within, id) };
      await this.versions.add(within, id, plan, 'the connection was accepted');
      const passed = [accepted, nextConnectionState(id, accepted, 'connect')];
      const connected = await this.states.moveConnection(within, connection, passed, { reason, plan });
      this.audit.record(within, { principal, action: 'connection.accept', subject: id, detail: { planVersion: plan.version } });
      await this.tell(within, connected, 'ACCEPT');
      await this.settlement.settle(within, federation);
      return { connection: (await this.connections.findVisible(principal, id, within)) ?? connected, change: 'changed' };
    });
  }

  /**
   * The responder declines.
   * @throws DomainError `expired` when the request has run out, `state-conflict`, `not-found`, `forbidden`
   */
  async reject(principal: Principal, id: ConnectionId, reason?: string, tx?: Transaction): Promise<AnswerOutcome> {
    return this.locked(principal, id, tx, async (within, connection) => {
      requireActsFor(principal, responderOf(connection));
      if (connection.state === 'REJECTED') return { connection, change: 'unchanged' };
      const state = nextConnectionState(id, connection.state, 'reject');
      await this.refuseIfOver(within, connection);
      const rejected = await this.states.moveConnection(within, connection, [state], { reason });
      this.audit.record(within, { principal, action: 'connection.reject', subject: id });
      await this.tell(within, rejected, 'REJECT');
      return { connection: rejected, change: 'changed' };
    });
  }

  /**
   * Either side is done with it. Releasing asks for the connection not to be open: one that has ended, in whatever way, stays as it is.
   * @throws DomainError `not-found`, `forbidden`
   */
  async release(principal: Principal, id: ConnectionId, reason?: string, tx?: Transaction): Promise<AnswerOutcome> {
    return this.locked(principal, id, tx, async (within, connection) => {
      const side = [requesterOf(connection), responderOf(connection)].find((twin) => actsFor(principal, twin));
      if (side === undefined) {
        throw new DomainError('forbidden', `Only ${connection.requester} and ${connection.responder} may release the connection ${id}.`);
      }
      if (!isOpenConnection(connection.state)) return { connection, change: 'unchanged' };
      const released = await this.ending.release(within, connection, { by: side.id, reason });
      this.audit.record(within, { principal, action: 'connection.release', subject: id });
      return { connection: released, change: 'changed' };
    });
  }

  /** @throws DomainError `not-found` */
  async read(principal: Principal, id: ConnectionId, tx?: Transaction): Promise<Connection> {
    return (await this.connections.findVisible(principal, id, tx)) ?? unknownConnection(id);
  }

  /** The connections of which the principal's organization has a side, by id; an operator sees all. */
  async list(principal: Principal, query: ListConnectionsDto = {}): Promise<Page<Connection>> {
    const filter: ConnectionFilter = {
      federationId: query.federationId === undefined ? undefined : parseFederationId(query.federationId),
      twin: query.twin === undefined ? undefined : parseTwinId(query.twin),
      state: query.state,
    };
    return pageById(
      'connections',
      query,
      (connection) => connection.id,
      (after, limit) => this.connections.list(principal, filter, after, limit),
    );
  }

  /**
   * Runs `work` under the locks of the connection's federation and, after it, of the connection. An id can move to another federation with a
   * new incarnation between the two; then it is looked up again.
   */
  private async locked(
    principal: Principal,
    id: ConnectionId,
    tx: Transaction | undefined,
    work: (tx: Transaction, connection: Connection, federation: Federation) => Promise<AnswerOutcome>,
  ): Promise<AnswerOutcome> {
    return this.uow.join(tx, async (within) => {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const { federationId } = await this.read(principal, id, within);
        const federation = await this.federations.lock(within, federationId);
        const connection = (await this.connections.lockVisible(within, principal, id)) ?? unknownConnection(id);
        if (federation?.id === connection.federationId) return work(within, connection, federation);
      }
      throw new DomainError('state-conflict', `The connection ${id} is being requested anew; read it again.`);
    });
  }

  /** The sweep may not have come by yet. */
  private async refuseIfOver(tx: Transaction, { id }: Connection): Promise<void> {
    if (await this.connections.isOver(id, tx)) {
      throw new DomainError('expired', `The request of the connection ${id} has run out; it can be requested again.`);
    }
  }

  /** The plan of a request that may be about to be accepted; undefined when there is none to make. */
  private async planned(principal: Principal, id: ConnectionId, tx?: Transaction): Promise<PlannedRequest | undefined> {
    const connection = await this.connections.findVisible(principal, id, tx);
    if (connection?.state !== 'REQUESTED' || !actsFor(principal, responderOf(connection))) return undefined;
    const federation = await this.federations.find(connection.federationId, tx);
    return {
      incarnation: connection.incarnation,
      identifiersVersion: federation?.identifiersVersion,
      plan: await this.planner.plan(connection, 1, { tx }),
    };
  }

  private async tell(tx: Transaction, connection: Connection, action: 'ACCEPT' | 'REJECT'): Promise<void> {
    const object = { type: 'connection', id: connection.id } as const;
    const payload = connectionWire(connection);
    await this.peers.tell(tx, { from: connection.responder, to: connection.requester, action, object, payload });
  }
}

/** A plan and the request that it was made for. */
interface PlannedRequest {
  readonly incarnation: number;
  /** Of the federation's identifiers that it follows from, at the earliest. */
  readonly identifiersVersion?: number;
  readonly plan: AdaptationPlan;
}

/** @throws DomainError `state-conflict` when the request has become another one since it was planned, or the identifiers of its federation have */
function requireSame({ id, incarnation }: Connection, federation: Federation, planned: PlannedRequest | undefined): AdaptationPlan {
  if (planned?.incarnation === incarnation) {
    if (planned.identifiersVersion === federation.identifiersVersion) return planned.plan;
    throw new DomainError(
      'state-conflict',
      `The identifiers of the federation ${federation.id} have changed at this moment; accept again.`,
    );
  }
  throw new DomainError('state-conflict', `The connection ${id} is being requested anew; read it again.`);
}

function requesterOf({ requester, requesterOrganization }: Connection): OwnedTwin {
  return { id: requester, owner: requesterOrganization };
}

function responderOf({ responder, responderOrganization }: Connection): OwnedTwin {
  return { id: responder, owner: responderOrganization };
}

function unknownConnection(id: ConnectionId): never {
  throw new DomainError('not-found', `There is no connection ${id} that you may see.`);
}
