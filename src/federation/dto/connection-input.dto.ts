import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsObject,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IsProse, IsUriId, Optional } from '../../registry/dto/field-rules.js';
import { RequestedAdaptationDto } from '../adaptation/connection-adaptation.dto.js';
import { CONNECTION_FEATURES_EXAMPLE, FEDERATION_ID, FIRE_TWIN_ID, TEMPORARY_CONNECTION_ID, TRAFFIC_TWIN_ID } from './examples.js';

/** How long a request waits for its answer, in seconds, unless it says otherwise. */
export const DEFAULT_EXPIRY_SECONDS = 86_400;
/** Bounds of that time, in seconds. */
export const EXPIRY_SECONDS = { min: 60, max: 604_800 } as const;

/** A feature by name. */
export class FeatureReferenceDto {
  @ApiProperty({ maxLength: 512, description: 'The requester or the responder: whose feature it is.', example: TRAFFIC_TWIN_ID })
  @IsUriId()
  twin!: string;

  @ApiProperty({ maxLength: 200, example: 'trafficFlow' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  name!: string;
}

/** What is said of a connection by PUT. */
export class ReplaceConnectionDto {
  @ApiProperty({ maxLength: 512, description: 'The federation in which both are JOINED.', example: FEDERATION_ID })
  @IsUriId()
  federationId!: string;

  @ApiProperty({ maxLength: 512, description: 'The twin that asks; the caller must act for it.', example: FIRE_TWIN_ID })
  @IsUriId()
  requester!: string;

  @ApiProperty({ maxLength: 512, description: 'The twin that is asked.', example: TRAFFIC_TWIN_ID })
  @IsUriId()
  responder!: string;

  @ApiProperty({
    type: [FeatureReferenceDto],
    minItems: 1,
    maxItems: 200,
    description: 'What the connection is for: features of either side, each once.',
    example: CONNECTION_FEATURES_EXAMPLE,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => FeatureReferenceDto)
  features!: FeatureReferenceDto[];

  @ApiPropertyOptional({
    minimum: EXPIRY_SECONDS.min,
    maximum: EXPIRY_SECONDS.max,
    default: DEFAULT_EXPIRY_SECONDS,
    description: 'How long the request waits for its answer.',
    example: DEFAULT_EXPIRY_SECONDS,
  })
  @Optional()
  @IsInt()
  @Min(EXPIRY_SECONDS.min)
  @Max(EXPIRY_SECONDS.max)
  expiresInSeconds?: number;

  @ApiPropertyOptional({
    type: RequestedAdaptationDto,
    description:
      'What would otherwise have to be said afterwards, so that a connection is made in one go that would be refused for an ambiguous term.',
    example: { scripts: [], matches: [] },
  })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => RequestedAdaptationDto)
  adaptation?: RequestedAdaptationDto;
}

/** What is said of a connection by POST: its id may come with it. */
export class CreateConnectionDto extends ReplaceConnectionDto {
  @ApiPropertyOptional({
    maxLength: 512,
    description: 'A URI of your own; without one a urn:uuid: is minted.',
    example: TEMPORARY_CONNECTION_ID,
  })
  @Optional()
  @IsUriId()
  id?: string;
}

/** Why, in somebody's words; shown to the other side. */
export class ReasonDto {
  @ApiPropertyOptional({ maxLength: 1000, example: 'as agreed' })
  @Optional()
  @IsProse(1000)
  reason?: string;
}
