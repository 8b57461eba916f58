import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength, MinLength, ValidateBy } from 'class-validator';
import { InvalidId, parseUriId } from '../../kernel/ids.js';
import { PageQuery } from '../../security/dto/page-query.dto.js';
import { readLanguageTag } from '../term/language-tag.js';
import type { MatchQuality, MatchStepKind, TermMatches } from '../term/match-search.js';
import { TERM_STATUSES, type TermStatus, VALUE_TYPES, type ValueType } from '../term/term.js';
import { CITY_VOCABULARY } from './examples.js';

const flag = ({ value }: { value: unknown }): unknown => (value === 'true' ? true : value === 'false' ? false : value);

function isUri(value: unknown): boolean {
  try {
    return parseUriId(value) !== '';
  } catch (error) {
    if (error instanceof InvalidId) return false;
    throw error;
  }
}

/** An IRI, as parseUriId takes it. */
function IsIri(): PropertyDecorator {
  const defaultMessage = (): string => 'must be a URI of at most 512 characters, without raw spaces, controls or non-ASCII characters';
  return ValidateBy({ name: 'isIri', validator: { validate: isUri, defaultMessage } });
}

/** Filters of the list of terms; all given must hold. */
export class ListTermsDto extends PageQuery {
  @ApiPropertyOptional({ description: 'Id of a vocabulary.', example: CITY_VOCABULARY.id })
  @IsOptional()
  @IsIri()
  vocabulary?: string;

  @ApiPropertyOptional({ enum: TERM_STATUSES })
  @IsOptional()
  @IsIn(TERM_STATUSES)
  status?: TermStatus;

  @ApiPropertyOptional({ enum: VALUE_TYPES })
  @IsOptional()
  @IsIn(VALUE_TYPES)
  valueType?: ValueType;

  @ApiPropertyOptional({ description: 'IRI: terms directly narrower than this.' })
  @IsOptional()
  @IsIri()
  broader?: string;

  @ApiPropertyOptional({ description: 'IRI: terms that state an exact or close match with this.' })
  @IsOptional()
  @IsIri()
  match?: string;

  @ApiPropertyOptional({ description: 'A whole label, notation or property name, without regard to case.' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  name?: string;

  @ApiPropertyOptional({ description: 'Text within a label, without regard to case.', example: 'speed' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  label?: string;

  @ApiPropertyOptional({ description: 'BCP 47: `label` counts in this language and its variants only.', example: 'en' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? (readLanguageTag(value) ?? '') : value))
  @IsString()
  @MinLength(1, { message: 'must be a valid BCP 47 language tag' })
  language?: string;
}

/** What counts as a match. */
export class TermMatchesQueryDto {
  @ApiPropertyOptional({ default: true, description: 'Narrower terms too.', example: true })
  @IsOptional()
  @Transform(flag)
  @IsBoolean()
  narrower?: boolean;

  @ApiPropertyOptional({
    default: true,
    description: 'Close matches too: at most one on a path, nothing narrower after it.',
    example: true,
  })
  @IsOptional()
  @Transform(flag)
  @IsBoolean()
  close?: boolean;
}

/** What becomes of a term. */
export class DeleteTermDto {
  @ApiPropertyOptional({
    default: false,
    description: 'Without it the term is deprecated; with true it is taken out. Its versions stay readable either way.',
    example: true,
  })
  @IsOptional()
  @Transform(flag)
  @IsBoolean()
  remove?: boolean;

  @ApiPropertyOptional({ description: 'IRI of what to use instead of a deprecated term.' })
  @IsOptional()
  @IsIri()
  replacedBy?: string;
}

/** One step from a term to a match. */
export class MatchStepDto {
  @ApiProperty()
  from!: string;

  @ApiProperty({ enum: ['exactMatch', 'narrower', 'closeMatch', 'replacedBy', 'replaces'] })
  kind!: MatchStepKind;

  @ApiProperty()
  to!: string;

  @ApiProperty({ description: 'The term that says so.' })
  statedBy!: string;
}

/** Something that satisfies a search for the term. */
export class TermMatchDto {
  @ApiProperty({ description: 'Known to this dictionary or not.' })
  iri!: string;

  @ApiProperty({ enum: ['self', 'exact', 'narrower', 'close'] })
  quality!: MatchQuality;

  @ApiProperty({ type: [MatchStepDto], description: 'Why: the shortest way of this quality.' })
  path!: readonly MatchStepDto[];
}

/** What satisfies a search for a term. */
export class TermMatchesDto {
  @ApiProperty({ type: [TermMatchDto], maxItems: 1000 })
  matches!: readonly TermMatchDto[];

  @ApiProperty({ description: 'False when there are more than 1,000, or some lie more than 32 steps away.', example: true })
  complete!: boolean;
}

/** The wire form of matches. */
export function toTermMatchesDto({ matches, complete }: TermMatches): TermMatchesDto {
  return { matches, complete };
}
