import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { DiscoveryService } from './discovery.service.js';
import { SEARCH_EXAMPLES } from './dto/examples.js';
import { FoundTwinPageDto, toFoundTwinDto } from './dto/found-twin.dto.js';
import { SearchDto } from './dto/search.dto.js';

/** Digital twin discovery (DTD-FE). */
@ApiTags('Discovery')
@ApiBearerAuth('organization')
@Controller('v1/discovery')
export class DiscoveryController {
  constructor(private readonly discovery: DiscoveryService) {}

  @Post('search')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'searchTwins',
    summary: 'Find twins by what is needed',
    description:
      'One search over domain, owner, features, text, area, validity and status, of the twins that the caller may see, in order of id.',
  })
  @ApiBody({ type: SearchDto, examples: SEARCH_EXAMPLES })
  @ApiOkResponse({ type: FoundTwinPageDto })
  @ApiResponse({ status: 400, description: 'A criterion or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  async search(@CurrentPrincipal() principal: Principal, @Body() dto: SearchDto): Promise<FoundTwinPageDto> {
    const { items, ...rest } = await this.discovery.search(principal, dto);
    return { items: items.map(toFoundTwinDto), ...rest };
  }
}
