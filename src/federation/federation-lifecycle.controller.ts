import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseFederationId, parseTwinId } from '../kernel/ids.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { FEDERATION_ID, FIRE_TWIN_ID, TEMPORARY_FEDERATION_ID } from './dto/examples.js';
import { HandOverDto } from './dto/federation-input.dto.js';
import { FederationDto } from './dto/federation.dto.js';
import { FederationStatusDto } from './dto/status.dto.js';
import { FederationLifecycle } from './federation-lifecycle.js';
import { CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, presentFederation } from './federation-presenter.js';
import { FederationStatusService } from './federation-status.service.js';

const ID = { name: 'id', description: 'Id of the federation, percent-encoded.', example: FEDERATION_ID };

/** The states of a federation (FM-FE, FSIM-FE). */
@ApiTags('Federations')
@ApiBearerAuth('organization')
@Controller('v1/federations/:id')
export class FederationLifecycleController {
  constructor(
    private readonly lifecycle: FederationLifecycle,
    private readonly statuses: FederationStatusService,
  ) {}

  @Post('suspend')
  @HttpCode(200)
  @ApiBearerAuth('operator')
  @ApiOperation({
    operationId: 'suspendFederation',
    summary: 'Suspend a federation',
    description:
      'By the initiator or an operator, when it is ACTIVE or DEGRADED; its connections are suspended with it. What an operator suspends, only an operator ' +
      'resumes. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: FederationDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async suspend(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FederationDto> {
    return presentFederation(reply, await this.lifecycle.suspend(principal, parseFederationId(id)));
  }

  @Post('resume')
  @HttpCode(200)
  @ApiBearerAuth('operator')
  @ApiOperation({
    operationId: 'resumeFederation',
    summary: 'Resume a federation',
    description: 'It is ACTIVE or DEGRADED again, as its members stand, and its connections go on. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: FederationDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async resume(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FederationDto> {
    return presentFederation(reply, await this.lifecycle.resume(principal, parseFederationId(id)));
  }

  @Get('status')
  @ApiOperation({
    operationId: 'readFederationStatus',
    summary: 'Read the status of a federation',
    description: 'Its state, its members with the state of their registrations, and how many connections are in which state.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: FederationStatusDto })
  @ApiResponse(NOT_FOUND)
  async status(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<FederationStatusDto> {
    return this.statuses.federation(principal, parseFederationId(id));
  }

  @Post('hand-over')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'handOverFederation',
    summary: 'Hand a federation over',
    description:
      'Makes another JOINED member the initiator; the one before stays as a member. Handing over to the initiator changes nothing.',
  })
  @ApiParam(ID)
  @ApiBody({ type: HandOverDto, examples: { fire: { summary: 'To the fire twin', value: { twin: FIRE_TWIN_ID } } } })
  @ApiOkResponse({ type: FederationDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async handOver(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { twin }: HandOverDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FederationDto> {
    return presentFederation(reply, await this.lifecycle.handOver(principal, parseFederationId(id), parseTwinId(twin)));
  }

  @Post('dissolve')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'dissolveFederation',
    summary: 'Dissolve a federation',
    description:
      'By the initiator. Its open connections are released and its members told. Repeating it changes nothing; the id can be used again.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_FEDERATION_ID })
  @ApiOkResponse({ type: FederationDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async dissolve(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FederationDto> {
    return presentFederation(reply, await this.lifecycle.dissolve(principal, parseFederationId(id)));
  }
}
