import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import type { DictionaryChange } from '../term/term.js';
import { SPEED_TERM } from './examples.js';

const CHANGES = ['created', 'replaced', 'unchanged'];

/** How to import. */
export class ImportQueryDto {
  @ApiPropertyOptional({ default: false, description: 'Say what would happen, and change nothing.', example: false })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  dryRun?: boolean;
}

/** What to export. */
export class ExportQueryDto {
  @ApiPropertyOptional({
    enum: ['skos', 'context'],
    default: 'skos',
    description: 'The whole vocabulary in SKOS, or a JSON-LD context for data that uses it.',
    example: 'skos',
  })
  @IsOptional()
  @IsIn(['skos', 'context'])
  as?: 'skos' | 'context';
}

/** A term that an import changes. */
export class ImportedTermDto {
  @ApiProperty({ example: SPEED_TERM.iri })
  iri!: string;

  @ApiProperty({ enum: CHANGES })
  change!: DictionaryChange;
}

/** Something that was left out. */
export class UnmappedStatementDto {
  @ApiProperty({
    description: 'A JSON pointer, a name, or the triple.',
    example: '<urn:a> <http://www.w3.org/2004/02/skos/core#scopeNote> "…"@en .',
  })
  place!: string;

  @ApiProperty({ example: 'is nothing that a term can say here' })
  detail!: string;
}

/** What an import did, or would do. */
export class ImportReportDto {
  @ApiProperty()
  dryRun!: boolean;

  @ApiProperty({ example: 1 })
  created!: number;

  @ApiProperty({ example: 0 })
  replaced!: number;

  @ApiProperty({ example: 0 })
  unchanged!: number;

  @ApiProperty({ enum: CHANGES, description: 'What became of titles, descriptions and licence.', example: 'unchanged' })
  vocabulary!: DictionaryChange;

  @ApiProperty({ type: [ImportedTermDto], maxItems: 1000 })
  changes!: readonly ImportedTermDto[];

  @ApiProperty({ description: 'How much of the document was left out.', example: 1 })
  unmappedCount!: number;

  @ApiProperty({ type: [UnmappedStatementDto], maxItems: 1000 })
  unmapped!: readonly UnmappedStatementDto[];
}
