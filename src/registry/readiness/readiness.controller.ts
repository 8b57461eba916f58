import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import { hangUpSignal } from '../../security/hang-up.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN } from '../dto/examples.js';
import { ReadinessDto, ReadinessRequestDto, toReadinessDto } from './dto/readiness.dto.js';
import { ReadinessService } from './readiness.service.js';

const DEFAULT_WAIT_SECONDS = 5;

/** Whether a twin can go live. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/readiness')
export class ReadinessController {
  constructor(private readonly readiness: ReadinessService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'checkTwinReadiness',
    summary: 'Check whether a twin can go live',
    description:
      'Its registration, a credential for it, its endpoints (reached only on the public internet, or where the operator allows), samples against the schemas of ' +
      'its features, and a message that it must claim and settle. Says what to do about each that failed. Up to six a minute for each twin.',
  })
  @ApiParam({ name: 'id', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN.id })
  @ApiBody({
    type: ReadinessRequestDto,
    examples: {
      sample: {
        summary: 'A sample, without a round trip',
        value: { samples: { trafficFlow: { road: 'A40', intensity: 420 } }, waitSeconds: 0 },
      },
    },
  })
  @ApiOkResponse({ type: ReadinessDto, description: 'The checks were made; `ready` says how they went.' })
  @ApiResponse({
    status: 400,
    description: 'A field is wrong, or a sample is of no feature of the twin (problem+json `validation-failed`).',
  })
  @ApiResponse({ status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' })
  @ApiResponse({ status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' })
  @ApiResponse({ status: 429, description: 'Too many checks of this twin, or at once (problem+json `rate-limited`).' })
  async check(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { samples, waitSeconds }: ReadinessRequestDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReadinessDto> {
    const waitMs = (waitSeconds ?? DEFAULT_WAIT_SECONDS) * 1_000;
    const request = { samples: samples ?? {}, waitMs, signal: hangUpSignal(reply) };
    return toReadinessDto(await this.readiness.check(principal, parseTwinId(id), request));
  }
}
