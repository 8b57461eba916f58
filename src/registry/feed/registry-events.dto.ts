import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, Matches, MaxLength } from 'class-validator';
import { DOMAIN } from '../dto/twin-profile.dto.js';
import { FEATURE_NAME } from '../dto/feature.dto.js';
import { IsUriId, Optional } from '../dto/field-rules.js';
import { EventQuery } from '../../security/dto/event-query.dto.js';
import type { FeedItem } from './registry-feed.js';
import { REGISTRY_EVENT_TYPES, type RegistryEvent, type RegistryEventFilter, type RegistryEventType } from './registry-event.js';

/** Which part of the feed, and from where. */
export class RegistryEventsQueryDto extends EventQuery {
  @ApiPropertyOptional({
    enum: REGISTRY_EVENT_TYPES,
    isArray: true,
    description: 'Only these types; repeated or separated by commas.',
    example: ['twinRegistered', 'twinUpdated'],
  })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsArray()
  @ArrayMaxSize(REGISTRY_EVENT_TYPES.length)
  @IsIn(REGISTRY_EVENT_TYPES, { each: true })
  types?: RegistryEventType[];

  @ApiPropertyOptional({ description: 'Only twins of this domain.', example: 'traffic' })
  @Optional()
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain?: string;

  @ApiPropertyOptional({ description: 'Only twins of this organization.' })
  @Optional()
  @MaxLength(200)
  owner?: string;

  @ApiPropertyOptional({ description: 'Only this twin.' })
  @Optional()
  @IsUriId()
  twin?: string;

  @ApiPropertyOptional({ description: 'Only events that add, change or remove a feature of this name.' })
  @Optional()
  @Matches(FEATURE_NAME, { message: 'must be the name of a feature' })
  feature?: string;
}

/** News of a twin. */
export class RegistryEventDto {
  @ApiProperty({ description: 'Opaque place in the feed: reading goes on after it.', example: '1f0c9a3b-68719476737' })
  id!: string;

  @ApiProperty({
    enum: REGISTRY_EVENT_TYPES,
    description: 'twinWithdrawn: the caller no longer sees the twin. The others say what happened to it.',
    example: 'twinRegistered',
  })
  type!: RegistryEventType;

  @ApiProperty({ example: 'urn:example:twin:traffic' })
  twin!: string;

  @ApiPropertyOptional({ example: 'city-traffic' })
  owner?: string;

  @ApiPropertyOptional({ example: 'traffic' })
  domain?: string;

  @ApiPropertyOptional({ example: 1 })
  incarnation?: number;

  @ApiPropertyOptional({ example: 1 })
  version?: number;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Names of features added, changed and removed.',
  })
  features?: object;

  @ApiProperty({ format: 'date-time', description: 'When it was committed, by the database clock.', example: '2026-01-01T00:00:00.000Z' })
  recordedAt!: string;
}

/** One page of the feed. */
export class RegistryEventPageDto {
  @ApiProperty({ type: [RegistryEventDto] })
  items!: (RegistryEvent & { id: string })[];

  @ApiProperty({ description: 'Place to go on from (`after`): the feed has no end.', example: '1f0c9a3b-68719476737' })
  next!: string;
}

/** The filter within a query. */
export function filterOf({ types, domain, owner, twin, feature }: RegistryEventsQueryDto): RegistryEventFilter {
  return { types, domain, owner, twin, feature };
}

/** The wire form of a page. */
export function toRegistryEventPageDto({ items, next }: { items: readonly FeedItem[]; next: string }): RegistryEventPageDto {
  return { items: items.flatMap(({ id, event }) => (event === undefined ? [] : [{ id, ...event }])), next };
}

/** One SSE frame; without an event, only the place, which a reader keeps without being told anything. */
export function toFrame({ id, event }: FeedItem): string {
  return event === undefined ? `id: ${id}\n\n` : `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify({ id, ...event })}\n\n`;
}
