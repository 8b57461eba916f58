import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { PREVIEW_EXAMPLE } from './examples.js';
import { AdaptationPreviewDto, PreviewAdaptationDto } from './preview.dto.js';
import { AdaptationPreviews } from './preview.service.js';

/** How two twins would understand each other (AP-FE). */
@ApiTags('Adaptation')
@ApiBearerAuth('organization')
@Controller('v1/adaptations')
export class AdaptationPreviewController {
  constructor(private readonly previews: AdaptationPreviews) {}

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'previewAdaptation',
    summary: 'Try an adaptation',
    description:
      'Compares what one twin offers with what another needs, as a connection between them would, and takes a sample through every step and back. Neither need be ' +
      'registered, and nothing is stored.',
  })
  @ApiBody({ type: PreviewAdaptationDto, examples: { speed: { summary: 'Another name and another unit', value: PREVIEW_EXAMPLE } } })
  @ApiOkResponse({
    type: AdaptationPreviewDto,
    description: 'The plan, and what became of the sample: `failure` if a step could not adapt it.',
  })
  @ApiResponse({ status: 400, description: 'A field or a schema is wrong (problem+json `validation-failed`).' })
  @ApiResponse({
    status: 422,
    description:
      'The two cannot be bridged (problem+json `adaptation-unsupported`), or somebody has to say what is meant (`semantic-unresolved`); `unresolved` names each place ' +
      'with the step and the nearest candidates. Or a schema refers to one that is not registered (`schema-unresolvable`).',
  })
  preview(@CurrentPrincipal() principal: Principal, @Body() dto: PreviewAdaptationDto): Promise<AdaptationPreviewDto> {
    return this.previews.preview(principal, dto);
  }
}
