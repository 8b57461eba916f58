import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseConnectionId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { CONNECTION_ID, TRAFFIC_TWIN_ID } from '../dto/examples.js';
import { CONFLICT, FORBIDDEN, INVALID, INVALID_LIST, NOT_FOUND } from '../federation-presenter.js';
import {
  AdaptationTermsDto,
  AdaptationTrialDto,
  ApplyAdaptationDto,
  ConnectionAdaptationDto,
  ListPlanVersionsDto,
  PlanProposalDto,
  PlanVersionPageDto,
  TryAdaptationDto,
} from './connection-adaptation.dto.js';
import { adaptationWire, planVersionWire, proposalWire } from './connection-adaptation.presenter.js';
import { ConnectionAdaptation } from './connection-adaptation.service.js';
import { PlanTrials } from './plan-trials.service.js';
import { termsOf } from './terms-of-plan.js';

const ID = { name: 'id', description: 'Id of the connection, percent-encoded.', example: CONNECTION_ID };
const UNSUPPORTED = {
  status: 422,
  description:
    'A step cannot be made ready, or the two sides cannot be bridged (problem+json `adaptation-unsupported`, `semantic-unresolved`).',
};
const TRIAL = { twin: TRAFFIC_TWIN_ID, feature: 'trafficFlow', purpose: 'data' as const, payload: { vehiclesPerHour: 120 } };

/** How connections are adapted (AP-FE). */
@ApiTags('Connections')
@ApiBearerAuth('organization')
@Controller('v1/connections/:id/adaptation')
export class ConnectionAdaptationController {
  constructor(
    private readonly adaptation: ConnectionAdaptation,
    private readonly trials: PlanTrials,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'readConnectionAdaptation',
    summary: 'Read how a connection is adapted',
    description: 'The plan that holds, flow by flow and step by step, and what people said of it.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: ConnectionAdaptationDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ConnectionAdaptationDto> {
    return adaptationWire(await this.adaptation.read(principal, parseConnectionId(id)));
  }

  @Get('versions')
  @ApiOperation({
    operationId: 'listConnectionPlans',
    summary: 'List the plans of a connection',
    description: 'Every version there was, newest first. A message goes by the version that it was accepted under.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: PlanVersionPageDto })
  @ApiResponse(INVALID_LIST)
  @ApiResponse(NOT_FOUND)
  async versions(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { limit, cursor }: ListPlanVersionsDto,
  ): Promise<PlanVersionPageDto> {
    const { items, ...rest } = await this.adaptation.list(principal, parseConnectionId(id), limit, cursor);
    return { items: items.map(planVersionWire), ...rest };
  }

  @Put('overrides')
  @ApiOperation({
    operationId: 'putAdaptationOverrides',
    summary: 'Override steps of a plan',
    description:
      'Scripts, answers and overrides take the place of those there were, and the plan that follows holds at once. What concerns a flow is up to operators and to the ' +
      'owner of the twin that receives by it.',
  })
  @ApiParam(ID)
  @ApiBody({ type: AdaptationTermsDto, examples: { none: { summary: 'As planned', value: { overrides: [], scripts: [] } } } })
  @ApiOkResponse({ type: ConnectionAdaptationDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(UNSUPPORTED)
  async override(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: AdaptationTermsDto,
  ): Promise<ConnectionAdaptationDto> {
    return adaptationWire(await this.adaptation.setTerms(principal, parseConnectionId(id), termsOf(dto)));
  }

  @Get('proposal')
  @ApiOperation({
    operationId: 'readAdaptationProposal',
    summary: 'See what planning anew would change',
    description: 'For the features, needs, terms and identifiers of this moment. Changes nothing.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: PlanProposalDto })
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async proposal(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<PlanProposalDto> {
    const { connection, made } = await this.adaptation.proposal(principal, parseConnectionId(id));
    return proposalWire(connection.planVersion, made);
  }

  @Post('apply')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'applyAdaptationProposal',
    summary: 'Apply what planning anew gives',
    description: 'By operators and the two sides. Messages that wait keep the plan they were accepted under. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiBody({ type: ApplyAdaptationDto, examples: { now: { summary: 'Whatever it is now', value: {} } } })
  @ApiOkResponse({ type: ConnectionAdaptationDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(UNSUPPORTED)
  async apply(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { digest }: ApplyAdaptationDto,
  ): Promise<ConnectionAdaptationDto> {
    return adaptationWire(await this.adaptation.apply(principal, parseConnectionId(id), digest));
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'testAdaptation',
    summary: 'Try a payload',
    description: 'By the plan that holds: the payload after each step, what the receiver would get, and the way back. Nothing is sent.',
  })
  @ApiParam(ID)
  @ApiBody({ type: TryAdaptationDto, examples: { flow: { summary: 'A value of traffic flow', value: TRIAL } } })
  @ApiOkResponse({ type: AdaptationTrialDto })
  @ApiResponse(INVALID)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(UNSUPPORTED)
  async test(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: TryAdaptationDto,
  ): Promise<AdaptationTrialDto> {
    return this.trials.run(principal, parseConnectionId(id), dto);
  }
}
