import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TEMPORARY_TWIN, TRAFFIC_TWIN } from '../dto/examples.js';
import { BatchRenewalDto, RenewLeasesDto } from '../dto/renew-leases.dto.js';
import { LeaseRenewalService } from './lease-renewal.service.js';

/** Leases of many twins at once. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/leases')
export class LeaseController {
  constructor(private readonly renewals: LeaseRenewalService) {}

  @Post('renewals')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'renewLeases',
    summary: 'Renew many leases',
    description:
      'Up to 10,000, for gateways that speak for many twins: `ids` on the terms in force, or `renewals` with terms of their own. The answer lists only the ' +
      'exceptions. A renewal is a contact; no new versions.',
  })
  @ApiBody({
    type: RenewLeasesDto,
    examples: {
      ids: { summary: 'Two twins, one of them unknown', value: { ids: [TRAFFIC_TWIN.id, TEMPORARY_TWIN.id] } },
      terms: {
        summary: 'With another time to live',
        value: { renewals: [{ id: TRAFFIC_TWIN.id, ttlSeconds: 86_400, toleranceSeconds: 600 }] },
      },
    },
  })
  @ApiOkResponse({ type: BatchRenewalDto })
  @ApiResponse({ status: 400, description: 'A field is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).' })
  @ApiResponse({ status: 403, description: 'An operator acts for no twin (problem+json `forbidden`).' })
  async renew(@CurrentPrincipal() principal: Principal, @Body() dto: RenewLeasesDto): Promise<BatchRenewalDto> {
    return this.renewals.renew(principal, dto);
  }
}
