import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, Matches, MaxLength } from 'class-validator';
import { MAX_UNIT_LENGTH } from '../../dictionary/unit/unit-expression.js';
import type { JsonSchemaDocument } from '../twin.js';
import { FreeJson, IsLine, IsProse, Optional } from './field-rules.js';

/** What a feature may be called. */
export const FEATURE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;
/** What a payload format may be called. Which there are is the adaptor's to say. */
export const FORMAT_NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** The most that the options of a format take as JSON. */
export const MAX_FORMAT_OPTIONS_BYTES = 8_192;
/** The official regular expression of semver.org. */
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;
/** What may stand for an absolute IRI. */
export const IRI = /^[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>"{}|\\^`\p{Cc}\p{Cs}]{1,1000}$/u;

const SCHEMA = { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }] };

/** What a twin can share: data it provides or a function it performs (Y.4489: feature information). */
export class FeatureDto {
  @ApiProperty({ enum: ['data', 'function'], example: 'data' })
  @IsIn(['data', 'function'])
  kind!: 'data' | 'function';

  @ApiProperty({ pattern: FEATURE_NAME.source, description: 'Unique within the twin.', example: 'trafficFlow' })
  @Matches(FEATURE_NAME, { message: 'must start with a letter and have at most 128 letters, digits, dots, hyphens and underscores' })
  name!: string;

  @ApiPropertyOptional({ description: 'Semantic version of the contract.', default: '1.0.0', example: '1.0.0' })
  @Optional()
  @MaxLength(64)
  @Matches(SEMVER, { message: 'must be a semantic version such as 1.0.0' })
  version?: string;

  @ApiPropertyOptional({
    description: 'IRI of the term that the feature means.',
    example: 'https://smartdatamodels.org/dataModel.Transportation/intensity',
  })
  @Optional()
  @Matches(IRI, { message: 'must be an absolute IRI of at most 1,000 characters' })
  semanticType?: string;

  @ApiPropertyOptional({ maxLength: 1000, example: 'Vehicles per hour on each counted road segment.' })
  @Optional()
  @IsProse(1000)
  description?: string;

  @ApiPropertyOptional({ maxLength: MAX_UNIT_LENGTH, description: 'Of data only: UCUM unit of the value.', example: '{vehicles}/h' })
  @Optional()
  @IsLine(MAX_UNIT_LENGTH)
  unit?: string;

  @ApiPropertyOptional({
    ...SCHEMA,
    description: 'Of data, where it is required: JSON Schema 2020-12 of the value.',
    example: { type: 'object', properties: { intensity: { type: 'number', minimum: 0 } }, required: ['intensity'] },
  })
  @FreeJson()
  schema?: JsonSchemaDocument;

  @ApiPropertyOptional({
    ...SCHEMA,
    description: 'Of a function, where it is required: JSON Schema 2020-12 of its parameters.',
    example: { type: 'object', properties: { road: { type: 'string' } }, required: ['road'] },
  })
  @FreeJson()
  input?: JsonSchemaDocument;

  @ApiPropertyOptional({
    ...SCHEMA,
    description: 'Of a function: JSON Schema 2020-12 of its result; without it, anything.',
    example: { type: 'object', properties: { closed: { type: 'boolean' } } },
  })
  @FreeJson()
  output?: JsonSchemaDocument;

  @ApiPropertyOptional({
    description:
      'Of a function: calling it twice with the same input does no more than calling it once, so that a call may be handed on to another twin although ' +
      'one has it in hand. Without it: that is not known.',
    example: true,
  })
  @Optional()
  @IsBoolean()
  idempotent?: boolean;

  @ApiPropertyOptional({
    pattern: FORMAT_NAME.source,
    description:
      'Name of the payload format in which the twin speaks of it; without one json. A text such as CSV or XML is carried as a JSON string, bytes such as ' +
      'CBOR as base64url in one. Schemas are those of the decoded value. A format that the adaptor does not know is refused when a connection is planned.',
    example: 'json',
  })
  @Optional()
  @Matches(FORMAT_NAME, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  format?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: `Options of the format, of at most ${MAX_FORMAT_OPTIONS_BYTES} bytes as JSON.`,
    example: {},
  })
  @FreeJson()
  formatOptions?: Record<string, unknown>;
}
