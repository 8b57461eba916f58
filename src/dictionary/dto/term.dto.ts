import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import {
  type LanguageLists,
  type LanguageMap,
  TERM_STATUSES,
  termContentOf,
  type TermRecord,
  type TermStatus,
  type TermVersion,
  VALUE_TYPES,
  type ValueType,
} from '../term/term.js';
import { SPEED_TERM } from './examples.js';
import { LANGUAGE_MAP } from './vocabulary.dto.js';

const IRIS = { type: 'array' as const, items: { type: 'string' as const }, maxItems: 200 };

/** A value of another term's enumeration. */
export class ValueReferenceDto {
  @ApiProperty({
    description: 'IRI of that term, known here or not.',
    example: 'https://smartdatamodels.org/dataModel.Transportation/status',
  })
  term!: string;

  @ApiProperty({ example: 'open' })
  code!: string;
}

/** A value that an enumerated term may take. */
export class EnumerationValueDto {
  @ApiProperty({ maxLength: 200, description: 'As it stands in the data.', example: '1' })
  code!: string;

  @ApiPropertyOptional({ ...LANGUAGE_MAP, example: { en: 'open' } })
  labels?: LanguageMap;

  @ApiPropertyOptional({ type: [ValueReferenceDto], description: 'Values elsewhere that mean the same.' })
  exactMatch?: readonly ValueReferenceDto[];

  @ApiPropertyOptional({ type: [ValueReferenceDto], description: 'Values elsewhere that mean nearly the same.' })
  closeMatch?: readonly ValueReferenceDto[];
}

/** What a steward says of a term. At least one label or notation. */
export class TermInputDto {
  @ApiPropertyOptional({ maxLength: 512, description: 'Required by POST; with PUT it is in the path.', example: SPEED_TERM.iri })
  iri?: string;

  @ApiProperty({ maxLength: 512, description: 'Id of the vocabulary; a term stays in its own.', example: SPEED_TERM.vocabulary })
  vocabulary!: string;

  @ApiPropertyOptional({ ...LANGUAGE_MAP, description: 'Preferred label per language (BCP 47).', example: SPEED_TERM.labels })
  labels?: LanguageMap;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Other labels per language.',
    example: SPEED_TERM.alternativeLabels,
  })
  alternativeLabels?: LanguageLists;

  @ApiPropertyOptional({ ...LANGUAGE_MAP, example: SPEED_TERM.definitions })
  definitions?: LanguageMap;

  @ApiPropertyOptional({ type: [String], maxItems: 50, description: 'Codes and property names.', example: SPEED_TERM.notations })
  notations?: readonly string[];

  @ApiPropertyOptional({ type: [String], maxItems: 32, description: 'IRIs of more general terms.' })
  broader?: readonly string[];

  @ApiPropertyOptional({ ...IRIS, description: 'IRIs of terms elsewhere that mean the same.', example: SPEED_TERM.exactMatch })
  exactMatch?: readonly string[];

  @ApiPropertyOptional({ ...IRIS, description: 'IRIs of terms elsewhere that mean nearly the same.' })
  closeMatch?: readonly string[];

  @ApiPropertyOptional({ enum: VALUE_TYPES, example: 'number' })
  valueType?: ValueType;

  @ApiPropertyOptional({ description: 'UCUM; kept in canonical form.', example: 'km/h' })
  unit?: string;

  @ApiPropertyOptional({ type: [EnumerationValueDto], maxItems: 1000, description: 'Of the value type enumeration.' })
  values?: readonly EnumerationValueDto[];

  @ApiPropertyOptional({ enum: TERM_STATUSES, default: 'ACTIVE', example: 'ACTIVE' })
  status?: TermStatus;

  @ApiPropertyOptional({ maxLength: 512, description: 'Of a deprecated term: what to use instead.' })
  replacedBy?: string;
}

/** A term. */
export class TermDto extends OmitType(TermInputDto, ['iri'] as const) {
  @ApiProperty({ example: SPEED_TERM.iri })
  iri!: string;

  @ApiProperty({ ...IRIS, maxItems: 1000, description: 'Derived: terms that name this one as broader.', example: [] })
  narrower!: readonly string[];

  @ApiProperty({ description: 'Counts the changes.', example: 1 })
  version!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  updatedAt!: string;
}

/** One page of terms. */
export class TermPageDto {
  @ApiProperty({ type: [TermDto] })
  items!: TermDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** A version of a term. */
export class TermVersionDto {
  @ApiProperty({ example: 1 })
  version!: number;

  @ApiProperty({ enum: [...TERM_STATUSES, 'REMOVED'], example: 'ACTIVE' })
  status!: TermStatus | 'REMOVED';

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'What it said; absent of a removal.' })
  content?: object;

  @ApiProperty({ description: 'Client id of the credential, or `broker`.', example: 'city-traffic.1' })
  changedBy!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  changedAt!: string;
}

/** One page of versions. */
export class TermVersionPageDto {
  @ApiProperty({ type: [TermVersionDto] })
  items!: TermVersionDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** The wire form of a term. */
export function toTermDto(term: TermRecord): TermDto {
  const { iri, vocabulary, narrower, version, createdAt, updatedAt } = term;
  return {
    iri,
    vocabulary,
    ...termContentOf(term),
    narrower,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** The wire form of a version. */
export function toTermVersionDto({ version, status, content, changedBy, changedAt }: TermVersion): TermVersionDto {
  return { version, status, ...(content === undefined ? {} : { content }), changedBy, changedAt: changedAt.toISOString() };
}
