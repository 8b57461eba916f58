import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { PageQuery } from '../../security/dto/page-query.dto.js';
import type { LanguageMap, VocabularyRecord } from '../term/term.js';
import { CITY_VOCABULARY } from './examples.js';

/** OpenAPI of text per language. */
export const LANGUAGE_MAP = { type: 'object', additionalProperties: { type: 'string' } } as const;
const ORGANIZATION = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What a steward says of a vocabulary. */
export class TermVocabularyInputDto {
  @ApiProperty({ maxLength: 512, description: 'IRI, and namespace of the terms.', example: CITY_VOCABULARY.id })
  id!: string;

  @ApiPropertyOptional({ ...LANGUAGE_MAP, description: 'One per language (BCP 47).', example: CITY_VOCABULARY.titles })
  titles?: LanguageMap;

  @ApiPropertyOptional({ ...LANGUAGE_MAP, example: CITY_VOCABULARY.descriptions })
  descriptions?: LanguageMap;

  @ApiPropertyOptional({ maxLength: 512, description: 'IRI of the licence.', example: CITY_VOCABULARY.license })
  license?: string;
}

/** A vocabulary. */
export class TermVocabularyDto extends PickType(TermVocabularyInputDto, ['id', 'license'] as const) {
  @ApiProperty({ ...LANGUAGE_MAP, example: CITY_VOCABULARY.titles })
  titles!: LanguageMap;

  @ApiProperty({ ...LANGUAGE_MAP, example: CITY_VOCABULARY.descriptions })
  descriptions!: LanguageMap;

  @ApiPropertyOptional({ description: 'The organization that may change it; absent of the built-in vocabulary.', example: 'city-traffic' })
  steward?: string;

  @ApiProperty({ description: 'How many terms it has, deprecated ones included.', example: 2 })
  terms!: number;

  @ApiProperty({ description: 'Counts the changes of what is said here; terms have versions of their own.', example: 1 })
  version!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  updatedAt!: string;
}

/** One page of vocabularies. */
export class TermVocabularyPageDto {
  @ApiProperty({ type: [TermVocabularyDto] })
  items!: TermVocabularyDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** Filters of the list of vocabularies. */
export class ListVocabulariesDto extends PageQuery {
  @ApiPropertyOptional({ description: 'An organization: only the vocabularies it is steward of.' })
  @IsOptional()
  @Matches(ORGANIZATION, { message: 'must be 1 to 63 lower-case letters, digits and hyphens' })
  steward?: string;
}

/** Who shall be steward. */
export class StewardDto {
  @ApiProperty({ description: 'An organization, or "me" for the caller’s own.', example: 'me' })
  @Matches(ORGANIZATION, { message: 'must be 1 to 63 lower-case letters, digits and hyphens' })
  organization!: string;
}

/** The wire form of a vocabulary. */
export function toTermVocabularyDto(vocabulary: VocabularyRecord): TermVocabularyDto {
  const { id, titles, descriptions, license, steward, terms, version, createdAt, updatedAt } = vocabulary;
  return {
    id,
    titles,
    descriptions,
    ...(license === undefined ? {} : { license }),
    ...(steward === undefined ? {} : { steward }),
    terms,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
