import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { TRAFFIC_TWIN } from '../../registry/dto/examples.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { WhyNotAnswerDto, WhyNotDto } from './why-not.dto.js';
import { WhyNotService } from './why-not.service.js';

const EXAMPLE = { twin: TRAFFIC_TWIN.id, query: { domain: 'fire', feature: { name: 'trafficFlow', unit: 'km/h' } } };

/** Why a twin is not found. */
@ApiTags('Discovery')
@ApiBearerAuth('organization')
@Controller('v1/discovery/why-not')
export class WhyNotController {
  constructor(private readonly whyNot: WhyNotService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'explainSearch',
    summary: 'Ask why a twin is not in the result',
    description:
      'Each criterion of the query, met by the twin or not, with the values compared. The same expressions as in the search decide.',
  })
  @ApiBody({ type: WhyNotDto, examples: { traffic: { summary: 'A traffic twin, looked for among the fire twins', value: EXAMPLE } } })
  @ApiOkResponse({ type: WhyNotAnswerDto })
  @ApiResponse({ status: 400, description: 'The query is wrong (problem+json `validation-failed`).' })
  @ApiResponse({ status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' })
  async explain(@CurrentPrincipal() principal: Principal, @Body() { twin, query }: WhyNotDto): Promise<WhyNotAnswerDto> {
    const { criteria, ...answer } = await this.whyNot.explain(principal, parseTwinId(twin), query);
    return { ...answer, criteria: [...criteria] };
  }
}
