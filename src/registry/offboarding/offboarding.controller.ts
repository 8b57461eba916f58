import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseOrganizationId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import { OperatorOnly } from '../../security/operator-only.js';
import type { Principal } from '../../security/principal.js';
import {
  OffboardingDto,
  OffboardingPlanDto,
  OffboardingQueryDto,
  OffboardOrganizationDto,
  toOffboardingDto,
  toOffboardingPlanDto,
} from './dto/offboarding.dto.js';
import { OffboardingService } from './offboarding.service.js';

const ID = { name: 'id', description: 'Id of the organization.', example: 'city-traffic' };
const FORBIDDEN = { status: 403, description: 'The caller is not an operator (problem+json `forbidden`).' };
const NOT_FOUND = { status: 404, description: 'There is no such organization, or it is not leaving (problem+json `not-found`).' };

/** Organizations that leave. */
@ApiTags('Organizations')
@ApiBearerAuth('operator')
@OperatorOnly()
@Controller('v1/organizations/:id/offboarding')
export class OffboardingController {
  constructor(private readonly offboardings: OffboardingService) {}

  @Post()
  @ApiOperation({
    operationId: 'offboardOrganization',
    summary: 'Let an organization leave',
    description:
      'With dryRun=true only tells what would be touched. Otherwise nobody acts for the organization from now on, and brokers work off what it has: its ' +
      'federations are dissolved and its twins deregistered, or its twins are handed to an organization that has consented; then its credentials end. Its id ' +
      'stays taken, its audit log stays. Repeating it changes nothing; when it is BLOCKED, it goes on in the way asked for.',
  })
  @ApiParam(ID)
  @ApiBody({ type: OffboardOrganizationDto, examples: { deregister: { summary: 'Deregister its twins', value: { twins: 'deregister' } } } })
  @ApiOkResponse({ type: OffboardingPlanDto, description: 'Of a dry run: what would be touched.' })
  @ApiAcceptedResponse({ type: OffboardingDto, description: 'Begun, or begun before.' })
  @ApiResponse({ status: 400, description: 'The body is wrong (problem+json `validation-failed`).' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: 'The receiver has not consented or is not active (problem+json `state-conflict`).' })
  async begin(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { dryRun = false }: OffboardingQueryDto,
    @Body() { twins: mode, to }: OffboardOrganizationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OffboardingPlanDto | OffboardingDto> {
    const order = { mode, ...(to === undefined || mode === 'deregister' ? {} : { to: parseOrganizationId(to) }) };
    void reply.code(dryRun ? 200 : 202);
    if (dryRun) return toOffboardingPlanDto(await this.offboardings.plan(principal, parseOrganizationId(id), order));
    return toOffboardingDto(await this.offboardings.begin(principal, parseOrganizationId(id), order));
  }

  @Get()
  @ApiOperation({ operationId: 'readOffboarding', summary: 'Read how far an offboarding has come', description: 'Kept for good.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: OffboardingDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<OffboardingDto> {
    return toOffboardingDto(await this.offboardings.read(principal, parseOrganizationId(id)));
  }
}
