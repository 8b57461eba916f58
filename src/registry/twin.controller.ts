import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../kernel/ids.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { BatchOutcomeDto, TwinBatchDto } from './dto/batch.dto.js';
import { ChangePreviewDto, ChangeQueryDto, RegisterQueryDto } from './dto/change-impact.dto.js';
import { FIRE_TWIN, TEMPORARY_TWIN, TRAFFIC_TWIN } from './dto/examples.js';
import { ListTwinsDto } from './dto/list-twins.dto.js';
import { RenewLeaseDto } from './dto/renew-lease.dto.js';
import { TwinProfileDto } from './dto/twin-profile.dto.js';
import { RenewedLeaseDto, toRenewedLeaseDto, toTwinDto, TwinDto, TwinPageDto } from './dto/twin.dto.js';
import { PastTwinDto, ReadTwinDto } from './dto/twin-version.dto.js';
import { readPreconditions } from '../problems/entity-tag.js';
import { TwinBatchService } from './twin-batch.service.js';
import { presentBatch, presentOutcome, presentPastTwin, presentPreview, presentTwin } from './twin-presenter.js';
import { TwinPreviewService } from './twin-preview.service.js';
import { TwinService } from './twin.service.js';
import { TwinVersionService } from './version/twin-version.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.' };
const TRAFFIC = { ...ID, example: TRAFFIC_TWIN.id };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with the version, not with lease or status.' } } as const;
const CREATED = { type: TwinDto, headers: { ...ETAG, Location: { schema: { type: 'string' }, description: 'The twin.' } } } as const;
const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag of the state that shall be changed, or *.' };
const INVALID = { status: 400, description: 'A field is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).' };
const FORBIDDEN = { status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };
const TAKEN = { status: 409, description: 'The id is in use (problem+json `already-exists`).' };
const BREAKING = 'A feature would break who uses it; `features` and `dependents` tell (problem+json `breaking-change`).';
const CHANGED = { status: 412, description: 'The twin is not in the state expected (problem+json `precondition-failed`).' };

function eitherOf(...types: Type[]): { schema: { anyOf: { $ref: string }[] } } {
  return { schema: { anyOf: types.map((type) => ({ $ref: getSchemaPath(type) })) } };
}

/** Digital twin registration (DTR-FE). */
@ApiExtraModels(TwinDto, PastTwinDto, ChangePreviewDto)
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twins')
export class TwinController {
  constructor(
    private readonly twins: TwinService,
    private readonly batches: TwinBatchService,
    private readonly previews: TwinPreviewService,
    private readonly versions: TwinVersionService,
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
  @ApiOkResponse({ type: ChangePreviewDto, description: 'The answer to a dry run.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(TAKEN)
  async register(
    @CurrentPrincipal() principal: Principal,
    @Body() dto: TwinProfileDto,
    @Query() { dryRun }: RegisterQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TwinDto | ChangePreviewDto> {
    if (dryRun === true) return presentPreview(reply, await this.previews.register(principal, dto));
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
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: '* registers a new twin and never replaces one; ETags refuse these states.',
  })
  @ApiBody({ type: TwinProfileDto, examples: { traffic: { summary: 'A traffic twin', value: TRAFFIC_TWIN } } })
  @ApiOkResponse({
    ...eitherOf(TwinDto, ChangePreviewDto),
    headers: ETAG,
    description: 'Replaced, or unchanged; or the answer to a dry run.',
  })
  @ApiCreatedResponse({ ...CREATED, description: 'Registered.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse({ status: 409, description: `${TAKEN.description} Or: ${BREAKING}` })
  @ApiResponse(CHANGED)
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: TwinProfileDto,
    @Query() { dryRun, force }: ChangeQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TwinDto | ChangePreviewDto> {
    const preconditions = readPreconditions({ ifMatch, ifNoneMatch }, false, true);
    if (dryRun === true) return presentPreview(reply, await this.previews.replace(principal, parseTwinId(id), dto, preconditions));
    return presentOutcome(reply, await this.twins.replace(principal, parseTwinId(id), dto, preconditions, undefined, { force }));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'readTwin',
    summary: 'Read a twin',
    description:
      'Its profile, features, status and lease. With `at`, the profile as it stood then, without what has no history; 404 when it was not registered ' +
      'then, or that version is not shown to the caller.',
  })
  @ApiParam(TRAFFIC)
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the version you have.' })
  @ApiOkResponse({ ...eitherOf(TwinDto, PastTwinDto), headers: ETAG })
  @ApiResponse({ status: 304, description: 'You have this version already.' })
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { at }: ReadTwinDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TwinDto | PastTwinDto | undefined> {
    if (at !== undefined) return presentPastTwin(reply, await this.versions.readAt(principal, parseTwinId(id), at), ifNoneMatch);
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
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETags of states that shall not be changed.' })
  @ApiBody({
    schema: { type: 'object', additionalProperties: true },
    examples: {
      describe: {
        summary: 'Another description and a label',
        value: { description: 'Traffic of the A40.', labels: { borough: 'Camden' } },
      },
    },
  })
  @ApiOkResponse({ ...eitherOf(TwinDto, ChangePreviewDto), headers: ETAG })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: BREAKING })
  @ApiResponse(CHANGED)
  @ApiResponse({ status: 428, description: 'If-Match is missing (problem+json `precondition-required`).' })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() patch: object,
    @Query() { dryRun, force }: ChangeQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TwinDto | ChangePreviewDto> {
    const preconditions = readPreconditions({ ifMatch, ifNoneMatch }, true, true);
    if (dryRun === true) return presentPreview(reply, await this.previews.patch(principal, parseTwinId(id), patch, preconditions));
    return presentOutcome(reply, await this.twins.patch(principal, parseTwinId(id), patch, preconditions, undefined, { force }));
  }

  @Put(':id/lease')
  @ApiOperation({
    operationId: 'renewLease',
    summary: 'Renew the lease of a twin',
    description:
      'The lease runs from now, for as long as before or as the body says. A stale or expired twin becomes active, unless it is on probation after flapping. No new version.',
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
    @Body() { ttlSeconds, toleranceSeconds }: RenewLeaseDto,
  ): Promise<RenewedLeaseDto> {
    return toRenewedLeaseDto(await this.twins.renew(principal, parseTwinId(id), ttlSeconds, toleranceSeconds));
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
