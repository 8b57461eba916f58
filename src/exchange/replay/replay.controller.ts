import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { letterFilterOf } from '../dead-letter/dead-letter.dto.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { ReplayDto, ReplayListDto, ReplayListQueryDto, replayWire, StartReplayDto } from './replay.dto.js';
import { ReplayService } from './replay.service.js';

const ID = { name: 'id', description: 'Id of the replay.', example: 'replay-of-today' };
const NOT_FOUND = { status: 404, description: 'There is no such replay or twin, or the caller may not see it (problem+json `not-found`).' };

/** Replays: past messages delivered again. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/replays')
export class ReplayController {
  constructor(private readonly replays: ReplayService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'startReplay',
    summary: 'Deliver a past range of the log again',
    description:
      'From an inbox, or from the stream of a feature that the receiver is connected for. A job that goes on in the background, across restarts of brokers. ' +
      'Each message is checked against today’s connections, schemas and limits, comes marked as replayed, outside the order of new messages. REQUESTs are ' +
      'left out unless asked for; then they are new REQUESTs with `replayOf`.',
  })
  @ApiBody({
    type: StartReplayDto,
    examples: {
      inbox: {
        summary: 'What the fire twin was provided',
        value: {
          id: 'replay-of-today',
          receiver: FIRE_TWIN_ID,
          from: '2026-01-01T00:00:00Z',
          filter: { objectType: 'data' },
          ratePerSecond: 100,
        },
      },
    },
  })
  @ApiResponse({
    status: 202,
    description: 'Under way.',
    type: ReplayDto,
    headers: { Location: { schema: { type: 'string' }, description: 'Its progress.' } },
  })
  @ApiResponse({
    status: 400,
    description: 'A place of another inbox or epoch, or a wrong body (problem+json `invalid-cursor`, `validation-failed`).',
  })
  @ApiResponse({ status: 403, description: 'The caller does not act for the receiver or the inbox (problem+json `forbidden`).' })
  @ApiResponse(NOT_FOUND)
  @ApiResponse({
    status: 409,
    description: 'No open connection covers the feature, or the id is another’s (problem+json `state-conflict`, `already-exists`).',
  })
  @ApiResponse({ status: 429, description: 'Too many replays run (problem+json `rate-limited`).' })
  async start(
    @CurrentPrincipal() principal: Principal,
    @Body() { from, to, filter, receiver, ...dto }: StartReplayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayDto> {
    const times = { ...(from === undefined ? {} : { from: new Date(from) }), ...(to === undefined ? {} : { to: new Date(to) }) };
    const wish = { ...dto, receiver: parseTwinId(receiver), filter: { ...letterFilterOf(filter), ...times } };
    const job = await this.replays.start(principal, wish);
    void reply.header('location', `/v1/replays/${job.id}`);
    return replayWire(job);
  }

  @Get()
  @ApiOperation({
    operationId: 'listReplays',
    summary: 'List replays',
    description: 'To one twin, newest first, at most 100; ended ones for 7 days.',
  })
  @ApiOkResponse({ type: ReplayListDto })
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Query() { receiver }: ReplayListQueryDto): Promise<ReplayListDto> {
    return { items: (await this.replays.list(principal, parseTwinId(receiver))).map(replayWire) };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'readReplay',
    summary: 'See how far a replay is',
    description: 'With what was delivered, and what was left out and why.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: ReplayDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ReplayDto> {
    return replayWire(await this.replays.read(principal, id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ operationId: 'cancelReplay', summary: 'Stop a replay', description: 'What it has delivered stays delivered.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: ReplayDto })
  @ApiResponse(NOT_FOUND)
  async cancel(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ReplayDto> {
    return replayWire(await this.replays.cancel(principal, id));
  }
}
