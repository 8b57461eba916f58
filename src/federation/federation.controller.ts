import { Body, Controller, Get, Headers, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseFederationId } from '../kernel/ids.js';
import { readPreconditions } from '../problems/entity-tag.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { FEDERATION_EXAMPLE, FEDERATION_ID, TEMPORARY_FEDERATION_EXAMPLE } from './dto/examples.js';
import { CreateFederationDto, PatchFederationDto, ReplaceFederationDto } from './dto/federation-input.dto.js';
import { FederationDto, FederationPageDto, federationWire } from './dto/federation.dto.js';
import { ListFederationsDto } from './dto/list-query.dto.js';
import { CHANGED, FORBIDDEN, INVALID, INVALID_LIST, NOT_FOUND, presentFederation, TAKEN, UNCONDITIONAL } from './federation-presenter.js';
import { FederationService } from './federation.service.js';

const ID = { name: 'id', description: 'Id of the federation, percent-encoded.', example: FEDERATION_ID };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with name, purpose and access, not with the state.' } } as const;
const CREATED = {
  type: FederationDto,
  headers: { ...ETAG, Location: { schema: { type: 'string' }, description: 'The federation.' } },
} as const;
const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag of the state that shall be changed, or *.' };

/** Forming and changing federations (FM-FE). */
@ApiTags('Federations')
@ApiBearerAuth('organization')
@Controller('v1/federations')
export class FederationController {
  constructor(private readonly federations: FederationService) {}

  @Post()
  @ApiOperation({
    operationId: 'createFederation',
    summary: 'Create a federation',
    description:
      'In the name of its initiator, which becomes its first member. Twins can be invited at once. Under an id of your own, or a minted ' +
      'urn:uuid:; after a dissolution the same organization may use the id again.',
  })
  @ApiBody({
    type: CreateFederationDto,
    examples: { temporary: { summary: 'A drill, with an invitation', value: TEMPORARY_FEDERATION_EXAMPLE } },
  })
  @ApiCreatedResponse({ ...CREATED, description: 'Created: DRAFT, or FORMING with invitations.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TAKEN)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() dto: CreateFederationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FederationDto> {
    return presentFederation(reply, await this.federations.create(principal, dto), true);
  }

  @Get()
  @ApiOperation({
    operationId: 'listFederations',
    summary: 'List federations',
    description: 'Those that the caller may see, in order of id: listed ones, and those in which its twins are or may be members.',
  })
  @ApiOkResponse({ type: FederationPageDto })
  @ApiResponse(INVALID_LIST)
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListFederationsDto): Promise<FederationPageDto> {
    const { items, ...rest } = await this.federations.list(principal, query);
    return { items: items.map(federationWire), ...rest };
  }

  @Put(':id')
  @ApiOperation({
    operationId: 'putFederation',
    summary: 'Create or replace a federation',
    description:
      'Creates the federation under this id, or gives the open one this name, purpose and access. Idempotent: the same again changes nothing. ' +
      'The initiator changes by hand-over alone.',
  })
  @ApiParam(ID)
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '* creates a federation and never replaces one.' })
  @ApiBody({
    type: ReplaceFederationDto,
    examples: { fireResponse: { summary: 'A federation around the fire service', value: FEDERATION_EXAMPLE } },
  })
  @ApiOkResponse({ type: FederationDto, headers: ETAG, description: 'Replaced, or unchanged.' })
  @ApiCreatedResponse({ ...CREATED, description: 'Created.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TAKEN)
  @ApiResponse(CHANGED)
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: ReplaceFederationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<FederationDto> {
    const preconditions = readPreconditions({ ifMatch, ifNoneMatch });
    const { federation, change } = await this.federations.replace(principal, parseFederationId(id), dto, preconditions);
    return presentFederation(reply, federation, change === 'created');
  }

  @Get(':id')
  @ApiOperation({ operationId: 'readFederation', summary: 'Read a federation', description: 'Its purpose, initiator and state.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: FederationDto, headers: ETAG })
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FederationDto> {
    return presentFederation(reply, await this.federations.read(principal, parseFederationId(id)));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'patchFederation',
    summary: 'Change name, purpose or access of a federation',
    description: 'JSON merge patch (RFC 7396), by the initiator; its members are told.',
  })
  @ApiConsumes('application/merge-patch+json')
  @ApiParam(ID)
  @ApiHeader({ ...IF_MATCH, required: true, example: '*' })
  @ApiBody({
    type: PatchFederationDto,
    examples: { purpose: { summary: 'Another purpose', value: { purpose: 'Clear the way for fire engines and ambulances' } } },
  })
  @ApiOkResponse({ type: FederationDto, headers: ETAG })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CHANGED)
  @ApiResponse(UNCONDITIONAL)
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() patch: PatchFederationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<FederationDto> {
    const preconditions = readPreconditions({ ifMatch }, true);
    const { federation } = await this.federations.update(principal, parseFederationId(id), patch, preconditions);
    return presentFederation(reply, federation);
  }
}
