import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, MaxLength, Min } from 'class-validator';
import type { DifferentPlace } from '../apply/profile-difference.js';
import type { ChangeAuthor } from '../version/change-author.js';
import { MAX_VERSIONS_PAGE, type HistoryEntry, type PastTwin } from '../version/twin-version.service.js';
import { IsInstant, Optional } from './field-rules.js';
import { TwinDto } from './twin.dto.js';

/** The largest number that a version or an incarnation may have. */
export const MAX_COUNT = 2_147_483_647;

/** Page of a history. */
export class ListVersionsDto {
  @ApiPropertyOptional({ minimum: 1, maximum: MAX_VERSIONS_PAGE, default: 20, example: 20 })
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_VERSIONS_PAGE)
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  @Optional()
  @MaxLength(2048)
  cursor?: string;
}

/** When. */
export class ReadTwinDto {
  @ApiPropertyOptional({ format: 'date-time', description: 'RFC 3339: the profile as it stood then.' })
  @Optional()
  @IsInstant()
  at?: string;
}

/** Which registration of the id. */
export class VersionQueryDto {
  @ApiPropertyOptional({ minimum: 1, description: 'Counts the registrations of the id; without it the present one, or the last.' })
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_COUNT)
  incarnation?: number;
}

/** Who made a version. */
export class ChangeAuthorDto {
  @ApiPropertyOptional({ description: 'Absent of an operator.', example: 'city-traffic' })
  organization?: string;

  @ApiPropertyOptional({ description: 'The twin, when it changed itself; shown to its organization and to operators.' })
  twin?: string;

  @ApiPropertyOptional({ description: 'Client id of the credential; shown to its organization and to operators.' })
  subject?: string;
}

/** One entry of a history. */
export class TwinVersionDto {
  @ApiProperty({ description: 'Counts the registrations of the id.', example: 1 })
  incarnation!: number;

  @ApiProperty({ description: 'Counts the changes within the incarnation, without gaps.', example: 1 })
  version!: number;

  @ApiProperty({ enum: ['registered', 'changed', 'deregistered'], example: 'registered' })
  change!: 'registered' | 'changed' | 'deregistered';

  @ApiProperty({
    format: 'date-time',
    description: 'By the database clock; later than that of every version before, to the millisecond.',
    example: '2026-01-01T00:00:00.000Z',
  })
  changedAt!: string;

  @ApiProperty({ type: ChangeAuthorDto })
  changedBy!: ChangeAuthor;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description:
      'Places that differ from the version before, as {pointer, change}: added, removed (a pointer into the version before) or changed. Features are ' +
      'compared by name. At most 100. Absent when the version before is not shown to the caller.',
  })
  changes?: readonly DifferentPlace[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'RFC 7396 merge patch from the version before, if not long.',
  })
  patch?: Record<string, unknown>;
}

/** One page of a history. */
export class TwinVersionPageDto {
  @ApiProperty({ type: [TwinVersionDto] })
  items!: TwinVersionDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** A twin as it stood: its profile, without what has no history (status, lease). */
export class PastTwinDto extends OmitType(TwinDto, ['status', 'lease', 'presence', 'maintenance', 'createdAt', 'updatedAt'] as const) {
  @ApiProperty({ description: 'Counts the registrations of the id.', example: 1 })
  incarnation!: number;

  @ApiProperty({ format: 'date-time', description: 'When this version began.', example: '2026-01-01T00:00:00.000Z' })
  changedAt!: string;

  @ApiProperty({ type: ChangeAuthorDto })
  changedBy!: ChangeAuthor;
}

/** The wire form of an entry. */
export function toTwinVersionDto({ incarnation, version, change, changedAt, changedBy, difference }: HistoryEntry): TwinVersionDto {
  const { places: changes, patch } = difference ?? {};
  return {
    incarnation,
    version,
    change,
    changedAt: changedAt.toISOString(),
    changedBy,
    ...(changes === undefined ? {} : { changes }),
    ...(patch === undefined ? {} : { patch }),
  };
}

/** The wire form of a version. */
export function toPastTwinDto({ id, owner, profile, incarnation, version, changedAt, changedBy }: PastTwin): PastTwinDto {
  const { objectOfInterest, composition, ...rest } = profile;
  return {
    id,
    owner,
    ...rest,
    objectOfInterest: [...objectOfInterest],
    ...(composition === undefined ? {} : { composition }),
    incarnation,
    version,
    changedAt: changedAt.toISOString(),
    changedBy,
  };
}
