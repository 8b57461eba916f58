import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsNumber, IsString, MaxLength, MinLength, ValidateIf } from 'class-validator';
import type { ForeignVocabulary } from './foreign-units.js';
import { MAX_UNIT_LENGTH } from './unit-expression.js';

const VOCABULARIES = ['ucum', 'unece', 'dtdl', 'qudt'] as const;

function given(property: string) {
  return ValidateIf((query: Record<string, unknown>) => query[property] !== undefined);
}

/** Which unit to read, and what to convert. */
export class UnitQuery {
  @ApiProperty({ maxLength: MAX_UNIT_LENGTH, description: 'A unit in UCUM, or a code of another vocabulary.', example: 'KMH' })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_UNIT_LENGTH)
  code!: string;

  @ApiPropertyOptional({
    enum: VOCABULARIES,
    description:
      'Whose code it is: UN/CEFACT Rec 20 (NGSI-LD unitCode), DTDL, QUDT, or UCUM and nothing else. Without it, UCUM first, then Rec 20 and DTDL.',
    example: 'unece',
  })
  @given('vocabulary')
  @IsIn(VOCABULARIES)
  vocabulary?: 'ucum' | ForeignVocabulary;

  @ApiPropertyOptional({ maxLength: MAX_UNIT_LENGTH, description: 'A unit in UCUM to compare with.', example: 'm/s' })
  @given('to')
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_UNIT_LENGTH)
  to?: string;

  @ApiPropertyOptional({ description: 'A number to convert; needs `to`.', example: 90 })
  @given('value')
  @Type(() => Number)
  @IsNumber({ allowNaN: false, allowInfinity: false })
  value?: number;
}

/** A unit, canonical. */
export class UnitDto {
  @ApiProperty({ description: 'Canonical UCUM.', example: 'km/h' })
  code!: string;

  @ApiProperty({ enum: ['physical', 'currency'], description: 'currency: an ISO 4217 code takes part.' })
  kind!: 'physical' | 'currency';

  @ApiProperty({ description: 'Two units are commensurable exactly if these are equal.', example: 'L.T-1' })
  dimension!: string;
}

/** How a unit compares with another. */
export class UnitComparisonDto {
  @ApiProperty({ type: UnitDto })
  to!: UnitDto;

  @ApiProperty()
  commensurable!: boolean;

  @ApiPropertyOptional({ description: 'The number asked for, in the other unit.', example: 25 })
  value?: number;
}

/** A unit as read. */
export class ReadUnitDto extends UnitDto {
  @ApiPropertyOptional({ type: UnitComparisonDto, description: 'When `to` was asked for.' })
  comparison?: UnitComparisonDto;
}
