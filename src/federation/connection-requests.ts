import { Inject, Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { type ConnectionId, mintUrn, parseConnectionId, parseFederationId, type TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { RegistrationReader } from '../registry/registration-reader.js';
import { Audit } from '../security/audit.js';
import { type Principal, requireActsFor } from '../security/principal.js';
import { ConnectionPlanner } from './adaptation/connection-planner.js';
import { digestOfRequest, requestedTerms } from './adaptation/terms-of-plan.js';
import { agreeOnFeatures, needsOf, sameFeatures } from './connection-terms.js';
import type { Connection } from './connection.entity.js';
import { type ConnectionDraft, ConnectionRepository } from './connection.repository.js';
import { isEstablished, isOpenConnection } from './connection-state.js';
import { type CreateConnectionDto, DEFAULT_EXPIRY_SECONDS, type ReplaceConnectionDto } from './dto/connection-input.dto.js';
import { connectionWire } from './dto/connection.dto.js';
import { FederationGate, requireWorking } from './federation-gate.js';
import { MemberRepository } from './member.repository.js';
import { PEER_NOTIFIER, type PeerNotifier } from './peer-notifier.js';
import { StateWriter } from './state-writer.js';

/** A connection after it was asked for, and whether it was open already. */
export interface RequestOutcome {
  readonly connection: Connection;
  readonly change: 'created' | 'unchanged';
}

/** FC-FE: how connections are requested. */
@Injectable()
export class ConnectionRequests {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: FederationGate,
    private readonly members: MemberRepository,
    private readonly connections: ConnectionRepository,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    private readonly registrations: RegistrationReader,
    private readonly planner: ConnectionPlanner,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /** Requests a connection under an id that is free. */
  async create(principal: Principal, dto: CreateConnectionDto, tx?: Transaction): Promise<Connection> {
    const draft = await this.draft(principal, parseConnectionId(dto.id ?? mintUrn()), dto, tx);
    return this.uow.join(tx, async (within) => {
      const created = await this.open(within, principal, draft);
      if (created === undefined)
        throw new DomainError('already-exists', `The id ${draft.id} is in use by another connection.`, { pointer: '/id' });
      return created;
    });
  }

  /** Requests the connection unless it is open with the same content. */
  async replace(principal: Principal, id: ConnectionId, dto: ReplaceConnectionDto, tx?: Transaction): Promise<RequestOutcome> {
    const present = await this.connections.findVisible(principal, id, tx);
    if (present !== undefined && says(present, dto) && (await this.stands(present, tx))) {
      requireActsFor(principal, { id: present.requester, owner: present.requesterOrganization });
      return { connection: present, change: 'unchanged' };
    }
    const draft = await this.draft(principal, id, dto, tx);
    return this.uow.join(tx, async (within) => {
      const created = await this.open(within, principal, draft);
      if (created !== undefined) return { connection: created, change: 'created' };
      const taken = await this.connections.findVisible(principal, id, within);
      if (taken === undefined || !isOpenConnection(taken.state)) {
        throw new DomainError('already-exists', `The id ${id} is in use by another organization's connection.`);
      }
      if (says(taken, dto)) return { connection: taken, change: 'unchanged' };
      throw new DomainError('state-conflict', `The connection ${id} is ${taken.state} with another content; release it first.`, {
        extensions: { from: taken.state },
      });
    });
  }

  /** Looks up both sides and the features, before a transaction is opened. */
  private async draft(principal: Principal, id: ConnectionId, dto: ReplaceConnectionDto, tx?: Transaction): Promise<ConnectionDraft> {
    const requester = await this.gate.twin(principal, dto.requester, '/requester');
    requireActsFor(principal, requester);
    const responder = await this.gate.twin(principal, dto.responder, '/responder');
    if (requester.id === responder.id) {
      const place = { pointer: '/responder', detail: 'is the requester itself' };
      throw new DomainError('validation-failed', 'A twin does not connect to itself.', { pointer: place.pointer, errors: [place] });
    }
    const features = agreeOnFeatures(dto.features, [requester, responder]);
    const sides = { requester: requester.id, responder: responder.id, features };
    const draft: ConnectionDraft = {
      id,
      federationId: parseFederationId(dto.federationId),
      ...sides,
      requesterOrganization: requester.owner,
      responderOrganization: responder.owner,
      needs: needsOf([requester, responder]),
      terms: await beneathAdaptation(() => requestedTerms(dto.adaptation, sides)),
      expiresInSeconds: dto.expiresInSeconds ?? DEFAULT_EXPIRY_SECONDS,
    };
    // What cannot be bridged is refused now, by name, not once somebody accepts or speaks.
    await beneathAdaptation(() => this.planner.plan(draft, 1, { tx, areTermsNew: true }));
    return draft;
  }

  /** Whether it is open, and not a request whose time is over before the sweep has come by. */
  private async stands({ id, state }: Connection, tx?: Transaction): Promise<boolean> {
    return isEstablished(state) || (isOpenConnection(state) && !(await this.connections.isOver(id, tx)));
  }

  /** Under the federation's lock: checks state and members, and requests the connection; undefined when the id is taken. */
  private async open(tx: Transaction, principal: Principal, draft: ConnectionDraft): Promise<Connection | undefined> {
    const federation = await this.gate.lock(tx, principal, draft.federationId, '/federationId');
    requireWorking(federation);
    await this.requireJoined(tx, draft, draft.requester, '/requester');
    await this.requireJoined(tx, draft, draft.responder, '/responder');
    for (const expired of await this.connections.expireOne(tx, draft.id))
      this.states.recordConnection(tx, expired, 'EXPIRED', expired.previous);
    const connection = await this.connections.create(tx, await this.asTheyStand(tx, draft));
    if (connection === undefined) return undefined;
    this.states.recordConnection(tx, connection, connection.state);
    const { id, requester: from, responder: to } = connection;
    this.audit.record(tx, { principal, action: 'connection.request', subject: id, detail: { requester: from, responder: to } });
    await this.peers.tell(tx, { from, to, action: 'CONNECT', object: { type: 'connection', id }, payload: connectionWire(connection) });
    return connection;
  }

  /**
   * The draft with the features as they are now: the directory it was made from may lag behind. The twins are held until the connection is committed,
   * so that a change that would break it comes before, or sees it.
   */
  private async asTheyStand(tx: Transaction, draft: ConnectionDraft): Promise<ConnectionDraft> {
    const held = await this.registrations.hold(tx, [draft.requester, draft.responder]);
    const [requester, responder] = [held.get(draft.requester), held.get(draft.responder)];
    if (!requester || !responder) {
      const [id, pointer] = requester ? [draft.responder, '/responder'] : [draft.requester, '/requester'];
      throw new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`, { pointer });
    }
    return { ...draft, features: agreeOnFeatures(draft.features, [requester, responder]), needs: needsOf([requester, responder]) };
  }

  private async requireJoined(tx: Transaction, { federationId }: ConnectionDraft, twin: TwinId, pointer: string): Promise<void> {
    const member = await this.members.find(tx, federationId, twin);
    if (member?.state === 'JOINED') return;
    throw new DomainError('state-conflict', `${twin} is not a joined member of the federation ${federationId}.`, { pointer });
  }
}

/** Whether the connection was requested with this content; how long it waits is no part of it. */
function says(connection: Connection, dto: ReplaceConnectionDto): boolean {
  return (
    connection.federationId === dto.federationId &&
    connection.requester === dto.requester &&
    connection.responder === dto.responder &&
    sameFeatures(connection.features, dto.features) &&
    connection.terms.asked === digestOfRequest(dto.adaptation)
  );
}

/** Refusals of what the request says of its adaptation point into it. */
async function beneathAdaptation<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DomainError && error.code === 'validation-failed' ? error.beneath('/adaptation') : error;
  }
}
