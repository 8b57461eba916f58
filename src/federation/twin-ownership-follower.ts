import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { FederationId, OrganizationId } from '../kernel/ids.js';
import { type Belongings, type Handover, type OwnershipFollower, OwnershipFollowers } from '../registry/transfer/ownership-followers.js';
import { Audit } from '../security/audit.js';
import type { Principal } from '../security/principal.js';
import { ConnectionRelease } from './connection-release.js';
import { federationWire } from './dto/federation.dto.js';
import { FederationRepository } from './federation.repository.js';
import { isOpenFederation, nextFederationState } from './federation-state.js';
import { MemberRepository } from './member.repository.js';
import { PEER_NOTIFIER, type PeerNotifier } from './peer-notifier.js';
import { StateWriter } from './state-writer.js';
import {
  CONNECTIONS_OF_TWIN,
  COUNT_BELONGINGS,
  FEDERATIONS_LED,
  FEDERATIONS_OF_TWIN,
  MEMBERSHIPS_OF_TWIN,
} from './twin-ownership.queries.js';

/**
 * Keeps the organizations that stand beside twins in federations and connections in step with the registry. A twin that changes hands keeps its
 * memberships, its lead and its connections, because it stays the same twin; the others hear of it by the events and may part with it.
 */
@Injectable()
export class TwinOwnershipFollower implements OwnershipFollower, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly federations: FederationRepository,
    private readonly members: MemberRepository,
    private readonly releases: ConnectionRelease,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    private readonly followers: OwnershipFollowers,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  onModuleInit(): void {
    this.followers.add(this);
  }

  async handOver(tx: Transaction, { twin, to }: Handover): Promise<void> {
    for (const { id } of await tx.query<{ id: FederationId }>(FEDERATIONS_OF_TWIN, [twin, to])) {
      const federation = await this.federations.read(tx, id);
      if (isOpenFederation(federation.state)) this.states.recordFederation(tx, federation, federation.state, federation.state);
    }
    for (const { federationId, role, state } of await tx.query<Membership>(MEMBERSHIPS_OF_TWIN, [twin, to])) {
      const data = { federationId, twin, organization: to, role, state, previous: state };
      tx.record({ kind: 'member.changed', subject: federationId, data });
    }
    for (const { id, state, ...rest } of await tx.query<ConnectionRow>(CONNECTIONS_OF_TWIN, [twin, to])) {
      if (['REJECTED', 'EXPIRED', 'RELEASED'].includes(state)) continue;
      tx.record({ kind: 'connection.changed', subject: id, data: { state, previous: state, ...rest } });
    }
  }

  async belongings(organization: OrganizationId): Promise<Belongings> {
    const [counts] = await this.database.query<Record<string, number>>(COUNT_BELONGINGS, [organization]);
    return counts ?? {};
  }

  async release(tx: Transaction, principal: Principal, organization: OrganizationId, limit: number): Promise<number> {
    const led = await tx.query<{ id: FederationId }>(FEDERATIONS_LED, [organization, limit]);
    for (const { id } of led) await this.dissolve(tx, principal, id);
    return led.length;
  }

  /** Ends a federation whose initiator leaves; everyone in it is told. */
  private async dissolve(tx: Transaction, principal: Principal, id: FederationId): Promise<void> {
    const federation = await this.federations.lock(tx, id);
    if (federation === undefined || !isOpenFederation(federation.state)) return;
    const by = federation.initiator;
    const dissolving = nextFederationState(id, federation.state, 'dissolve');
    await this.releases.releaseAll(tx, id, { by, reason: `the federation ${id} was dissolved: its initiator has left` });
    const ended = await this.states.moveFederation(tx, federation, [dissolving, nextFederationState(id, dissolving, 'finish')]);
    this.audit.record(tx, { principal, action: 'federation.dissolve', subject: id, chain: ended.initiatorOrganization });
    for (const { twin } of await this.members.involved(id, tx)) {
      if (twin === by) continue;
      const object = { type: 'federation', id } as const;
      await this.peers.tell(tx, { from: by, to: twin, action: 'DISCONNECT', object, payload: federationWire(ended) });
    }
  }
}

interface Membership {
  readonly federationId: FederationId;
  readonly role: string;
  readonly state: string;
}

interface ConnectionRow {
  readonly id: string;
  readonly state: string;
  readonly federationId: FederationId;
  readonly requester: string;
  readonly responder: string;
  readonly planVersion: number;
  readonly reason: string | null;
}
