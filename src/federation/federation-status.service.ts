import { Injectable } from '@nestjs/common';
import type { ConnectionId, FederationId } from '../kernel/ids.js';
import type { Principal } from '../security/principal.js';
import { ConnectionRepository } from './connection.repository.js';
import { ConnectionService } from './connection.service.js';
import { CONNECTION_STATES, type ConnectionState } from './connection-state.js';
import type { ConnectionStatusDto, FederationStatusDto } from './dto/status.dto.js';
import { FederationGate } from './federation-gate.js';
import { MemberRepository } from './member.repository.js';
import { MemberView } from './member-view.js';

/** FSIM-FE and CSIM-FE: how federations and connections stand (Y.4489; content graded P). */
@Injectable()
export class FederationStatusService {
  constructor(
    private readonly gate: FederationGate,
    private readonly members: MemberRepository,
    private readonly view: MemberView,
    private readonly connections: ConnectionRepository,
    private readonly communication: ConnectionService,
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

  /** State, since when and why. @throws DomainError `not-found` */
  async connection(principal: Principal, id: ConnectionId): Promise<ConnectionStatusDto> {
    const { state, since, reason } = await this.communication.read(principal, id);
    return { id, state, since: since.toISOString(), ...(reason === null ? {} : { reason }) };
  }
}
