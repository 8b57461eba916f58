import { Injectable } from '@nestjs/common';
import { ConnectionService } from '../../federation/connection.service.js';
import { CreateConnectionDto } from '../../federation/dto/connection-input.dto.js';
import { connectionWire } from '../../federation/dto/connection.dto.js';
import { CreateFederationDto, PatchFederationDto } from '../../federation/dto/federation-input.dto.js';
import { federationWire } from '../../federation/dto/federation.dto.js';
import { memberWire } from '../../federation/dto/member.dto.js';
import { FederationService } from '../../federation/federation.service.js';
import { FederationStatusService } from '../../federation/federation-status.service.js';
import { MemberService } from '../../federation/member.service.js';
import { parseConnectionId, parseFederationId, parseTwinId, type FederationId } from '../../kernel/ids.js';
import { parseDto } from '../../problems/dto-validation.js';
import { type HostedAnswer, type HostedRequest, objectId, payloadObject, receiverId } from './hosted-request.js';
import { notOffered } from './registry-requests.js';

/** REQUESTs that form, change and end federations and connections: orchestration that the broker hosts for its twins (FM-FE, FC-FE, FSIM-FE, CSIM-FE). */
@Injectable()
export class OrchestrationRequests {
  constructor(
    private readonly federations: FederationService,
    private readonly members: MemberService,
    private readonly connections: ConnectionService,
    private readonly statuses: FederationStatusService,
  ) {}

  /** Carries out a request whose object is a federation, a connection or the status of one. */
  async handle(request: HostedRequest): Promise<HostedAnswer> {
    switch (request.envelope.data.object.type) {
      case 'federation':
        return this.federation(request);
      case 'connection':
        return this.connection(request);
      case 'federationStatus':
        return { code: 'OK', payload: await this.statuses.federation(request.principal, parseFederationId(objectId(request))) };
      case 'communicationStatus':
        return { code: 'OK', payload: await this.statuses.connection(request.principal, parseConnectionId(objectId(request))) };
      default:
        throw notOffered(request);
    }
  }

  private async federation(request: HostedRequest): Promise<HostedAnswer> {
    const { principal, tx, sender } = request;
    const { action, object } = request.envelope.data;
    if (action === 'REGISTER') {
      const given = payloadObject(request);
      const id = object.id === undefined ? {} : { id: object.id };
      const dto = parseDto(CreateFederationDto, { ...given, ...id, initiator: sender });
      return { code: 'CREATED', payload: federationWire(await this.federations.create(principal, dto, tx)) };
    }
    const id = parseFederationId(objectId(request));
    switch (action) {
      case 'DEREGISTER':
        return { code: 'OK', payload: federationWire(await this.federations.dissolve(principal, id, tx)) };
      case 'UPDATE': {
        const patch = parseDto(PatchFederationDto, payloadObject(request));
        const { federation } = await this.federations.update(principal, id, patch, {}, tx);
        return { code: 'OK', payload: federationWire(federation) };
      }
      case 'CONNECT':
      case 'ACCEPT':
        return { code: 'OK', payload: memberWire(await this.take(request, id)) };
      case 'DISCONNECT':
      case 'REJECT': {
        const leaving = (await this.isInitiator(request, id)) ? parseTwinId(receiverId(request)) : sender;
        return { code: 'OK', payload: memberWire(await this.members.leave(principal, id, leaving, tx)) };
      }
      default:
        throw notOffered(request);
    }
  }

  /** The initiator invites (CONNECT) or admits (ACCEPT) the receiver; anyone else takes a seat for itself. */
  private async take(request: HostedRequest, id: FederationId) {
    const { principal, tx, sender } = request;
    const role = request.envelope.data.parameters?.['role'];
    const seat = (twin: string): { twin: string; role?: string } => ({ twin, ...(typeof role === 'string' ? { role } : {}) });
    if (!(await this.isInitiator(request, id))) return (await this.members.join(principal, id, seat(sender), tx)).member;
    const receiver = parseTwinId(receiverId(request));
    return request.envelope.data.action === 'CONNECT'
      ? (await this.members.invite(principal, id, seat(receiver), tx)).member
      : (await this.members.admit(principal, id, receiver, tx)).member;
  }

  private async isInitiator({ principal, sender, tx }: HostedRequest, id: FederationId): Promise<boolean> {
    return (await this.federations.read(principal, id, tx)).initiator === sender;
  }

  private async connection(request: HostedRequest): Promise<HostedAnswer> {
    const { principal, tx, sender } = request;
    const { action, object } = request.envelope.data;
    if (action === 'CONNECT') {
      const given = payloadObject(request);
      const { header } = request.envelope;
      const dto = parseDto(CreateConnectionDto, {
        ...(header.federationId === undefined ? {} : { federationId: header.federationId }),
        ...(header.receiver?.role === 'DT' ? { responder: header.receiver.id } : {}),
        ...given,
        ...(object.id === undefined ? {} : { id: object.id }),
        requester: sender,
      });
      return { code: 'ACCEPTED', payload: connectionWire(await this.connections.request(principal, dto, tx)) };
    }
    const id = parseConnectionId(objectId(request));
    const reason = request.envelope.data.parameters?.['reason'];
    const why = typeof reason === 'string' ? reason.slice(0, 1_000) : undefined;
    switch (action) {
      case 'ACCEPT':
        return { code: 'OK', payload: connectionWire((await this.connections.accept(principal, id, why, tx)).connection) };
      case 'REJECT':
        return { code: 'OK', payload: connectionWire((await this.connections.reject(principal, id, why, tx)).connection) };
      case 'DISCONNECT':
        return { code: 'OK', payload: connectionWire((await this.connections.release(principal, id, why, tx)).connection) };
      default:
        throw notOffered(request);
    }
  }
}
