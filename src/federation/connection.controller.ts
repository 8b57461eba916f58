import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseConnectionId } from '../kernel/ids.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { ConnectionService } from './connection.service.js';
import { CreateConnectionDto, ReasonDto, ReplaceConnectionDto } from './dto/connection-input.dto.js';
import { ConnectionDto, ConnectionPageDto, connectionWire } from './dto/connection.dto.js';
import { CONNECTION_EXAMPLE, CONNECTION_ID, TEMPORARY_CONNECTION_EXAMPLE, TEMPORARY_CONNECTION_ID } from './dto/examples.js';
import { ListConnectionsDto } from './dto/list-query.dto.js';
import { ConnectionStatusDto } from './dto/status.dto.js';
import { CONFLICT, FORBIDDEN, INVALID, INVALID_LIST, NOT_FOUND, presentConnection, RUN_OUT, TAKEN } from './federation-presenter.js';
import { FederationStatusService } from './federation-status.service.js';

const ID = { name: 'id', description: 'Id of the connection, percent-encoded.', example: CONNECTION_ID };
const TEMPORARY = { ...ID, example: TEMPORARY_CONNECTION_ID };
const CREATED = {
  type: ConnectionDto,
  headers: { Location: { schema: { type: 'string' }, description: 'The connection.' } },
  description: 'Requested.',
} as const;
const REASON = (
  value: string,
): { type: typeof ReasonDto; required: false; examples: Record<string, { summary: string; value: ReasonDto }> } => ({
  type: ReasonDto,
  required: false,
  examples: { reason: { summary: 'With a reason', value: { reason: value } } },
});

/** Connections between members (FC-FE, CSIM-FE). */
@ApiTags('Connections')
@ApiBearerAuth('organization')
@Controller('v1/connections')
export class ConnectionController {
  constructor(
    private readonly connections: ConnectionService,
    private readonly statuses: FederationStatusService,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'requestConnection',
    summary: 'Request a connection',
    description:
      'In the name of the requester: asks another JOINED member of an ACTIVE or DEGRADED federation for a connection, for named features of either ' +
      'side. The responder finds the request in its inbox. Under an id of your own, or a minted urn:uuid:; after its end the same organization may ' +
      'use the id again.',
  })
  @ApiBody({ type: CreateConnectionDto, examples: { temporary: { summary: 'For one feature', value: TEMPORARY_CONNECTION_EXAMPLE } } })
  @ApiCreatedResponse(CREATED)
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TAKEN)
  async request(
    @CurrentPrincipal() principal: Principal,
    @Body() dto: CreateConnectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionDto> {
    return presentConnection(reply, await this.connections.request(principal, dto), true);
  }

  @Get()
  @ApiOperation({
    operationId: 'listConnections',
    summary: 'List connections',
    description: 'Those of which the caller’s organization has a side, in order of id; past ones included.',
  })
  @ApiOkResponse({ type: ConnectionPageDto })
  @ApiResponse(INVALID_LIST)
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListConnectionsDto): Promise<ConnectionPageDto> {
    const { items, ...rest } = await this.connections.list(principal, query);
    return { items: items.map(connectionWire), ...rest };
  }

  @Put(':id')
  @ApiOperation({
    operationId: 'putConnection',
    summary: 'Request a connection under an id',
    description:
      'Idempotent: asking for what is open already changes nothing. An open connection with another content has to be released first.',
  })
  @ApiParam(ID)
  @ApiBody({ type: ReplaceConnectionDto, examples: { fireTraffic: { summary: 'Fire asks traffic', value: CONNECTION_EXAMPLE } } })
  @ApiCreatedResponse(CREATED)
  @ApiOkResponse({ type: ConnectionDto, description: 'Open already, unchanged.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TAKEN)
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: ReplaceConnectionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConnectionDto> {
    const { connection, change } = await this.connections.replace(principal, parseConnectionId(id), dto);
    return presentConnection(reply, connection, change === 'created');
  }

  @Get(':id')
  @ApiOperation({ operationId: 'readConnection', summary: 'Read a connection', description: 'For its two organizations and operators.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: ConnectionDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ConnectionDto> {
    return connectionWire(await this.connections.read(principal, parseConnectionId(id)));
  }

  @Post(':id/accept')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'acceptConnection',
    summary: 'Accept a connection',
    description:
      'In the name of the responder: the adaptation plan is made, and the connection is CONNECTED. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiBody(REASON('as agreed'))
  @ApiOkResponse({ type: ConnectionDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(RUN_OUT)
  async accept(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() { reason }: ReasonDto): Promise<ConnectionDto> {
    return connectionWire((await this.connections.accept(principal, parseConnectionId(id), reason)).connection);
  }

  @Get(':id/status')
  @ApiOperation({
    operationId: 'readConnectionStatus',
    summary: 'Read the status of a connection',
    description: 'Its state, since when, and why; and how each wire of the two sides fares: state, latency, error rate.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: ConnectionStatusDto })
  @ApiResponse(NOT_FOUND)
  async status(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ConnectionStatusDto> {
    return this.statuses.connection(principal, parseConnectionId(id));
  }

  @Post(':id/reject')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rejectConnection',
    summary: 'Reject a connection',
    description: 'In the name of the responder, while it is REQUESTED. Repeating it changes nothing.',
  })
  @ApiParam(TEMPORARY)
  @ApiBody(REASON('the road is closed already'))
  @ApiOkResponse({ type: ConnectionDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(RUN_OUT)
  async reject(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() { reason }: ReasonDto): Promise<ConnectionDto> {
    return connectionWire((await this.connections.reject(principal, parseConnectionId(id), reason)).connection);
  }

  @Post(':id/release')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'releaseConnection',
    summary: 'Release a connection',
    description:
      'In the name of either side: an open connection becomes RELEASED. One that has ended already, in whatever way, is answered as it is, so that ' +
      'releasing can be repeated and cannot collide with the other side’s rejection.',
  })
  @ApiParam(TEMPORARY)
  @ApiBody(REASON('no longer needed'))
  @ApiOkResponse({ type: ConnectionDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async release(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() { reason }: ReasonDto): Promise<ConnectionDto> {
    return connectionWire((await this.connections.release(principal, parseConnectionId(id), reason)).connection);
  }
}
