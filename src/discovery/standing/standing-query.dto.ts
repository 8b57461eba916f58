import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { FreeJson, IsUriId, Optional } from '../../registry/dto/field-rules.js';
import type { StandingFeedItem } from './standing-feed.js';
import { type StandingQuery, TRIGGER_REASONS, type TriggerReason } from './standing-query.js';

const ONE_YEAR = 31_536_000;
/** What a standing query may be called. */
export const STANDING_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** A query that is to stand. */
export class PutStandingQueryDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'A query document, as `query` of a search. At most 10,000 twins may match it when it is made.',
    example: { domain: 'traffic', feature: { kind: 'data', name: 'trafficFlow' } },
  })
  @FreeJson()
  query!: unknown;

  @ApiPropertyOptional({ maxLength: 512, description: 'A twin of the caller’s that is also told by NOTIFY, in its inbox.' })
  @Optional()
  @IsUriId()
  inbox?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: ONE_YEAR, description: 'Lifetime in seconds from now; without it, until it is ended.' })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(ONE_YEAR)
  expiresInSeconds?: number;
}

/** A query that is to stand under a name given or minted. */
export class CreateStandingQueryDto extends PutStandingQueryDto {
  @ApiPropertyOptional({
    pattern: STANDING_NAME.source,
    description: 'Unique within the organization; without one, a UUID.',
    example: 'for-a-drill',
  })
  @Optional()
  @Matches(STANDING_NAME, { message: 'must be 1 to 100 letters, digits, dots, hyphens and underscores, the first a letter or digit' })
  name?: string;
}

/** A standing query. */
export class StandingQueryDto {
  @ApiProperty({ example: 'flow-in-the-city' })
  name!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  query!: unknown;

  @ApiPropertyOptional({ description: 'The twin with whose eyes it is answered; without one, the organization’s.' })
  twin?: string;

  @ApiPropertyOptional({ description: 'The twin that is also told by NOTIFY.' })
  inbox?: string;

  @ApiPropertyOptional({ description: 'How many twins match, as far as was told.', example: 1 })
  matches?: number;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  expiresAt?: string;
}

/** One page of standing queries. */
export class StandingQueryPageDto {
  @ApiProperty({ type: [StandingQueryDto] })
  items!: StandingQueryDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** One notification. */
export class StandingNotificationDto {
  @ApiProperty({ description: 'Opaque place: reading goes on after it.', example: '1f0c9a3b-5d2a7c10-1' })
  id!: string;

  @ApiProperty({
    enum: TRIGGER_REASONS,
    description: 'newlyMatching, updated: the twin matches, and did not before, or has changed. noLongerMatching: or is no longer seen.',
    example: 'newlyMatching',
  })
  reason!: TriggerReason;

  @ApiProperty({ example: 'urn:example:twin:traffic' })
  twin!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  toldAt!: string;
}

/** One page of notifications. */
export class StandingNotificationPageDto {
  @ApiProperty({ type: [StandingNotificationDto] })
  items!: StandingNotificationDto[];

  @ApiProperty({ description: 'Place to go on from (`after`).', example: '1f0c9a3b-5d2a7c10-1' })
  next!: string;
}

/** The wire form of a standing query. */
export function toStandingQueryDto({ name, query, twin, inbox, createdAt, expiresAt }: StandingQuery, matches?: number): StandingQueryDto {
  return {
    name,
    query,
    ...(twin === null ? {} : { twin }),
    ...(inbox === null ? {} : { inbox }),
    ...(matches === undefined ? {} : { matches }),
    createdAt: createdAt.toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}

/** The wire form of a notification, one or none. */
export function toStandingNotificationDtos({ id, notification }: StandingFeedItem): StandingNotificationDto[] {
  if (notification === undefined) return [];
  const { reason, twin, toldAt } = notification;
  return [{ id, reason, twin, toldAt: toldAt.toISOString() }];
}

/** One SSE frame; without a notification, only the place. */
export function toStandingFrame(item: StandingFeedItem): string {
  const [dto] = toStandingNotificationDtos(item);
  return dto === undefined ? `id: ${item.id}\n\n` : `id: ${dto.id}\nevent: ${dto.reason}\ndata: ${JSON.stringify(dto)}\n\n`;
}
