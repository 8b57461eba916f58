import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, ValidateNested } from 'class-validator';
import type { MaintenanceWindow } from '../maintenance/maintenance.repository.js';
import { IsInstant, IsLine, Optional } from './field-rules.js';

/** The most windows that a twin may plan. */
export const MAX_WINDOWS = 20;

/** A planned maintenance window. */
export class MaintenanceWindowDto {
  @ApiProperty({ format: 'date-time', description: 'RFC 3339 with a zone; may lie in the past.', example: '2027-03-01T01:00:00Z' })
  @IsInstant()
  from!: string;

  @ApiProperty({
    format: 'date-time',
    description: 'At most 31 days after from, at most two years ahead.',
    example: '2027-03-01T03:00:00Z',
  })
  @IsInstant()
  to!: string;

  @ApiPropertyOptional({ maxLength: 200, description: 'One line, for whoever may see the twin.', example: 'New firmware' })
  @Optional()
  @IsLine(200)
  reason?: string;
}

/** All windows of a twin. */
export class MaintenanceDto {
  @ApiProperty({ type: [MaintenanceWindowDto], maxItems: MAX_WINDOWS, description: 'Not over, not overlapping; earliest first.' })
  @IsArray()
  @ArrayMaxSize(MAX_WINDOWS)
  @ValidateNested({ each: true })
  @Type(() => MaintenanceWindowDto)
  windows!: MaintenanceWindowDto[];
}

/** The wire form of windows. */
export function toMaintenanceDto(windows: readonly MaintenanceWindow[]): MaintenanceDto {
  return {
    windows: windows.map(({ from, to, reason }) => ({
      from: from.toISOString(),
      to: to.toISOString(),
      ...(reason === null ? {} : { reason }),
    })),
  };
}
