import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../kernel/ids.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import { OperatorOnly } from '../security/operator-only.js';
import type { Principal } from '../security/principal.js';
import { TRAFFIC_TWIN } from './dto/examples.js';
import { toTwinDto, TwinDto } from './dto/twin.dto.js';
import { TwinStatusService } from './twin-status.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN.id };
const FORBIDDEN = { status: 403, description: 'The caller is not an operator (problem+json `forbidden`).' };
const NOT_FOUND = { status: 404, description: 'There is no such twin (problem+json `not-found`).' };

/** What an operator may do to a registration. */
@ApiTags('Registry')
@ApiBearerAuth('operator')
@OperatorOnly()
@Controller('v1/twins/:id')
export class TwinStatusController {
  constructor(private readonly statuses: TwinStatusService) {}

  @Post('suspend')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'suspendTwin',
    summary: 'Suspend a twin (operator)',
    description: 'Holds the twin back; its lease runs on. Repeating it changes nothing. No new version.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: TwinDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async suspend(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<TwinDto> {
    return toTwinDto(await this.statuses.suspend(principal, parseTwinId(id)));
  }

  @Post('resume')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'resumeTwin',
    summary: 'Resume a twin (operator)',
    description: 'Ends a suspension: the twin is ACTIVE, STALE or EXPIRED, as its lease stands by then. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: TwinDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async resume(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<TwinDto> {
    return toTwinDto(await this.statuses.resume(principal, parseTwinId(id)));
  }
}
