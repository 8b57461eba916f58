import { Inject, Injectable } from '@nestjs/common';
import type { FlowReference } from '../../adaptor/plan/plan-terms.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { ConnectionId, TwinId } from '../../kernel/ids.js';
import { clampLimit, decodeSequenceCursor, encodeCursor, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import { actsFor, type Principal } from '../../security/principal.js';
import type { Connection } from '../connection.entity.js';
import { ConnectionRepository } from '../connection.repository.js';
import { isEstablished } from '../connection-state.js';
import { connectionWire } from '../dto/connection.dto.js';
import { FederationRepository } from '../federation.repository.js';
import { PEER_NOTIFIER, type PeerNotifier } from '../peer-notifier.js';
import { ConnectionPlanner } from './connection-planner.js';
import { isRefusal, PlanProposals, type PlanProposal, type PlanRefusal } from './plan-proposals.js';
import { PlanVersions, type StoredPlan } from './plan-versions.js';
import { type NewPlan, PlanWriter } from './plan-writer.js';
import { withPins } from './step-overrides.js';
import { type ConnectionTerms, receiverOf, refuse, requireFlows } from './terms-of-plan.js';

/** How a connection is adapted: its plan, and what people said of it. */
export interface PresentAdaptation {
  readonly connection: Connection;
  readonly stored: StoredPlan;
}

/** Who a change of a plan is made by: the twin in whose name, if it is one of the two sides. */
interface Acting {
  readonly principal: Principal;
  readonly why: string;
}

/** What is done with the plan of a connection beyond making it (AP-FE): looked at, overridden, made anew. `not-found` for who has no side in it. */
@Injectable()
export class ConnectionAdaptation {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly federations: FederationRepository,
    private readonly connections: ConnectionRepository,
    private readonly planner: ConnectionPlanner,
    private readonly proposals: PlanProposals,
    private readonly versions: PlanVersions,
    private readonly writer: PlanWriter,
    private readonly audit: Audit,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /** The plan that holds. @throws DomainError `not-found` also while there is none */
  async read(principal: Principal, id: ConnectionId): Promise<PresentAdaptation> {
    const connection = await this.visible(principal, id);
    const [stored] = await this.versions.page(id, connection.planVersion + 1, 1);
    if (connection.planVersion > 0 && stored !== undefined) return { connection, stored };
    throw new DomainError('not-found', `The connection ${id} has no plan: it has not been accepted.`);
  }

  /** The plans it has and had, newest first; those of former connections under the same id as well. */
  async list(principal: Principal, id: ConnectionId, limit?: number, cursor?: string): Promise<Page<StoredPlan>> {
    await this.visible(principal, id);
    const kind = `plans:${id}`;
    const before = cursor === undefined ? 2 ** 31 - 1 : Number(decodeSequenceCursor(kind, cursor));
    const size = clampLimit(limit, 100);
    const found = await this.versions.page(id, Math.min(before, 2 ** 31 - 1), size + 1);
    const items = found.slice(0, size);
    const last = items.at(-1);
    return found.length > size && last !== undefined ? { items, next: encodeCursor(kind, [last.version]) } : { items };
  }

  /**
   * Puts these scripts, answers and overrides in the place of those there were, and applies the plan that follows. What concerns a flow is up to operators and to
   * the owner of the twin that receives by it: it could do the same to what it received.
   * @throws DomainError `validation-failed` for flows, steps and places that there are not, `forbidden`, `adaptation-unsupported`, `state-conflict`
   */
  async setTerms(principal: Principal, id: ConnectionId, terms: ConnectionTerms): Promise<PresentAdaptation> {
    const connection = await this.established(principal, id);
    this.requireSay(principal, connection, terms);
    const draft = { ...connection, terms };
    const { plan: unpinned, unplaced } = await this.planner.overridden(draft, connection.planVersion + 1, { areTermsNew: true });
    requirePlaced(terms, unplaced);
    await this.planner.tryOut(unpinned);
    const { asked } = connection.terms;
    const kept = { ...terms, overrides: withPins(unpinned, terms.overrides ?? []), ...(asked === undefined ? {} : { asked }) };
    const { features, needs } = connection;
    await this.put(
      connection,
      { features, needs, terms: kept, plan: unpinned, why: 'steps were overridden' },
      { principal, why: 'override' },
    );
    return this.read(principal, id);
  }

  /** What planning anew would change. @throws DomainError `state-conflict` when the connection does not stand */
  async proposal(principal: Principal, id: ConnectionId): Promise<{ connection: Connection; made: PlanProposal | PlanRefusal }> {
    const connection = await this.established(principal, id);
    return { connection, made: await this.proposals.make(connection) };
  }

  /** Tells both sides, and who follows the connection, that planning anew would give something else. */
  async tellProposal(principal: Principal, id: ConnectionId, { digest, difference }: PlanProposal): Promise<void> {
    const connection = await this.visible(principal, id);
    const [one, other] = sidesOf(connection);
    const payload = { ...connectionWire(connection), plan: undefined, proposal: { digest, difference } };
    await this.uow.run(async (tx) => {
      for (const [to, from] of [[one, other] as const, [other, one] as const]) {
        await this.peers.tell(tx, { from: from.id, to: to.id, action: 'UPDATE', object: { type: 'connection', id }, payload });
      }
    });
  }

  /**
   * Applies what planning anew gives. Messages that wait keep the plan they were accepted under. Overrides that find no step any more go, unless pinned.
   * @param digest of the proposal that was looked at; absent, whatever it is now
   * @throws DomainError `state-conflict` when the proposal is another by now or a pinned step would go, and what planning refuses
   */
  async apply(principal: Principal, id: ConnectionId, digest?: string): Promise<PresentAdaptation> {
    const connection = await this.established(principal, id);
    if (principal.kind !== 'operator' && !sidesOf(connection).some((twin) => actsFor(principal, twin))) {
      throw new DomainError('forbidden', `Only operators and the two sides apply a plan to the connection ${id}.`);
    }
    const made = await this.proposals.make(connection);
    if (isRefusal(made)) throw new DomainError(made.code, made.detail, { extensions: { ...made.extensions } });
    if (digest !== undefined && digest !== made.digest) {
      throw new DomainError('state-conflict', 'The proposal is another by now; look at it again.', { pointer: '/digest' });
    }
    const lost = made.unplaced.filter(({ pinned }) => pinned === true);
    if (lost.length > 0) {
      throw new DomainError('state-conflict', `Pinned steps would go: ${lost.map(({ step }) => step).join(', ')}. Unpin them first.`);
    }
    await this.applyProposal(connection, made, { principal, why: 'the plan was made anew' });
    return this.read(principal, id);
  }

  /** Applies a proposal that was made for this connection. @throws DomainError `state-conflict` when the connection has changed meanwhile */
  async applyProposal(connection: Connection, made: PlanProposal, acting: Acting): Promise<void> {
    const { features, needs, plan, unplaced } = made;
    const overrides = (connection.terms.overrides ?? []).filter((each) => !unplaced.includes(each));
    await this.put(connection, { features, needs, plan, terms: { ...connection.terms, overrides }, why: acting.why }, acting);
  }

  private async put(planned: Connection, next: NewPlan, { principal, why }: Acting): Promise<void> {
    await this.uow.run(async (tx) => {
      await this.federations.lock(tx, planned.federationId);
      const connection = await this.connections.lockVisible(tx, principal, planned.id);
      const isSame = connection?.incarnation === planned.incarnation && connection.planVersion === planned.planVersion;
      if (!isSame || !isEstablished(connection.state) || canonicalJson(connection.terms) !== canonicalJson(planned.terms)) {
        throw new DomainError('state-conflict', `The connection ${planned.id} has changed meanwhile; look at it again.`);
      }
      const written = await this.writer.write(tx, connection, next);
      const detail = { planVersion: written.planVersion, why: next.why };
      this.audit.record(tx, { principal, action: `connection.adapt`, subject: planned.id, detail: { ...detail, by: why } });
      await this.tell(tx, principal, written);
    });
  }

  /** The sides that did not do it themselves hear of it. */
  private async tell(tx: Transaction, principal: Principal, connection: Connection): Promise<void> {
    const [one, other] = sidesOf(connection);
    const object = { type: 'connection', id: connection.id } as const;
    for (const [to, from] of [[one, other] as const, [other, one] as const]) {
      if (!actsFor(principal, to)) {
        await this.peers.tell(tx, { from: from.id, to: to.id, action: 'UPDATE', object, payload: connectionWire(connection) });
      }
    }
  }

  private async visible(principal: Principal, id: ConnectionId): Promise<Connection> {
    const connection = await this.connections.findVisible(principal, id);
    if (connection !== undefined) return connection;
    throw new DomainError('not-found', `There is no connection ${id} that you may see.`);
  }

  private async established(principal: Principal, id: ConnectionId): Promise<Connection> {
    const connection = await this.visible(principal, id);
    if (isEstablished(connection.state)) return connection;
    throw new DomainError('state-conflict', `The connection ${id} is ${connection.state}; it has a plan once it is accepted.`, {
      extensions: { from: connection.state },
    });
  }

  /** @throws DomainError `validation-failed`, `forbidden` */
  private requireSay(principal: Principal, connection: Connection, terms: ConnectionTerms): void {
    requireFlows(terms, connection);
    for (const part of ['scripts', 'overrides', 'matches'] as const) {
      const [wished, present] = [terms[part] ?? [], connection.terms[part] ?? []];
      const isNew = (each: FlowReference, among: readonly FlowReference[]): boolean =>
        !among.some((known) => canonicalJson(known) === canonicalJson(each));
      const touched = [...wished.filter((each) => isNew(each, present)), ...present.filter((each) => isNew(each, wished))];
      for (const reference of touched) this.requireReceiver(principal, connection, receiverOf(connection, reference));
    }
  }

  private requireReceiver(principal: Principal, connection: Connection, receiving: TwinId | undefined): void {
    if (receiving === undefined || principal.kind === 'operator') return;
    const receiver = sidesOf(connection).find(({ id }) => id === receiving);
    if (receiver !== undefined && actsFor(principal, receiver)) return;
    throw new DomainError('forbidden', `What ${receiving} receives is overridden by operators and by its owner.`);
  }
}

/** The two sides, each with its owner. */
function sidesOf({ requester, requesterOrganization, responder, responderOrganization }: Connection) {
  return [
    { id: requester, owner: requesterOrganization },
    { id: responder, owner: responderOrganization },
  ] as const;
}

/** @throws DomainError `validation-failed` for overrides that found no step */
function requirePlaced({ overrides = [] }: ConnectionTerms, unplaced: ConnectionTerms['overrides'] & object): void {
  const errors = overrides.flatMap((each, index) =>
    unplaced.includes(each) ? [{ pointer: `/overrides/${index}/step`, detail: `is no step of this flow` }] : [],
  );
  refuse(errors);
}
