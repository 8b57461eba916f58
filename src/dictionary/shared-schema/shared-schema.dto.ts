import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isPlainObject } from '../json-schema/schema-bounds.js';
import { DomainError } from '../../problems/domain-error.js';
import type { SchemaOutcome, SchemaSubmission } from './shared-schema.service.js';
import type { SharedSchema } from './shared-schema.js';

/** Most schemas of one import. */
export const MAX_IMPORT = 100;
const SCHEMA = { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }] };

/** A shared schema without its document. */
export class SharedSchemaSummaryDto {
  @ApiProperty({ description: 'The absolute URI by which others refer to it.', example: 'https://example.org/schemas/road.json' })
  id!: string;

  @ApiProperty({ enum: ['own', 'public'], description: 'own: of the caller’s organization and seen by it alone.' })
  visibility!: 'own' | 'public';

  @ApiPropertyOptional({ example: 'Roads' })
  title?: string;

  @ApiProperty({ enum: ['2020-12', 'draft-07'] })
  dialect!: string;

  @ApiProperty({ description: 'Length of the document as JSON text.', example: 412 })
  bytes!: number;

  @ApiProperty({ type: [String], description: 'Other schemas that it refers to.' })
  refersTo!: string[];

  @ApiPropertyOptional({ format: 'date-time', description: 'Missing for one that is built in.' })
  createdAt?: string;
}

/** A shared schema. */
export class SharedSchemaDto extends SharedSchemaSummaryDto {
  @ApiProperty({ ...SCHEMA, description: 'The JSON Schema.' })
  schema!: unknown;
}

/** One page of shared schemas. */
export class SharedSchemaPageDto {
  @ApiProperty({ type: [SharedSchemaSummaryDto] })
  items!: SharedSchemaSummaryDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; missing on the last.' })
  next?: string;
}

/** What became of a schema of an import. */
export class SchemaOutcomeDto implements SchemaOutcome {
  @ApiProperty({ example: 'https://example.org/schemas/road.json' })
  id!: string;

  @ApiProperty({ enum: ['created', 'unchanged'] })
  change!: 'created' | 'unchanged';
}

/** What became of an import. */
export class SchemaOutcomesDto {
  @ApiProperty({ type: [SchemaOutcomeDto] })
  outcomes!: SchemaOutcomeDto[];
}

/** The body of an import, in words of OpenAPI; it is read by {@link readImport}, which can point inside the schemas. */
export const IMPORT_BODY = {
  type: 'object',
  required: ['schemas'],
  properties: {
    schemas: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_IMPORT,
      items: {
        type: 'object',
        required: ['schema'],
        properties: {
          id: { type: 'string', description: 'The address that others refer to, when it is not the `$id` of the schema.' },
          schema: SCHEMA,
        },
      },
    },
  },
};

/** @throws DomainError `validation-failed` */
export function readImport(body: unknown): SchemaSubmission[] {
  const schemas = isPlainObject(body) ? body.schemas : undefined;
  if (!Array.isArray(schemas) || schemas.length === 0 || schemas.length > MAX_IMPORT)
    throw refusal('/schemas', `must be a list of 1 to ${MAX_IMPORT} schemas`);
  return schemas.map((entry: unknown, index) => {
    const pointer = `/schemas/${index}`;
    if (!isPlainObject(entry) || entry.schema === undefined) throw refusal(pointer, 'must be an object with a schema');
    if (entry.id !== undefined && typeof entry.id !== 'string') throw refusal(`${pointer}/id`, 'must be text');
    return { schema: entry.schema, ...(entry.id !== undefined && { id: entry.id }) };
  });
}

/** The wire form, without the document. */
export function toSummary({ id, owner, title, dialect, bytes, refersTo, createdAt }: SharedSchema): SharedSchemaSummaryDto {
  return {
    id,
    visibility: owner === undefined ? 'public' : 'own',
    ...(title !== undefined && { title }),
    dialect,
    bytes,
    refersTo: [...refersTo],
    ...(createdAt && { createdAt: createdAt.toISOString() }),
  };
}

function refusal(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
