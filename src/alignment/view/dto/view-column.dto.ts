import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsObject, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { MAX_UNIT_LENGTH } from '../../../dictionary/unit/unit-expression.js';
import { FEATURE_NAME, IRI } from '../../../registry/dto/feature.dto.js';
import { IsLine, IsUriId, Optional } from '../../../registry/dto/field-rules.js';
import { DOMAIN } from '../../../registry/dto/twin-profile.dto.js';
import { AGGREGATIONS, type Aggregation } from '../../aggregate/cell.js';
import { TRAFFIC_TWIN_ID } from './examples.js';

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;
const POINTER_RULE = { message: 'must be an RFC 6901 pointer, such as /speed or the empty text' };
const DAY_MS = 86_400_000;
/** What a name of a feature or column must be like. */
export const FEATURE_RULE = { message: 'must start with a letter and have at most 128 letters, digits, dots, hyphens and underscores' };

/** A data feature that is joined. */
export class ViewMemberDto {
  @ApiProperty({ maxLength: 512, description: 'The twin whose feature it is.', example: TRAFFIC_TWIN_ID })
  @IsUriId()
  twin!: string;

  @ApiProperty({ pattern: FEATURE_NAME.source, example: 'trafficFlow' })
  @Matches(FEATURE_NAME, FEATURE_RULE)
  feature!: string;
}

/** Which data features are joined, of the twins that the host is connected to. */
export class ViewSelectionDto {
  @ApiPropertyOptional({ pattern: DOMAIN.source, description: 'Domain of the twin.', example: 'traffic' })
  @Optional()
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain?: string;

  @ApiPropertyOptional({
    description: 'What the feature means: IRI of a term.',
    example: 'https://smartdatamodels.org/dataModel.Transportation/intensity',
  })
  @Optional()
  @Matches(IRI, { message: 'must be an absolute IRI of at most 1,000 characters' })
  semanticType?: string;

  @ApiPropertyOptional({ pattern: FEATURE_NAME.source, description: 'Name of the feature.', example: 'trafficFlow' })
  @Optional()
  @Matches(FEATURE_NAME, FEATURE_RULE)
  feature?: string;
}

/** One quantity of the members, in one unit. */
export class ViewColumnDto {
  @ApiProperty({ pattern: FEATURE_NAME.source, description: 'Unique within the view.', example: 'intensity' })
  @Matches(FEATURE_NAME, FEATURE_RULE)
  name!: string;

  @ApiPropertyOptional({ type: [ViewMemberDto], maxItems: 5_000, description: 'Whose features; either these or `select`.' })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(5_000)
  @ValidateNested({ each: true })
  @Type(() => ViewMemberDto)
  members?: ViewMemberDto[];

  @ApiPropertyOptional({
    type: ViewSelectionDto,
    description: 'Which features, asked anew whenever a registration or a connection changes; at least one criterion.',
  })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => ViewSelectionDto)
  select?: ViewSelectionDto;

  @ApiPropertyOptional({ default: '', description: 'RFC 6901 pointer to the number within the payload.', example: '/intensity' })
  @Optional()
  @MaxLength(500)
  @Matches(POINTER, POINTER_RULE)
  pointer?: string;

  @ApiPropertyOptional({
    description:
      'Pointer to the RFC 3339 time of observation within the payload. Without one, the `observedAt` of the message, else its acceptance.',
  })
  @Optional()
  @MaxLength(500)
  @Matches(POINTER, POINTER_RULE)
  timePointer?: string;

  @ApiPropertyOptional({
    description: 'Pointer to a GeoJSON point, or an array of longitude and latitude. Without one, a twin is where its coverage is.',
  })
  @Optional()
  @MaxLength(500)
  @Matches(POINTER, POINTER_RULE)
  placePointer?: string;

  @ApiProperty({ enum: AGGREGATIONS, description: 'How the values of a twin within a slot become one.', example: 'mean' })
  @IsIn(AGGREGATIONS)
  aggregation!: Aggregation;

  @ApiPropertyOptional({
    maxLength: MAX_UNIT_LENGTH,
    description: 'UCUM unit into which values are converted. Without one they stay as they are.',
    example: '{vehicles}/min',
  })
  @Optional()
  @IsLine(MAX_UNIT_LENGTH)
  unit?: string;

  @ApiPropertyOptional({ maxLength: MAX_UNIT_LENGTH, description: 'What members that declare no unit are taken to speak.' })
  @Optional()
  @IsLine(MAX_UNIT_LENGTH)
  sourceUnit?: string;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: DAY_MS,
    default: 0,
    description: 'Interpolation limit: for how many milliseconds a value holds when no other follows. 0: within its slot alone.',
    example: 120_000,
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(DAY_MS)
  holdMs?: number;
}
