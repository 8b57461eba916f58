import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import type { ProblemDocument } from '../../problems/problem-document.js';
import { FIRE_TWIN, TRAFFIC_TWIN } from './examples.js';
import { FreeJson } from './field-rules.js';
import { TwinProfileDto } from './twin-profile.dto.js';

/** The most twins that one request registers. */
export const MAX_BATCH = 100;

/** Several twins to register. Each is checked on its own. */
export class TwinBatchDto {
  @ApiProperty({
    type: [TwinProfileDto],
    minItems: 1,
    maxItems: MAX_BATCH,
    description: 'Profiles, each with its own id.',
    example: [TRAFFIC_TWIN, FIRE_TWIN],
  })
  @FreeJson()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BATCH)
  twins!: unknown[];
}

/** What became of one twin of a batch. */
export class BatchItemDto {
  @ApiPropertyOptional({ description: 'Absent when the profile had none that could be read.', example: 'urn:example:twin:traffic' })
  id?: string;

  @ApiProperty({ description: '201 registered, 200 replaced or unchanged, otherwise the status of the problem.', example: 201 })
  status!: number;

  @ApiPropertyOptional({ description: 'ETag of the twin.', example: '"1-1"' })
  etag?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Why it was refused (RFC 9457); pointers are within the body.',
  })
  problem?: ProblemDocument;
}

/** What became of a batch, in the order of the request. */
export class BatchOutcomeDto {
  @ApiProperty({ type: [BatchItemDto] })
  items!: BatchItemDto[];
}
