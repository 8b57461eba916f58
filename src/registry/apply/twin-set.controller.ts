import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { ApplyService } from './apply.service.js';
import {
  ApplyPlanDto,
  ApplyQueryDto,
  DeleteSetQueryDto,
  SET_EXAMPLE,
  SetPageQueryDto,
  toApplyPlanDto,
  toTwinSetDetailDto,
  toTwinSetDto,
  TwinSetDetailDto,
  TwinSetDto,
  TwinSetPageDto,
} from './dto/twin-set.dto.js';
import { parseSetName } from './set-owner.js';
import { TwinSetService } from './twin-set.service.js';

const NAME = { name: 'name', description: 'Name of the set: lower-case letters, digits, dots, underscores, hyphens.', example: 'pumps' };
const INVALID = { status: 400, description: 'The body, a parameter or the name is wrong (problem+json `validation-failed`).' };
const FORBIDDEN = { status: 403, description: 'The caller is no organization (problem+json `forbidden`).' };
const NOT_FOUND = { status: 404, description: 'The caller has no such set (problem+json `not-found`).' };

/** Sets of twins that are kept as files elsewhere and applied as a whole. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twin-sets')
export class TwinSetController {
  constructor(
    private readonly applications: ApplyService,
    private readonly sets: TwinSetService,
  ) {}

  @Put(':name')
  @ApiOperation({
    operationId: 'applyTwinSet',
    summary: 'Apply a set of profiles',
    description:
      'Makes the twins of the set what the body says: registers, replaces, and deregisters those that the set had and the body has not. Everything or ' +
      'nothing, in one transaction; repeating it changes nothing. Ask with dryRun=true first: the answer tells each difference, and its `plan` can be sent ' +
      'with the application, which then does exactly that or nothing. Up to 1,000 twins and 32 MB.',
  })
  @ApiParam(NAME)
  @ApiBody({ type: TwinSetDto, examples: { pumps: { summary: 'Two pumps', value: SET_EXAMPLE } } })
  @ApiOkResponse({ type: ApplyPlanDto, description: 'Applied, or, for a dry run, the plan.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse({
    status: 409,
    description:
      'Nothing was changed: some twins are refused (problem+json `apply-refused`, each with its own problem), or the plan is another by now (`plan-changed`).',
  })
  @ApiResponse({ status: 413, description: 'The body has more than 32 MB (problem+json `payload-too-large`).' })
  async apply(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() { dryRun = false, prune = true, adopt = false, force = false, plan }: ApplyQueryDto,
    @Body() { twins }: TwinSetDto,
  ): Promise<ApplyPlanDto> {
    const options = { dryRun, prune, adopt, force, plan };
    return toApplyPlanDto(await this.applications.apply(principal, parseSetName(name), twins, options), !dryRun);
  }

  @Get()
  @ApiOperation({ operationId: 'listTwinSets', summary: 'List your sets', description: 'The sets of the caller’s organization, by name.' })
  @ApiOkResponse({ type: TwinSetPageDto })
  @ApiResponse({ status: 400, description: 'The cursor or limit is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse(FORBIDDEN)
  async list(@CurrentPrincipal() principal: Principal, @Query() { limit, cursor }: SetPageQueryDto): Promise<TwinSetPageDto> {
    const { items, ...rest } = await this.sets.list(principal, limit, cursor);
    return { items: items.map(toTwinSetDto), ...rest };
  }

  @Get(':name')
  @ApiOperation({
    operationId: 'readTwinSet',
    summary: 'Read a set',
    description: 'When it was applied last, and a page of its twins, by id.',
  })
  @ApiParam(NAME)
  @ApiOkResponse({ type: TwinSetDetailDto })
  @ApiResponse({ status: 400, description: 'The cursor or limit is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() { limit, cursor }: SetPageQueryDto,
  ): Promise<TwinSetDetailDto> {
    const { set, members } = await this.sets.read(principal, parseSetName(name), limit, cursor);
    return toTwinSetDetailDto(set, members);
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteTwinSet',
    summary: 'End a set',
    description: 'With twins=keep (the default) its twins stay registered and belong to no set; with twins=remove they are deregistered.',
  })
  @ApiParam(NAME)
  @ApiNoContentResponse({ description: 'Ended.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() { twins = 'keep' }: DeleteSetQueryDto,
  ): Promise<void> {
    await this.sets.delete(principal, parseSetName(name), twins === 'remove');
  }
}
