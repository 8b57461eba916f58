import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { DiscoveryService } from './discovery.service.js';
import { FEATURE_EXAMPLES, SEARCH_EXAMPLES } from './dto/examples.js';
import { FacetValueDto, FoundFeaturePageDto, FoundTwinPageDto, toFoundFeaturePageDto, toFoundTwinPageDto } from './dto/found-twin.dto.js';
import { SearchDto } from './dto/search.dto.js';

/** Digital twin discovery (DTD-FE). */
@ApiTags('Discovery')
@ApiBearerAuth('organization')
@ApiExtraModels(FacetValueDto)
@Controller('v1/discovery')
export class DiscoveryController {
  constructor(private readonly discovery: DiscoveryService) {}

  @Post('search')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'searchTwins',
    summary: 'Find twins by what is needed',
    description:
      'One query over domain, owner, labels, text, features, terms, units, areas, times, status and JSONPath, joined by all, any and not, of the twins that the caller may see; in order of id, name, freshness, relevance or distance; with counts on request.',
  })
  @ApiBody({ type: SearchDto, examples: SEARCH_EXAMPLES })
  @ApiOkResponse({ type: FoundTwinPageDto })
  @ApiResponse({ status: 400, description: 'A criterion or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse({ status: 422, description: 'The search would take too long (problem+json `query-too-costly`).' })
  async search(@CurrentPrincipal() principal: Principal, @Body() dto: SearchDto): Promise<FoundTwinPageDto> {
    return toFoundTwinPageDto(await this.discovery.search(principal, dto));
  }

  @Post('features')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'searchFeatures',
    summary: 'Find the features within twins',
    description:
      'The second step of discovery: the same query, answered with the features that were asked for, in full. Pages are of twins: one page holds the features of up to `limit` twins. Give `ids` to look within twins that were found before.',
  })
  @ApiBody({ type: SearchDto, examples: FEATURE_EXAMPLES })
  @ApiOkResponse({ type: FoundFeaturePageDto })
  @ApiResponse({ status: 400, description: 'A criterion or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse({ status: 422, description: 'The search would take too long (problem+json `query-too-costly`).' })
  async features(@CurrentPrincipal() principal: Principal, @Body() dto: SearchDto): Promise<FoundFeaturePageDto> {
    return toFoundFeaturePageDto(await this.discovery.features(principal, dto));
  }
}
