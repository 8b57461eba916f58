import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import type { JsonSchemaDocument } from '../twin.js';
import { FEATURE_NAME, FeatureDto } from './feature.dto.js';
import { FreeJson } from './field-rules.js';

const SCHEMA = { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }] };

/** The most needs that a profile states. */
export const MAX_NEEDS = 100;

/** The form in which a twin wants to receive data of others, or to call their functions; it offers nothing. */
export class FeatureNeedDto extends OmitType(FeatureDto, ['name', 'version', 'idempotent', 'schema', 'input', 'output'] as const) {
  @ApiProperty({ pattern: FEATURE_NAME.source, description: 'Unique among the needs of this twin.', example: 'trafficFlow' })
  @Matches(FEATURE_NAME, { message: 'must start with a letter and have at most 128 letters, digits, dots, hyphens and underscores' })
  name!: string;

  @ApiPropertyOptional({
    ...SCHEMA,
    description: 'Of data: JSON Schema 2020-12 that the received value shall fit; without it, the value as the other twin has it.',
    example: { type: 'object', properties: { speed: { type: 'number', 'x-unit': 'm/s' } }, required: ['speed'] },
  })
  @FreeJson()
  schema?: JsonSchemaDocument;

  @ApiPropertyOptional({
    ...SCHEMA,
    description: 'Of a function: JSON Schema 2020-12 of the parameters as this twin sends them.',
    example: true,
  })
  @FreeJson()
  input?: JsonSchemaDocument;

  @ApiPropertyOptional({ ...SCHEMA, description: 'Of a function: JSON Schema 2020-12 that the received result shall fit.', example: true })
  @FreeJson()
  output?: JsonSchemaDocument;
}
