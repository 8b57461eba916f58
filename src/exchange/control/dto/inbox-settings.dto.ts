import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsIn, IsInt, IsObject, Max, Min, ValidateNested } from 'class-validator';
import { Optional } from '../../../registry/dto/field-rules.js';
import { INBOX_MODES, type InboxMode } from '../inbox-mode.js';
import { type InboxLimits, type InboxSettings, OVERFLOW_POLICIES, type OverflowPolicy } from '../inbox-settings.js';

/** How much may wait in an inbox. */
export class InboxLimitsDto implements InboxLimits {
  @ApiPropertyOptional({ description: 'Messages; absent: no limit.', minimum: 1, maximum: 100_000, example: 10_000 })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(100_000)
  maxMessages?: number;

  @ApiPropertyOptional({
    description: 'Bytes of JSON text; absent: no limit.',
    minimum: 1_024,
    maximum: 1_099_511_627_776,
    example: 50_000_000,
  })
  @Optional()
  @IsInt()
  @Min(1_024)
  @Max(1_099_511_627_776)
  maxBytes?: number;

  @ApiPropertyOptional({
    description: 'Seconds; what waited longer is passed over. Absent: no limit but the time to live.',
    minimum: 1,
    maximum: 31_536_000,
    example: 3_600,
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  maxAgeSeconds?: number;
}

/** Limits of an inbox and what becomes of messages beyond them. */
export class PutInboxSettingsDto {
  @ApiProperty({ type: InboxLimitsDto })
  @IsDefined({ message: 'is required' })
  @IsObject({ message: 'must be an object' })
  @ValidateNested()
  @Type(() => InboxLimitsDto)
  limits!: InboxLimitsDto;

  @ApiPropertyOptional({
    enum: OVERFLOW_POLICIES,
    default: 'refuse',
    description:
      'refuse: what does not fit is refused. dropOldest: the oldest that wait are passed over, of the least urgent lane first. coalesceLatest: of PROVIDEs ' +
      'and NOTIFYs of one sender, object and ordering key only the newest is delivered; all else is refused.',
  })
  @Optional()
  @IsIn(OVERFLOW_POLICIES)
  overflow?: OverflowPolicy;
}

/** How an inbox is run. */
export class InboxSettingsDto {
  @ApiProperty({ enum: INBOX_MODES, description: 'OPEN; PAUSED: nothing is handed out; DRAINING: nothing more is accepted.' })
  mode!: InboxMode;

  @ApiProperty({ type: InboxLimitsDto })
  limits!: InboxLimitsDto;

  @ApiProperty({ enum: OVERFLOW_POLICIES })
  overflow!: OverflowPolicy;
}

/** Settings on the wire. */
export function toInboxSettingsDto({ mode, limits, overflow }: InboxSettings): InboxSettingsDto {
  return { mode, limits: { ...limits }, overflow };
}

/** What a purge did. */
export class PurgedDto {
  @ApiProperty({ description: 'How many messages of the inbox’s own lanes were discarded.' })
  discarded!: number;

  @ApiProperty({ description: 'Whether there were more than could be counted.' })
  atLeast!: boolean;
}
