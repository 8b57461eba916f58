import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseOrganizationId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import { OperatorOnly } from '../../security/operator-only.js';
import type { Principal } from '../../security/principal.js';
import { GrantIncidentRightDto, IncidentRightDto } from './dto/incident-right.dto.js';
import { IncidentRightService } from './incident-right.service.js';

const ID = { name: 'id', description: 'Id of the organization.', example: 'city-traffic' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller is not an operator (problem+json `forbidden`).' };

/** The right to the lane `incident`, as operators grant it. */
@ApiTags('Organizations')
@ApiBearerAuth('operator')
@Controller('v1/organizations/:id/incident-right')
export class IncidentRightController {
  constructor(private readonly rights: IncidentRightService) {}

  @Put()
  @OperatorOnly()
  @ApiOperation({
    operationId: 'grantIncidentRight',
    summary: 'Grant the lane incident',
    description: 'How many messages a minute the twins of the organization may send in the lane `incident`, instead of the default.',
  })
  @ApiParam(ID)
  @ApiBody({ type: GrantIncidentRightDto, examples: { usual: { summary: 'Ten a second', value: { perMinute: 600 } } } })
  @ApiOkResponse({ type: IncidentRightDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async grant(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { perMinute }: GrantIncidentRightDto,
  ): Promise<IncidentRightDto> {
    return this.rights.grant(principal, parseOrganizationId(id), perMinute);
  }

  @Get()
  @OperatorOnly()
  @ApiOperation({
    operationId: 'readIncidentRight',
    summary: 'Read the right to the lane incident',
    description: 'Granted, or the default.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: IncidentRightDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<IncidentRightDto> {
    return this.rights.read(principal, parseOrganizationId(id));
  }

  @Delete()
  @OperatorOnly()
  @HttpCode(204)
  @ApiOperation({
    operationId: 'resetIncidentRight',
    summary: 'Let the default count again',
    description: 'Of the right to the lane incident.',
  })
  @ApiParam(ID)
  @ApiNoContentResponse({ description: 'The default counts.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async reset(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.rights.grant(principal, parseOrganizationId(id), undefined);
  }
}
