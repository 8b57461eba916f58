import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsObject, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { FreeJson } from '../../problems/free-json.js';
import type { FormSchema } from '../plan/adaptation-plan.js';
import { PREVIEW_EXAMPLE } from './examples.js';

const SCHEMA = { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }] };
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>"{}|\\^`\p{Cc}\p{Cs}]{1,480}$/u;
const PURPOSES = ['data', 'input', 'output'] as const;
const FREE = { type: 'object', additionalProperties: true } as const;

/** How a twin speaks of a feature, or wants to. */
export class AdaptedFormDto {
  @ApiProperty({ enum: ['data', 'function'], example: 'data' })
  @IsIn(['data', 'function'])
  kind!: 'data' | 'function';

  @ApiProperty({ pattern: NAME.source, example: 'vehicle' })
  @Matches(NAME, { message: 'must start with a letter and have at most 128 letters, digits, dots, hyphens and underscores' })
  name!: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Of a feature.', example: '1.0.0' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  version?: string;

  @ApiPropertyOptional({
    description: 'IRI of the term that it means.',
    example: 'https://smartdatamodels.org/dataModel.Transportation/Vehicle',
  })
  @IsOptional()
  @Matches(URI, { message: 'must be an absolute IRI' })
  semanticType?: string;

  @ApiPropertyOptional({ maxLength: 200, description: 'UCUM unit of the value.', example: 'km/h' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  unit?: string;

  @ApiPropertyOptional({ ...SCHEMA, description: 'Of data: JSON Schema of the decoded value.', example: { type: 'number' } })
  @FreeJson()
  schema?: FormSchema;

  @ApiPropertyOptional({ ...SCHEMA, description: 'Of a function: JSON Schema of its parameters.', example: true })
  @FreeJson()
  input?: FormSchema;

  @ApiPropertyOptional({ ...SCHEMA, description: 'Of a function: JSON Schema of its result.', example: true })
  @FreeJson()
  output?: FormSchema;

  @ApiPropertyOptional({ maxLength: 64, description: 'Name of the payload format; without one json.', example: 'json' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  format?: string;

  @ApiPropertyOptional({ ...FREE, example: {} })
  @IsOptional()
  @FreeJson()
  @IsObject()
  formatOptions?: Record<string, unknown>;
}

/** One side: what it offers, and in which form it needs what others offer. */
export class AdaptedSideDto {
  @ApiPropertyOptional({ description: 'Id of the twin, for the plan to name it.', example: 'urn:example:twin:traffic' })
  @IsOptional()
  @Matches(URI, { message: 'must be a URI' })
  twin?: string;

  @ApiPropertyOptional({ type: [AdaptedFormDto], maxItems: 20 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => AdaptedFormDto)
  features?: AdaptedFormDto[];

  @ApiPropertyOptional({ type: [AdaptedFormDto], maxItems: 20 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => AdaptedFormDto)
  needs?: AdaptedFormDto[];
}

/** Which place of the sender's value one of the receiver's is. */
export class PreviewMatchDto {
  @ApiProperty({ example: '/speed' })
  @IsString()
  @MaxLength(2_048)
  from!: string;

  @ApiProperty({ example: '/motion/velocity' })
  @IsString()
  @MaxLength(2_048)
  to!: string;
}

/** Identifiers that mean the same in two schemes. */
export class PreviewIdentifiersDto {
  @ApiProperty({ maxLength: 256, example: 'usrn' })
  @IsString()
  @MaxLength(256)
  from!: string;

  @ApiProperty({ maxLength: 256, example: 'osm' })
  @IsString()
  @MaxLength(256)
  to!: string;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { '8100001': 'way/1' } })
  @FreeJson()
  @IsObject()
  pairs!: Record<string, string>;
}

/** Two profiles and a payload to try. */
export class PreviewAdaptationDto {
  @ApiProperty({ type: AdaptedSideDto, description: 'The twin whose feature it is.', example: PREVIEW_EXAMPLE.offering })
  @IsObject()
  @ValidateNested()
  @Type(() => AdaptedSideDto)
  offering!: AdaptedSideDto;

  @ApiProperty({ type: AdaptedSideDto, description: 'The twin that uses it.', example: PREVIEW_EXAMPLE.using })
  @IsObject()
  @ValidateNested()
  @Type(() => AdaptedSideDto)
  using!: AdaptedSideDto;

  @ApiPropertyOptional({ description: 'Name of the feature; without one the first that is offered.', example: 'vehicle' })
  @IsOptional()
  @Matches(NAME, { message: 'must be the name of a feature' })
  feature?: string;

  @ApiPropertyOptional({ enum: PURPOSES, description: 'Which way of it; without one data, or of a function its input.', example: 'data' })
  @IsOptional()
  @IsIn(PURPOSES)
  purpose?: (typeof PURPOSES)[number];

  @ApiPropertyOptional({
    description: 'A payload as the sender of that way would send it. Without one only the plan is made.',
    example: PREVIEW_EXAMPLE.sample,
  })
  @FreeJson()
  sample?: unknown;

  @ApiPropertyOptional({ type: [PreviewMatchDto], maxItems: 200, description: 'Answers to what was asked.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => PreviewMatchDto)
  matches?: PreviewMatchDto[];

  @ApiPropertyOptional({ type: [PreviewIdentifiersDto], maxItems: 20 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => PreviewIdentifiersDto)
  identifiers?: PreviewIdentifiersDto[];

  @ApiPropertyOptional({ maxLength: 8_192, description: 'A JSONata expression in place of all semantic steps of that way.' })
  @IsOptional()
  @IsString()
  @MaxLength(8_192)
  script?: string;
}

/** What came of it. */
export class AdaptationPreviewDto {
  @ApiProperty({
    ...FREE,
    description: 'The feature as it would be planned: the need that it serves, and the steps and losses of each way.',
  })
  planned!: object;

  @ApiPropertyOptional({ type: 'array', items: FREE, description: 'With a sample: the payload after each step.' })
  steps?: object[];

  @ApiPropertyOptional({ description: 'What the receiver would get; absent when a step failed.' })
  outcome?: unknown;

  @ApiPropertyOptional({ ...FREE, description: 'The step that failed, why, where, and the payload before it.' })
  failure?: object;

  @ApiPropertyOptional({ type: 'array', items: FREE, description: 'Where the sample does not fit the schema of its sender.' })
  sampleViolations?: object[];

  @ApiPropertyOptional({ type: 'array', items: FREE, description: 'Where the outcome does not fit what the receiver needs.' })
  outcomeViolations?: object[];

  @ApiPropertyOptional({
    ...FREE,
    description:
      'The way back: `oneWay` names a step without one; `differences` are the places that came back otherwise, each with the loss that declares it.',
  })
  roundTrip?: object;
}
