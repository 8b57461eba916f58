import { Injectable } from '@nestjs/common';
import type { ConnectionId, FederationId } from '../kernel/ids.js';
import { organizationOf, type OwnedTwin, type Principal } from '../security/principal.js';
import type { Connection } from './connection.entity.js';
import { ConnectionRepository } from './connection.repository.js';
import { ConnectionService } from './connection.service.js';
import { CONNECTION_STATES, type ConnectionState } from './connection-state.js';
import type { ConnectionStatusDto, FederationStatusDto, FeedStatusDto } from './dto/status.dto.js';
import { FederationGate } from './federation-gate.js';
import { MemberRepository } from './member.repository.js';
import { MemberView } from './member-view.js';
import { TwinWiresPort } from './twin-wires.js';

/** FSIM-FE and CSIM-FE: how federations and connections stand (Y.4489; content graded P). */
@Injectable()
export class FederationStatusService {
  constructor(
    private readonly gate: FederationGate,
    private readonly members: MemberRepository,
    private readonly view: MemberView,
    private readonly connections: ConnectionRepository,
    private readonly communication: ConnectionService,
    private readonly wires: TwinWiresPort,
  ) {}

  /** State, members with their registration, and how many connections are in which state. @throws DomainError `not-found` */
  async federation(principal: Principal, id: FederationId): Promise<FederationStatusDto> {
    const federation = await this.gate.read(principal, id);
    const visible = await this.view.visible(principal, federation, await this.members.involved(id));
    const members = await Promise.all(
      visible.map(async ({ twin, role, state, since }) => {
        const registration = (await this.gate.registered(twin))?.status ?? 'DEREGISTERED';
        return { twin, role, state, registration, since: since.toISOString() };
      }),
    );
    const connections = Object.fromEntries(CONNECTION_STATES.map((state) => [state, 0])) as Record<ConnectionState, number>;
    for (const { state, count } of await this.connections.countByState(id)) connections[state] = count;
    return { id, state: federation.state, since: federation.since.toISOString(), members, connections };
  }

  /** State, since when and why, and how the wires of both sides fare. @throws DomainError `not-found` */
  async connection(principal: Principal, id: ConnectionId): Promise<ConnectionStatusDto> {
    const connection = await this.communication.read(principal, id);
    const { state, since, reason, requester, requesterOrganization, responder, responderOrganization } = connection;
    const feeds = await Promise.all([
      this.feeds(principal, { id: requester, owner: requesterOrganization }, connection),
      this.feeds(principal, { id: responder, owner: responderOrganization }, connection),
    ]);
    return { id, state, since: since.toISOString(), ...(reason === null ? {} : { reason }), feeds: feeds.flat() };
  }

  /** The wires of a side that carry something of the connection; what its owner calls them, and why they fail, is its own and operators' affair. */
  private async feeds(principal: Principal, twin: OwnedTwin, { features }: Connection): Promise<FeedStatusDto[]> {
    const isOwn = [undefined, twin.owner].includes(organizationOf(principal));
    const names = features.filter((feature) => feature.twin === twin.id && feature.kind === 'data').map(({ name }) => name);
    const wires = (await this.wires.of(twin)).filter(({ feature }) => feature === undefined || names.includes(feature));
    return wires.map(({ direction, protocol, name, feature, isEnabled, state, since, reason, figures, losses }) => ({
      twin: twin.id,
      direction,
      protocol,
      ...(isOwn && name !== undefined ? { name } : {}),
      ...(feature === undefined ? {} : { feature }),
      enabled: isEnabled,
      state,
      since: since.toISOString(),
      ...(isOwn && reason !== undefined ? { reason } : {}),
      ...figures,
      losses: losses.map(({ kind, detail }) => ({ kind, detail })),
    }));
  }
}
