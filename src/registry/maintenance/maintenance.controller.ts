import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN } from '../dto/examples.js';
import { MaintenanceDto, toMaintenanceDto } from '../dto/maintenance.dto.js';
import { MaintenanceService } from './maintenance.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN.id };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };

/** Planned maintenance of a twin. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/maintenance')
export class MaintenanceController {
  constructor(private readonly maintenance: MaintenanceService) {}

  @Put()
  @ApiOperation({
    operationId: 'planMaintenance',
    summary: 'Plan maintenance of a twin',
    description:
      'These windows take the place of all. While one runs the lease is paused: the twin keeps its status, its connections are not lost, its messages wait in ' +
      'its inbox; afterwards the lease has its full time to live. A REQUEST still has its deadline. No new version.',
  })
  @ApiParam(ID)
  @ApiBody({
    type: MaintenanceDto,
    examples: {
      none: { summary: 'No maintenance', value: { windows: [] } },
      night: {
        summary: 'Two hours in a night',
        value: { windows: [{ from: '2027-03-01T01:00:00Z', to: '2027-03-01T03:00:00Z', reason: 'New firmware' }] },
      },
    },
  })
  @ApiOkResponse({ type: MaintenanceDto })
  @ApiResponse({ status: 400, description: 'A window is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).' })
  @ApiResponse({ status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' })
  @ApiResponse(NOT_FOUND)
  async plan(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { windows }: MaintenanceDto,
  ): Promise<MaintenanceDto> {
    return toMaintenanceDto(await this.maintenance.plan(principal, parseTwinId(id), windows));
  }

  @Get()
  @ApiOperation({
    operationId: 'readMaintenance',
    summary: 'Read the maintenance plan of a twin',
    description: 'Windows that are not over.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: MaintenanceDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<MaintenanceDto> {
    return toMaintenanceDto(await this.maintenance.list(principal, parseTwinId(id)));
  }
}
