import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../kernel/ids.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { BatchOutcomeDto, TwinBatchDto } from './dto/batch.dto.js';
import { FIRE_TWIN, TEMPORARY_TWIN, TRAFFIC_TWIN } from './dto/examples.js';
import { ListTwinsDto } from './dto/list-twins.dto.js';
import { RenewLeaseDto } from './dto/renew-lease.dto.js';
import { TwinProfileDto } from './dto/twin-profile.dto.js';
import { RenewedLeaseDto, toRenewedLeaseDto, toTwinDto, TwinDto, TwinPageDto } from './dto/twin.dto.js';
import { readPreconditions } from './entity-tag.js';
import { TwinBatchService } from './twin-batch.service.js';
import { presentBatch, presentOutcome, presentTwin } from './twin-presenter.js';
import { TwinService } from './twin.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.' };
const TRAFFIC = { ...ID, example: TRAFFIC_TWIN.id };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with the version, not with lease or status.' } } as const;
const CREATED = { type: TwinDto, headers: { ...ETAG, Location: { schema: { type: 'string' }, description: 'The twin.' } } } as const;
const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag of the state that shall be changed, or *.' };
const INVALID = { status: 400, description: 'A field is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).' };
const FORBIDDEN = { status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };
const TAKEN = { status: 409, description: 'The id is in use (problem+json `already-exists`).' };
const CHANGED = { status: 412, description: 'The twin is not in the state expected (problem+json `precondition-failed`).' };

/** Digital twin registration (DTR-FE). */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twins')
export class TwinController {
  constructor(
    private readonly twins: TwinService,
    private readonly batches: TwinBatchService,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'registerTwin',
    summary: 'Register a new twin',
    description:
      'Under an id of your own, or, without one, a minted urn:uuid:. After a deregistration the same organization may register the id again.',
  })
  @ApiBody({ type: TwinProfileDto, examples: { temporary: { summary: 'A small twin', value: TEMPORARY_TWIN } } })
  @ApiCreatedResponse(CREATED)
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(TAKEN)
  async register(
    @CurrentPrincipal() principal: Principal,
    @Body() dto: TwinProfileDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TwinDto> {
    return presentOutcome(reply, await this.twins.register(principal, dto));
  }

  @Get()
  @ApiOperation({ operationId: 'listTwins', summary: 'List twins', description: 'The twins that the caller may see, in order of id.' })
  @ApiOkResponse({ type: TwinPageDto })
  @ApiResponse({ status: 400, description: 'A filter or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListTwinsDto): Promise<TwinPageDto> {
    const { items, ...rest } = await this.twins.list(principal, query);
    return { items: items.map(toTwinDto), ...rest };
  }

  @Post('batch')
  @ApiOperation({
    operationId: 'putTwins',
    summary: 'Register or replace several twins',
    description:
      'Up to 100 profiles with their ids, each as PUT would take it. One that is refused does not keep the others from being registered.',
  })
  @ApiBody({
    type: TwinBatchDto,
    examples: { twins: { summary: 'A traffic twin and a fire twin', value: { twins: [TRAFFIC_TWIN, FIRE_TWIN] } } },
  })
  @ApiOkResponse({ type: BatchOutcomeDto, description: 'All are registered.' })
  @ApiResponse({ status: 207, type: BatchOutcomeDto, description: 'Some were refused; each item says why.' })
  @ApiResponse(INVALID)
  async registerBatch(
    @CurrentPrincipal() principal: Principal,
    @Body() { twins }: TwinBatchDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchOutcomeDto> {
    return presentBatch(reply, await this.batches.register(principal, twins));
  }

  @Put(':id')
  @ApiOperation({
    operationId: 'putTwin',
    summary: 'Register or replace a twin',
    description:
      'Registers the twin under this id, or replaces its profile as a whole. Idempotent: a profile that says the same as before makes no new version. ' +
      'A lease in the profile is renewed; a profile without one ends it.',
  })
  @ApiParam(TRAFFIC)
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '* registers a new twin and never replaces one.' })
  @ApiBody({ type: TwinProfileDto, examples: { traffic: { summary: 'A traffic twin', value: TRAFFIC_TWIN } } })
  @ApiOkResponse({ type: TwinDto, headers: ETAG, description: 'Replaced, or unchanged.' })
  @ApiCreatedResponse({ ...CREATED, description: 'Registered.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(TAKEN)
  @ApiResponse(CHANGED)
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: TwinProfileDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TwinDto> {
    const preconditions = readPreconditions({ ifMatch, ifNoneMatch });
    return presentOutcome(reply, await this.twins.replace(principal, parseTwinId(id), dto, preconditions));
  }

  @Get(':id')
  @ApiOperation({ operationId: 'readTwin', summary: 'Read a twin', description: 'Its profile, features, status and lease.' })
  @ApiParam(TRAFFIC)
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the version you have.' })
  @ApiOkResponse({ type: TwinDto, headers: ETAG })
  @ApiResponse({ status: 304, description: 'You have this version already.' })
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TwinDto | undefined> {
    return presentTwin(reply, await this.twins.read(principal, parseTwinId(id)), ifNoneMatch);
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'patchTwin',
    summary: 'Change parts of a twin',
    description: 'JSON merge patch (RFC 7396) of the twin as it is shown: null removes a member, arrays are replaced as a whole.',
  })
  @ApiConsumes('application/merge-patch+json')
  @ApiParam(TRAFFIC)
  @ApiHeader({ ...IF_MATCH, required: true, example: '*' })
  @ApiBody({
    schema: { type: 'object', additionalProperties: true },
    examples: {
      describe: {
        summary: 'Another description and a label',
        value: { description: 'Traffic of the A40.', labels: { borough: 'Camden' } },
      },
    },
  })
  @ApiOkResponse({ type: TwinDto, headers: ETAG })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CHANGED)
  @ApiResponse({ status: 428, description: 'If-Match is missing (problem+json `precondition-required`).' })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() patch: object,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<TwinDto> {
    return presentOutcome(reply, await this.twins.patch(principal, parseTwinId(id), patch, readPreconditions({ ifMatch }, true)));
  }

  @Put(':id/lease')
  @ApiOperation({
    operationId: 'renewLease',
    summary: 'Renew the lease of a twin',
    description:
      'The lease runs from now, for as long as before or as the body says. A stale or expired twin becomes active. No new version.',
  })
  @ApiParam(TRAFFIC)
  @ApiBody({ type: RenewLeaseDto, required: false, examples: { hours: { summary: 'For a day', value: { ttlSeconds: 86_400 } } } })
  @ApiOkResponse({ type: RenewedLeaseDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async renew(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { ttlSeconds }: RenewLeaseDto,
  ): Promise<RenewedLeaseDto> {
    return toRenewedLeaseDto(await this.twins.renew(principal, parseTwinId(id), ttlSeconds));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deregisterTwin',
    summary: 'Deregister a twin',
    description: 'Nobody finds it any more. The id stays reserved for the organization, which may register it again.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_TWIN.id })
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse({ description: 'Deregistered.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CHANGED)
  async deregister(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<void> {
    await this.twins.deregister(principal, parseTwinId(id), readPreconditions({ ifMatch }));
  }
}
