import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { IsPageLimit, Optional } from '../../registry/dto/field-rules.js';
import { TRAFFIC_TWIN_ID } from '../dto/examples.js';
import { CandidateSearchDto } from './candidate-search.dto.js';
import { CANDIDATE_OUTCOMES, type CandidateOutcome } from './candidate-set.js';

/** What shall be kept. */
export class PutCandidateSetDto {
  @ApiProperty({
    type: CandidateSearchDto,
    description: 'The search whose first results are kept: as many as its limit, at most 1,000.',
    example: { domain: 'traffic', limit: 20 },
  })
  @Type(() => CandidateSearchDto)
  @ValidateNested()
  @IsObject()
  search!: CandidateSearchDto;
}

/** How a set is put. */
export class PutCandidateSetQueryDto {
  @ApiPropertyOptional({ description: 'Search anew although the search is the same.', default: false })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  refresh?: boolean;
}

/** Which page of the list. */
export class ListCandidateSetsDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before.' })
  @Optional()
  @IsString()
  @MaxLength(4096)
  cursor?: string;
}

/** In whose name a set was found. */
export class CandidateFinderDto {
  @ApiProperty({ example: 'acme' })
  organization!: string;

  @ApiPropertyOptional({ description: 'The twin that searched itself; told to whom knows the set.' })
  twin?: string;
}

/** A candidate set, without what it holds. */
export class CandidateSetSummaryDto {
  @ApiProperty({ example: 'traffic-nearby' })
  name!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'The search, as it was asked.' })
  search!: Record<string, unknown>;

  @ApiProperty({ type: CandidateFinderDto })
  foundBy!: CandidateFinderDto;

  @ApiProperty({ format: 'date-time', description: 'When the search began, by the clock of the database.' })
  foundAt!: string;
}

/** One page of candidate sets. */
export class CandidateSetPageDto {
  @ApiProperty({ type: [CandidateSetSummaryDto] })
  items!: CandidateSetSummaryDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** A feature by which a candidate was found. */
export class CandidateFeatureDto {
  @ApiProperty({ enum: ['data', 'function'], example: 'data' })
  kind!: 'data' | 'function';

  @ApiProperty({ example: 'trafficFlow' })
  name!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;
}

/** A twin that a search found. */
export class CandidateDto {
  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  twin!: string;

  @ApiPropertyOptional({ description: 'By relevance.' })
  score?: number;

  @ApiPropertyOptional({ description: 'By distance, in meters.' })
  meters?: number;

  @ApiProperty({ minimum: 1, description: 'How often the id was registered.' })
  incarnation!: number;

  @ApiProperty({ minimum: 1, description: 'Version of the profile.' })
  version!: number;

  @ApiProperty({ type: [CandidateFeatureDto], description: 'The features by which it was found.' })
  features!: CandidateFeatureDto[];
}

/** A candidate with its place. */
export class RankedCandidateDto extends CandidateDto {
  @ApiProperty({ minimum: 1, description: 'Its place among those that the caller may know of.' })
  rank!: number;
}

/** A candidate set with what it holds. */
export class CandidateSetDto extends CandidateSetSummaryDto {
  @ApiProperty({ type: [RankedCandidateDto], description: 'In the order of the search, as they were when they were found.' })
  candidates!: RankedCandidateDto[];
}

/** How the features by which a candidate is found have changed, by name. */
export class CandidateFeatureDifferenceDto {
  @ApiProperty({ type: [String] })
  added!: string[];

  @ApiProperty({ type: [String], description: 'Of another version.' })
  changed!: string[];

  @ApiProperty({ type: [String] })
  removed!: string[];
}

/** What has become of a candidate. */
export class ComparedCandidateDto {
  @ApiProperty({ minimum: 1 })
  rank!: number;

  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  twin!: string;

  @ApiProperty({
    enum: CANDIDATE_OUTCOMES,
    description:
      'changed: it matches, in another version. gone: deregistered, or no longer visible to the caller; which of them is not told.',
  })
  outcome!: CandidateOutcome;

  @ApiPropertyOptional({ description: 'Today’s; absent of one that is gone.' })
  incarnation?: number;

  @ApiPropertyOptional({ description: 'Today’s; absent of one that is gone.' })
  version?: number;

  @ApiPropertyOptional({ type: CandidateFeatureDifferenceDto, description: 'Of one that has changed.' })
  features?: CandidateFeatureDifferenceDto;
}

/** A candidate set beside today's registry. */
export class CandidateComparisonDto {
  @ApiProperty({ example: 'traffic-nearby' })
  name!: string;

  @ApiProperty({ format: 'date-time' })
  foundAt!: string;

  @ApiProperty({ format: 'date-time' })
  comparedAt!: string;

  @ApiProperty({ type: [ComparedCandidateDto] })
  candidates!: ComparedCandidateDto[];

  @ApiProperty({ type: [CandidateDto], description: 'What the same search finds first today, and the set does not hold.' })
  newlyMatching!: CandidateDto[];
}
