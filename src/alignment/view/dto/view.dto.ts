import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsString, MaxLength } from 'class-validator';
import { IsInstant, IsPageLimit, IsUriId, Optional } from '../../../registry/dto/field-rules.js';
import { MISSING_REASONS, type MissingReason } from '../../member/member.js';
import type { View } from '../view.js';
import type { ViewStatus } from '../view-status.service.js';
import { FEDERATION_ID, TRAFFIC_TWIN_ID, VIEW_ID } from './examples.js';
import { ReplaceViewDto } from './view-input.dto.js';

const CONDITIONS = ['running', 'behind', 'blocked'] as const;
const BLOCKED = ['host-unknown', 'host-suspended', 'host-expired', 'host-without-feature'] as const;

/** Filters of GET /v1/views. */
export class ListViewsDto {
  @ApiPropertyOptional({ maxLength: 512, description: 'Only of this federation.', example: FEDERATION_ID })
  @Optional()
  @IsUriId()
  federationId?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before, with the same filters.' })
  @Optional()
  @IsString()
  @MaxLength(4096)
  cursor?: string;
}

/** Which slots of a view. */
export class ListSlotsDto {
  @ApiPropertyOptional({ format: 'date-time', description: 'Slots that begin then or later.', example: '2026-01-01T00:00:00Z' })
  @Optional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Slots that begin before.' })
  @Optional()
  @IsInstant()
  to?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before, with the same `to`; `from` is not looked at then.' })
  @Optional()
  @IsString()
  @MaxLength(4096)
  cursor?: string;
}

/** A view as it was defined. */
export class ViewDto extends ReplaceViewDto {
  @ApiProperty({ example: VIEW_ID })
  id!: string;

  @ApiProperty({ minimum: 1, description: 'Grows with every change, which begins the slots anew.' })
  version!: number;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  changedAt!: string;
}

/** One page of views. */
export class ViewPageDto {
  @ApiProperty({ type: [ViewDto] })
  items!: ViewDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** A member without a value. */
export class MissingMemberDto {
  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  twin!: string;

  @ApiProperty({ example: 'intensity' })
  column!: string;

  @ApiProperty({ enum: MISSING_REASONS, example: 'connection-lost' })
  reason!: MissingReason;
}

/** Figures since the definition last changed. */
export class ViewFiguresDto {
  @ApiProperty({ description: 'Values that were counted.' })
  counted!: number;

  @ApiProperty({ description: 'Values that came after their slot had been closed, and corrected it.' })
  corrected!: number;

  @ApiProperty({ description: 'Values that came too late to count.' })
  late!: number;

  @ApiProperty({ description: 'Values observed so far ahead of the clock that nobody waits for their slot.' })
  ahead!: number;

  @ApiProperty({ description: 'Payloads without a number where the pointer shows.' })
  unreadable!: number;

  @ApiProperty({ description: 'Values of a time-weighted mean beyond the 10,000 that one slot remembers of a twin.' })
  overflowed!: number;

  @ApiProperty({ description: 'Slots that were given up because the view stood still for longer than slots are retained.' })
  skippedSlots!: number;
}

/** Where a view stands. */
export class ViewStatusDto {
  @ApiProperty({ enum: CONDITIONS, description: 'blocked: it stands still, see reason. behind: slots come much later than they should.' })
  condition!: (typeof CONDITIONS)[number];

  @ApiPropertyOptional({ enum: BLOCKED })
  reason?: (typeof BLOCKED)[number];

  @ApiProperty({ format: 'date-time', description: 'Up to where nothing more is expected.' })
  watermark!: string;

  @ApiProperty({ format: 'date-time', description: 'Beginning of the oldest open slot.' })
  nextSlot!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When what it remembers was stored last.' })
  savedAt?: string;

  @ApiProperty({ minimum: 0, description: 'By how many milliseconds the oldest open slot is overdue.' })
  lagMs!: number;

  @ApiProperty({ minimum: 0, description: 'Members that are joined at the moment.' })
  joined!: number;

  @ApiProperty({ type: [MissingMemberDto], description: 'Members that are not; at most 100 are named.' })
  missing!: MissingMemberDto[];

  @ApiProperty({ minimum: 0 })
  missingCount!: number;

  @ApiProperty({ type: [String], description: 'Places of which nobody knows where they are.' })
  unplaced!: string[];

  @ApiProperty({ type: ViewFiguresDto })
  figures!: ViewFiguresDto;
}

/** A view with where it stands. */
export class ViewWithStatusDto extends ViewDto {
  @ApiProperty({ type: ViewStatusDto })
  status!: ViewStatusDto;
}

/** The wire form of a view. */
export function viewWire({ id, definition, version, createdAt, changedAt }: View): ViewDto {
  const wire = JSON.parse(JSON.stringify(definition)) as ReplaceViewDto;
  if (definition.lateness.policy === 'drop') delete wire.lateness?.correctMs;
  return { id, ...wire, version, createdAt: createdAt.toISOString(), changedAt: changedAt.toISOString() };
}

/** The wire form of a view with where it stands. */
export function viewWithStatusWire(
  view: View,
  { watermark, nextSlot, savedAt, missing, unplaced, figures, ...status }: ViewStatus,
): ViewWithStatusDto {
  return {
    ...viewWire(view),
    status: {
      ...status,
      watermark: watermark.toISOString(),
      nextSlot: nextSlot.toISOString(),
      ...(savedAt === undefined ? {} : { savedAt: savedAt.toISOString() }),
      missing: missing.map((each) => ({ ...each })),
      unplaced: [...unplaced],
      figures: { ...figures },
    },
  };
}
