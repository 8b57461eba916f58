import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, ValidateNested } from 'class-validator';
import { FreeJson, IsLine } from '../../registry/dto/field-rules.js';
import { FEDERATION_ID } from '../dto/examples.js';
import { MAX_IDENTIFIER_CHARACTERS, MAX_SCHEME_PAIRS } from './identifier-map.js';

/** Identifiers that mean the same, of two schemes. */
export const SCHEMES_EXAMPLE = [{ from: 'osm', to: 'usrn', pairs: { 'way/4217': '8100001', 'way/4218': '8100002' } }];

/** Identifiers of one scheme, with those of another that mean the same. */
export class SchemePairsDto {
  @ApiProperty({ maxLength: MAX_IDENTIFIER_CHARACTERS, description: 'Name of a scheme, as `x-identifier` says it.', example: 'osm' })
  @IsLine(MAX_IDENTIFIER_CHARACTERS)
  from!: string;

  @ApiProperty({ maxLength: MAX_IDENTIFIER_CHARACTERS, description: 'Name of the other scheme.', example: 'usrn' })
  @IsLine(MAX_IDENTIFIER_CHARACTERS)
  to!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: MAX_IDENTIFIER_CHARACTERS },
    description: 'Identifiers of `to` by those of `from`, one for one: they are read both ways.',
    example: SCHEMES_EXAMPLE[0]?.pairs,
  })
  @FreeJson()
  pairs!: Record<string, string>;
}

/** The identifiers that mean the same within a federation. */
export class PutIdentifierMapDto {
  @ApiProperty({
    type: [SchemePairsDto],
    maxItems: MAX_SCHEME_PAIRS,
    description: 'Two schemes are named together once; 5,000 pairs in all.',
    example: SCHEMES_EXAMPLE,
  })
  @IsArray()
  @ArrayMaxSize(MAX_SCHEME_PAIRS)
  @ValidateNested({ each: true })
  @Type(() => SchemePairsDto)
  schemes!: SchemePairsDto[];
}

/** The map of identifiers of a federation. */
export class IdentifierMapDto extends PutIdentifierMapDto {
  @ApiProperty({ example: FEDERATION_ID })
  federationId!: string;

  @ApiProperty({ description: 'Counts its changes, from 1.', example: 2 })
  version!: number;
}
