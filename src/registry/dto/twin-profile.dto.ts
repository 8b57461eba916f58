import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsObject, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { LEASE_SECONDS, TOLERANCE_SECONDS } from '../registration-status.js';
import type { TwinAccess } from '../twin.js';
import { TRAFFIC_TWIN } from './examples.js';
import { AccessTermsDto, CompositionDto } from './profile-parts.dto.js';
import { FeatureDto } from './feature.dto.js';
import { FeatureNeedDto, MAX_NEEDS } from './feature-need.dto.js';
import { FreeJson, IsInstant, IsLine, IsProse, IsUriId, Optional, OptionalOrNull } from './field-rules.js';

/** What a domain may be called. */
export const DOMAIN = /^[a-z][a-z0-9-]{0,62}$/;
const ONE_YEAR_MS = 31_536_000_000;

/** Where and when the twin speaks for its object of interest. */
export class CoverageDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'GeoJSON geometry (RFC 7946), WGS 84. A twin without one matches no search by area.',
    example: TRAFFIC_TWIN.coverage.area,
  })
  @FreeJson()
  area?: unknown;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, example: '2026-01-01T00:00:00Z' })
  @OptionalOrNull()
  @IsInstant()
  validFrom?: string | null;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description: 'Exclusive.', example: null })
  @OptionalOrNull()
  @IsInstant()
  validTo?: string | null;
}

/** How the twin keeps in step with the physical world (Y.4224: synchronization rate). */
export class SynchronizationDto {
  @ApiProperty({ enum: ['physical-to-twin', 'twin-to-physical', 'bidirectional'], example: 'physical-to-twin' })
  @IsIn(['physical-to-twin', 'twin-to-physical', 'bidirectional'])
  direction!: 'physical-to-twin' | 'twin-to-physical' | 'bidirectional';

  @ApiPropertyOptional({ minimum: 1, maximum: ONE_YEAR_MS, description: 'Milliseconds between synchronizations.', example: 1000 })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(ONE_YEAR_MS)
  periodMs?: number;

  @ApiPropertyOptional({ minimum: 1, maximum: ONE_YEAR_MS, description: 'Milliseconds that an observation may be old.', example: 5000 })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(ONE_YEAR_MS)
  desiredAgeMs?: number;
}

/** A wire on which the twin itself can be reached. */
export class EndpointDto {
  @ApiProperty({ pattern: '^[a-z][a-z0-9-]{0,31}$', example: 'http' })
  @Matches(/^[a-z][a-z0-9-]{0,31}$/, { message: 'must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter' })
  protocol!: string;

  @ApiProperty({
    maxLength: 2048,
    description: 'Absolute, one of http, https, ws, wss, mqtt, mqtts, amqp, amqps, nats, coap, coaps; never with credentials.',
    example: 'https://traffic.example.org/things/a40',
  })
  @MaxLength(2048)
  url!: string;

  @ApiPropertyOptional({ maxLength: 64, example: 'json' })
  @Optional()
  @IsLine(64)
  format?: string;
}

/** The promise to renew in time. */
export class LeaseRequestDto {
  @ApiProperty({
    minimum: LEASE_SECONDS.min,
    maximum: LEASE_SECONDS.max,
    description: 'Seconds until the next renewal is due.',
    example: 86_400,
  })
  @IsInt()
  @Min(LEASE_SECONDS.min)
  @Max(LEASE_SECONDS.max)
  ttlSeconds!: number;

  @ApiPropertyOptional({
    minimum: TOLERANCE_SECONDS.min,
    maximum: TOLERANCE_SECONDS.max,
    description: 'How late a renewal may come without the twin going stale. Without it a quarter of the lease, at most 300 s.',
  })
  @Optional()
  @IsInt()
  @Min(TOLERANCE_SECONDS.min)
  @Max(TOLERANCE_SECONDS.max)
  toleranceSeconds?: number;
}

/** What a twin registers: its profile and its features. */
export class TwinProfileDto {
  @ApiPropertyOptional({
    maxLength: 512,
    description: 'A URI of your own; without one a urn:uuid: is minted.',
    example: 'urn:example:twin:traffic',
  })
  @Optional()
  @IsUriId()
  id?: string;

  @ApiProperty({ maxLength: 200, example: 'Traffic twin' })
  @IsLine(200)
  name!: string;

  @ApiPropertyOptional({ maxLength: 4000, example: TRAFFIC_TWIN.description })
  @Optional()
  @IsProse(4000)
  description?: string;

  @ApiProperty({ pattern: DOMAIN.source, example: 'traffic' })
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain!: string;

  @ApiPropertyOptional({ type: [String], maxItems: 100, description: 'URIs of the physical things.', example: ['urn:example:road:A40'] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  objectOfInterest?: string[];

  @ApiPropertyOptional({ type: CoverageDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => CoverageDto)
  coverage?: CoverageDto;

  @ApiPropertyOptional({ type: SynchronizationDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => SynchronizationDto)
  synchronization?: SynchronizationDto;

  @ApiPropertyOptional({ type: [EndpointDto], maxItems: 16 })
  @Optional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => EndpointDto)
  endpoints?: EndpointDto[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 256 },
    maxProperties: 64,
    description: 'Up to 64 labels: names of at most 63, values of at most 256 characters.',
    example: TRAFFIC_TWIN.labels,
  })
  @Optional()
  @FreeJson()
  @IsObject()
  labels?: Record<string, string>;

  @ApiPropertyOptional({
    enum: ['private', 'listed'],
    default: 'private',
    description: 'listed: every caller may find it. private: its organization and the members of its federations.',
    example: 'listed',
  })
  @Optional()
  @IsIn(['private', 'listed'])
  access?: TwinAccess;

  @ApiPropertyOptional({ type: AccessTermsDto, example: TRAFFIC_TWIN.accessTerms })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => AccessTermsDto)
  accessTerms?: AccessTermsDto;

  @ApiPropertyOptional({
    type: CompositionDto,
    description: 'Of an aggregated twin only: its parts, or the federation that it stands for.',
  })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => CompositionDto)
  composition?: CompositionDto;

  @ApiPropertyOptional({
    type: LeaseRequestDto,
    nullable: true,
    description: 'Without one, or null: the registration never goes stale. Registering with one renews it.',
  })
  @OptionalOrNull()
  @IsObject()
  @ValidateNested()
  @Type(() => LeaseRequestDto)
  lease?: LeaseRequestDto | null;

  @ApiPropertyOptional({ type: [FeatureDto], maxItems: 200, example: TRAFFIC_TWIN.features })
  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => FeatureDto)
  features?: FeatureDto[];

  @ApiPropertyOptional({
    type: [FeatureNeedDto],
    maxItems: MAX_NEEDS,
    description:
      'The forms in which the twin wants to receive data of others, or to call their functions. The adaptor bridges what differs when a connection is ' +
      'made; what no need speaks of is taken as it is.',
    example: TRAFFIC_TWIN.needs,
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_NEEDS)
  @ValidateNested({ each: true })
  @Type(() => FeatureNeedDto)
  needs?: FeatureNeedDto[];
}
