import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsNumber, IsObject, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { FEATURE_NAME } from '../../registry/dto/feature.dto.js';
import { FreeJson, IsInstant, IsPageLimit, IsProse, Optional } from '../../registry/dto/field-rules.js';
import { OWNER } from '../../registry/dto/list-twins.dto.js';
import { DOMAIN } from '../../registry/dto/twin-profile.dto.js';
import { LIVE_STATUSES, type LiveStatus } from '../../registry/registration-status.js';

/** Half the circumference of the Earth, in meters, and a little more. */
const FARTHEST_METERS = 20_050_000;
const AREA_EXAMPLE = { type: 'Polygon', coordinates: [[[-0.25, 51.45], [-0.05, 51.45], [-0.05, 51.6], [-0.25, 51.6], [-0.25, 51.45]]] }; // prettier-ignore

/** A feature that the twin must offer. */
export class FeatureCriterionDto {
  @ApiPropertyOptional({ enum: ['data', 'function'], example: 'data' })
  @Optional()
  @IsIn(['data', 'function'])
  kind?: 'data' | 'function';

  @ApiPropertyOptional({ pattern: FEATURE_NAME.source, example: 'trafficFlow' })
  @Optional()
  @Matches(FEATURE_NAME, { message: 'must be the name of a feature' })
  name?: string;
}

/** Where: what overlaps an area, or what is near it. */
export class AreaCriterionDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'GeoJSON geometry that the coverage must share a point with.',
    example: AREA_EXAMPLE,
  })
  @FreeJson()
  intersects?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'GeoJSON geometry that the coverage must come within withinMeters of. Instead of intersects.',
  })
  @FreeJson()
  near?: unknown;

  @ApiPropertyOptional({ minimum: 0, maximum: FARTHEST_METERS, description: 'With near: the distance over the ellipsoid, in meters.' })
  @Optional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(0)
  @Max(FARTHEST_METERS)
  withinMeters?: number;
}

/** A time span; a missing bound is open. */
export class ValidityCriterionDto {
  @ApiPropertyOptional({ format: 'date-time', example: '2026-06-01T00:00:00Z' })
  @Optional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Exclusive.', example: '2026-07-01T00:00:00Z' })
  @Optional()
  @IsInstant()
  to?: string;
}

/** What is needed. All criteria given must be met. */
export class SearchDto {
  @ApiPropertyOptional({ example: 'traffic' })
  @Optional()
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain?: string;

  @ApiPropertyOptional({ description: 'An organization.' })
  @Optional()
  @Matches(OWNER, { message: 'must be 1 to 63 lower-case letters, digits and hyphens' })
  owner?: string;

  @ApiPropertyOptional({ type: [FeatureCriterionDto], maxItems: 20, description: 'Features that one twin must all offer.' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => FeatureCriterionDto)
  features?: FeatureCriterionDto[];

  @ApiPropertyOptional({
    maxLength: 1000,
    description:
      'Words in name, domain, labels, features or descriptions; "a phrase", or, -not. The last word may be the beginning of one.',
    example: 'traffic flow',
  })
  @Optional()
  @IsProse(1000)
  text?: string;

  @ApiPropertyOptional({ type: AreaCriterionDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => AreaCriterionDto)
  area?: AreaCriterionDto;

  @ApiPropertyOptional({ format: 'date-time', description: 'A moment at which the coverage is valid.', example: '2026-06-01T12:00:00Z' })
  @Optional()
  @IsInstant()
  validAt?: string;

  @ApiPropertyOptional({
    type: ValidityCriterionDto,
    description: 'A span that the validity of the coverage overlaps. Instead of validAt.',
  })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => ValidityCriterionDto)
  validity?: ValidityCriterionDto;

  @ApiPropertyOptional({ enum: LIVE_STATUSES, isArray: true, description: 'Without it, ACTIVE and STALE.', example: ['ACTIVE', 'STALE'] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(LIVE_STATUSES.length)
  @IsIn(LIVE_STATUSES, { each: true })
  status?: LiveStatus[];

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before, asked with the same criteria.' })
  @Optional()
  @MaxLength(2048)
  cursor?: string;
}

/** A feature by which a twin was found. */
export class MatchedFeatureDto {
  @ApiProperty({ enum: ['data', 'function'], example: 'data' })
  kind!: 'data' | 'function';

  @ApiProperty({ example: 'trafficFlow' })
  name!: string;
}
