import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InvalidId, parseFederationId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FEDERATION_ID } from '../dto/examples.js';
import { FORBIDDEN, INVALID, INVALID_LIST } from '../federation-presenter.js';
import {
  CandidateComparisonDto,
  CandidateSetDto,
  CandidateSetPageDto,
  ListCandidateSetsDto,
  PutCandidateSetDto,
  PutCandidateSetQueryDto,
} from './candidate-set.dto.js';
import { toCandidateComparisonDto, toCandidateSetDto, toCandidateSetSummaryDto } from './candidate-set.presenter.js';
import { CandidateSetService } from './candidate-set.service.js';

const ID = { name: 'id', description: 'Id of the federation, percent-encoded.', example: FEDERATION_ID };
const NAME = { name: 'name', description: 'Name of the set, chosen by the initiator.', example: 'traffic-nearby' };
const NOT_FOUND = {
  status: 404,
  description: 'There is no such federation or set, or the caller is not in the federation (problem+json `not-found`).',
};
const TOO_COSTLY = { status: 422, description: 'The search would take too long (problem+json `query-too-costly`).' };
const EXAMPLE = { search: { domain: 'traffic', feature: { kind: 'data', name: 'trafficFlow' }, limit: 20 } };

/** @throws InvalidId */
function parseName(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(value)) return value;
  throw new InvalidId('of a candidate set must be 1 to 100 letters, digits, dots, hyphens and underscores, the first a letter or digit');
}

/** Candidates kept for a federation (CFIM-FE). */
@ApiTags('Federations')
@ApiBearerAuth('organization')
@Controller('v1/federations/:id/candidate-sets')
export class CandidateSetController {
  constructor(private readonly sets: CandidateSetService) {}

  @Put(':name')
  @ApiOperation({
    operationId: 'putCandidateSet',
    summary: 'Keep what a search finds',
    description:
      'By the initiator: searches with its eyes and keeps what is found, to be compared with the registry later. Idempotent: the same search again keeps ' +
      'what was found, unless `refresh`; another one takes its place. At most 100 sets.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiBody({ type: PutCandidateSetDto, examples: { traffic: { summary: 'Who provides a traffic flow', value: EXAMPLE } } })
  @ApiCreatedResponse({ type: CandidateSetDto, description: 'Kept.' })
  @ApiOkResponse({ type: CandidateSetDto, description: 'Kept in the place of another, looked for anew, or unchanged.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: 'The federation has ended, or has 100 sets (problem+json `state-conflict`).' })
  @ApiResponse(TOO_COSTLY)
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('name') name: string,
    @Query() { refresh }: PutCandidateSetQueryDto,
    @Body() { search }: PutCandidateSetDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CandidateSetDto> {
    const outcome = await this.sets.put(principal, parseFederationId(id), parseName(name), { search, refresh });
    void reply.code(outcome.change === 'created' ? 201 : 200);
    return toCandidateSetDto(outcome);
  }

  @Get()
  @ApiOperation({ operationId: 'listCandidateSets', summary: 'List candidate sets', description: 'Those of the federation, by name.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: CandidateSetPageDto })
  @ApiResponse(INVALID_LIST)
  @ApiResponse(NOT_FOUND)
  async list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() query: ListCandidateSetsDto,
  ): Promise<CandidateSetPageDto> {
    const { items, ...rest } = await this.sets.list(principal, parseFederationId(id), query);
    return { items: items.map(toCandidateSetSummaryDto), ...rest };
  }

  @Get(':name')
  @ApiOperation({
    operationId: 'readCandidateSet',
    summary: 'Read a candidate set',
    description: 'As it was found. A member is shown the candidates that it may see itself.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ type: CandidateSetDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<CandidateSetDto> {
    return toCandidateSetDto(await this.sets.read(principal, parseFederationId(id), parseName(name)));
  }

  @Get(':name/comparison')
  @ApiOperation({
    operationId: 'compareCandidateSet',
    summary: 'Compare a candidate set with the registry',
    description: 'What has become of each candidate, and who is found today that was not then; with the eyes of the caller.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ type: CandidateComparisonDto })
  @ApiResponse({ ...INVALID, description: 'The search that was kept cannot be asked any more (problem+json `validation-failed`).' })
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TOO_COSTLY)
  async compare(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('name') name: string,
  ): Promise<CandidateComparisonDto> {
    return toCandidateComparisonDto(await this.sets.compare(principal, parseFederationId(id), parseName(name)));
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteCandidateSet',
    summary: 'Delete a candidate set',
    description: 'By the initiator. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiParam({ ...NAME, example: 'outdated' })
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<void> {
    await this.sets.delete(principal, parseFederationId(id), parseName(name));
  }
}
