import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { Optional } from '../../dto/field-rules.js';
import type { BulkRecord } from '../bulk-progress.js';

const MAX_FROM = 2_000_000_000;

/** How a bulk is read. */
export class BulkQueryDto {
  @ApiPropertyOptional({
    minimum: 1,
    maximum: MAX_FROM,
    default: 1,
    description: 'Number of the first line sent: of a bulk that is gone on with, the one after the last committed line.',
  })
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_FROM)
  from?: number;
}

/** How far a bulk came. */
export class BulkDto {
  @ApiProperty({ example: 'nightly-import' })
  id!: string;

  @ApiProperty({ enum: ['OPEN', 'COMPLETE'], description: 'OPEN: it is under way, or broke off.', example: 'COMPLETE' })
  state!: 'OPEN' | 'COMPLETE';

  @ApiProperty({ description: 'Every line up to this one is done; go on with the next.', example: 2 })
  committedLine!: number;

  @ApiProperty({ description: 'Lines that registered a twin, in all requests of this bulk.', example: 2 })
  created!: number;

  @ApiProperty({ example: 0 })
  replaced!: number;

  @ApiProperty({ description: 'Lines that said what was registered already.', example: 0 })
  unchanged!: number;

  @ApiProperty({ example: 0 })
  refused!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  startedAt!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:10.000Z' })
  updatedAt!: string;
}

/** The wire form of how far a bulk came. */
export function toBulkDto({ startedAt, updatedAt, ...rest }: BulkRecord): BulkDto {
  return { ...rest, startedAt: startedAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
