import { ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { SearchDto } from '../../discovery/dto/search.dto.js';
import { Optional } from '../../registry/dto/field-rules.js';

const OPTIONS = ['asIs', 'collapse'] as const;

/** A search whose first results are kept: as of POST /v1/discovery/search, without cursor and counts. */
export class CandidateSearchDto extends OmitType(SearchDto, ['cursor', 'facets', 'composition'] as const) {
  @ApiPropertyOptional({ enum: OPTIONS, default: 'asIs', description: 'collapse: a match that is a part of another match is left out.' })
  @Optional()
  @IsIn(OPTIONS)
  composition?: (typeof OPTIONS)[number];
}
