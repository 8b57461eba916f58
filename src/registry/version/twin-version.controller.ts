import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN } from '../dto/examples.js';
import { ListVersionsDto, MAX_COUNT, PastTwinDto, toTwinVersionDto, TwinVersionPageDto, VersionQueryDto } from '../dto/twin-version.dto.js';
import { presentPastTwin } from '../twin-presenter.js';
import { TwinVersionService } from './twin-version.service.js';

const TRAFFIC = { name: 'id', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN.id };
const NOT_FOUND = { status: 404, description: 'There is no such version, or the caller may not see it (problem+json `not-found`).' };

/** @throws DomainError `validation-failed` */
function readVersion(text: string): number {
  const version = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (version >= 1 && version <= MAX_COUNT) return version;
  const place = { pointer: '/version', detail: `must be an integer from 1 to ${MAX_COUNT}` };
  throw new DomainError('validation-failed', `The version ${place.detail}.`, { pointer: place.pointer, errors: [place] });
}

/** The history of a twin. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/versions')
export class TwinVersionController {
  constructor(private readonly versions: TwinVersionService) {}

  @Get()
  @ApiOperation({
    operationId: 'listTwinVersions',
    summary: 'List the versions of a twin',
    description:
      'Newest first, of every incarnation, deregistrations included: who changed what, and when. Renewals and changes of status make no version. ' +
      'Versions that were private are shown to the owner, to operators and to those in a federation with the twin. After a deregistration the owner ' +
      'still reads it.',
  })
  @ApiParam(TRAFFIC)
  @ApiOkResponse({ type: TwinVersionPageDto })
  @ApiResponse({ status: 400, description: 'The page is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse(NOT_FOUND)
  async list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() query: ListVersionsDto,
  ): Promise<TwinVersionPageDto> {
    const { items, ...rest } = await this.versions.list(principal, parseTwinId(id), query);
    return { items: items.map(toTwinVersionDto), ...rest };
  }

  @Get(':version')
  @ApiOperation({ operationId: 'readTwinVersion', summary: 'Read a version of a twin', description: 'The profile as that version had it.' })
  @ApiParam(TRAFFIC)
  @ApiParam({ name: 'version', type: Number, example: 1 })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the version you have.' })
  @ApiOkResponse({ type: PastTwinDto, headers: { ETag: { schema: { type: 'string' }, description: 'Of this version.' } } })
  @ApiResponse({ status: 304, description: 'You have it already.' })
  @ApiResponse({ status: 400, description: 'The version is no number (problem+json `validation-failed`).' })
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('version') version: string,
    @Query() { incarnation }: VersionQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<PastTwinDto | undefined> {
    return presentPastTwin(reply, await this.versions.read(principal, parseTwinId(id), readVersion(version), incarnation), ifNoneMatch);
  }
}
