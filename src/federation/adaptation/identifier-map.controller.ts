import { Body, Controller, Get, Headers, Param, Put, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseFederationId } from '../../kernel/ids.js';
import { entityTag, readPreconditions } from '../../problems/entity-tag.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FEDERATION_ID } from '../dto/examples.js';
import { CONFLICT, FORBIDDEN, INVALID } from '../federation-presenter.js';
import { IdentifierMapDto, PutIdentifierMapDto, SCHEMES_EXAMPLE } from './identifier-map.dto.js';
import { identifierMapOf } from './identifier-map.js';
import { type IdentifierMap, IdentifierMaps } from './identifier-map.service.js';

const ID = { name: 'id', description: 'Id of the federation, percent-encoded.', example: FEDERATION_ID };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with the identifiers alone.' } } as const;
const NOT_FOUND = {
  status: 404,
  description: 'There is no such federation, or the caller is not in it (problem+json `not-found`).',
};

/** Identifiers that mean the same within a federation (SA-FE). */
@ApiTags('Federations')
@ApiBearerAuth('organization')
@Controller('v1/federations/:id/identifiers')
export class IdentifierMapController {
  constructor(private readonly maps: IdentifierMaps) {}

  @Put()
  @ApiOperation({
    operationId: 'putFederationIdentifiers',
    summary: 'Say which identifiers mean the same',
    description:
      'By the initiator: these pairs take the place of those there were, and the plans of connections that compare identifiers are made anew. Idempotent.',
  })
  @ApiParam(ID)
  @ApiHeader({ name: 'If-Match', required: false, description: 'ETag of the identifiers that shall be changed, or *.' })
  @ApiBody({ type: PutIdentifierMapDto, examples: { roads: { summary: 'Roads of two registers', value: { schemes: SCHEMES_EXAMPLE } } } })
  @ApiOkResponse({ type: IdentifierMapDto, headers: ETAG, description: 'Replaced, or unchanged.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse({ status: 412, description: 'The identifiers have changed since they were read (problem+json `precondition-failed`).' })
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { schemes }: PutIdentifierMapDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<IdentifierMapDto> {
    const preconditions = readPreconditions({ ifMatch });
    return present(reply, await this.maps.replace(principal, parseFederationId(id), identifierMapOf(schemes), preconditions));
  }

  @Get()
  @ApiOperation({
    operationId: 'readFederationIdentifiers',
    summary: 'Read which identifiers mean the same',
    description: 'For members, the initiator and operators. Empty until somebody has said something.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: IdentifierMapDto, headers: ETAG })
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IdentifierMapDto> {
    return present(reply, await this.maps.read(principal, parseFederationId(id)));
  }
}

function present(reply: FastifyReply, { federation, revision, schemes }: IdentifierMap): IdentifierMapDto {
  void reply.header('etag', entityTag(revision));
  return { federationId: federation, version: revision.version, schemes: schemes.map((each) => ({ ...each })) };
}
