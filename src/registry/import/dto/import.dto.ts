import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ProblemDocument } from '../../../problems/problem-document.js';
import { TwinDto } from '../../dto/twin.dto.js';
import { IMPORT_FORMATS, type ImportFormat } from '../import-format.js';

const CHANGES = ['created', 'replaced', 'unchanged'] as const;

/** A part of the document that has no place in a profile. */
export class UnmappedDto {
  @ApiProperty({ description: 'JSON Pointer (RFC 6901) into the document.', example: '/properties/level/unit' })
  pointer!: string;

  @ApiProperty({ example: 'The unit "knots per hour" could not be read.' })
  reason!: string;
}

/** What became of a document. */
export class ImportOutcomeDto {
  @ApiProperty({ enum: IMPORT_FORMATS, example: 'td' })
  format!: ImportFormat;

  @ApiProperty({ enum: CHANGES, description: 'unchanged: the document says what the twin says already.', example: 'created' })
  change!: (typeof CHANGES)[number];

  @ApiProperty({ description: 'Whether this was a dry run: nothing was changed.', example: false })
  dryRun!: boolean;

  @ApiProperty({ type: TwinDto, description: 'The twin, after a dry run as it would be.' })
  twin!: TwinDto;

  @ApiProperty({ type: [UnmappedDto], description: 'What has no place in a profile; at most 500 are listed.' })
  unmapped!: UnmappedDto[];

  @ApiProperty({ description: 'How many places are unmapped.', example: 1 })
  unmappedTotal!: number;

  @ApiProperty({ type: [String], description: 'What was mapped, but not as one might think.', example: [] })
  warnings!: string[];
}

/** What became of one document of an array. */
export class ImportItemDto {
  @ApiPropertyOptional({ example: 'urn:ngsi-ld:AirQualityObserved:1' })
  id?: string;

  @ApiProperty({ description: '201 registered, 200 replaced or unchanged, otherwise the status of the problem.', example: 201 })
  status!: number;

  @ApiPropertyOptional({ enum: IMPORT_FORMATS })
  format?: ImportFormat;

  @ApiPropertyOptional({ enum: CHANGES })
  change?: (typeof CHANGES)[number];

  @ApiPropertyOptional({ description: 'ETag of the twin.', example: '"1-1"' })
  etag?: string;

  @ApiPropertyOptional({ type: [UnmappedDto], description: 'At most 50 are listed; pointers are within the body.' })
  unmapped?: UnmappedDto[];

  @ApiPropertyOptional({ description: 'How many places are unmapped.' })
  unmappedTotal?: number;

  @ApiPropertyOptional({ type: [String] })
  warnings?: string[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Why it was refused (RFC 9457); pointers are within the body.',
  })
  problem?: ProblemDocument;
}

/** What became of an array of documents, in its order. */
export class ImportBatchDto {
  @ApiProperty({ description: 'Whether this was a dry run: nothing was changed.', example: false })
  dryRun!: boolean;

  @ApiProperty({ type: [ImportItemDto] })
  items!: ImportItemDto[];
}

/** About the document that a twin was imported from. */
export class TwinSourceDto {
  @ApiProperty({ enum: IMPORT_FORMATS, example: 'td' })
  format!: ImportFormat;

  @ApiProperty({ description: 'Content type it came with.', example: 'application/json' })
  mediaType!: string;

  @ApiProperty({ description: 'Size of the document.', example: 1204 })
  bytes!: number;

  @ApiProperty({ description: 'SHA-256 of the document, hexadecimal.', pattern: '^[0-9a-f]{64}$' })
  sha256!: string;

  @ApiProperty({ format: 'date-time' })
  importedAt!: string;

  @ApiProperty({ description: 'Version of the twin after the import.', example: 1 })
  version!: number;

  @ApiProperty({ description: 'Whether the twin was changed since by other means than an import.', example: false })
  editedSince!: boolean;
}
