import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, MinLength, ValidateIf, ValidateNested } from 'class-validator';
import { Optional } from '../../registry/dto/field-rules.js';
import { RegistryFilterDto } from '../../registry/feed/registry-filter.dto.js';
import { LANES, type Lane } from '../../vocabulary/codes.js';
import type { Subscription } from '../subscription/subscription.repository.js';

const OBJECT_TYPES = ['data', 'federationStatus', 'communicationStatus', 'digitalTwin', 'feature'] as const;

/** What a twin wishes to be told of. */
export class SubscriptionWishDto {
  @ApiProperty({ enum: OBJECT_TYPES, example: 'data' })
  @IsIn(OBJECT_TYPES)
  objectType!: (typeof OBJECT_TYPES)[number];

  @ApiPropertyOptional({
    description:
      'Name of the feature; or id of the federation, connection or twin. Of digitalTwin it may be absent: then `filter` says which changes.',
    example: 'trafficFlow',
  })
  @ValidateIf((wish: SubscriptionWishDto) => wish.objectType !== 'digitalTwin' || wish.objectId !== undefined)
  @IsString()
  @MinLength(1)
  @MaxLength(512)
  objectId?: string;

  @ApiPropertyOptional({ description: 'The twin whose feature it is; required for data.', example: 'urn:example:twin:traffic' })
  @ValidateIf((wish: SubscriptionWishDto) => wish.objectType === 'data' || wish.provider !== undefined)
  @IsString()
  @MaxLength(512)
  provider?: string;

  @ApiPropertyOptional({ type: RegistryFilterDto, description: 'Of digitalTwin without an id.' })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => RegistryFilterDto)
  filter?: RegistryFilterDto;

  @ApiPropertyOptional({ enum: LANES, default: 'normal', description: 'Urgency with which the stream is read.' })
  @IsOptional()
  @IsIn(LANES)
  lane?: Lane;

  @ApiPropertyOptional({ description: 'Lifetime in seconds; without it, until it is ended or its connection is released.', example: 3600 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  expiresInSeconds?: number;
}

/** A subscription on the wire. */
export class SubscriptionDto {
  @ApiProperty({ example: '4bb2b6a4-92f0-4a5f-8a55-2b9c0b1d7f10' })
  id!: string;

  @ApiProperty({ example: 'urn:example:twin:fire' })
  subscriber!: string;

  @ApiProperty({ example: 'urn:example:twin:traffic', description: 'The twin, federation or connection that is told of.' })
  provider!: string;

  @ApiProperty({ enum: OBJECT_TYPES })
  objectType!: string;

  @ApiProperty({ example: 'trafficFlow', description: 'Empty when a filter says what is asked for.' })
  objectId!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Of a subscription to the registry: which changes.' })
  filter?: object;

  @ApiProperty({ enum: LANES })
  lane!: string;

  @ApiPropertyOptional({ example: 'urn:example:connection:fire-traffic' })
  connectionId?: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  expiresAt?: string;
}

/** The open subscriptions of a twin. */
export class SubscriptionListDto {
  @ApiProperty({ type: [SubscriptionDto] })
  items!: SubscriptionDto[];
}

/** The wire form of a subscription. */
export function subscriptionWire(subscription: Subscription): SubscriptionDto {
  const { id, subscriber, provider, objectType, objectId, lane, connectionId, createdAt, expiresAt, filter } = subscription;
  return {
    id,
    subscriber,
    provider,
    objectType,
    objectId,
    ...(filter === null ? {} : { filter }),
    lane: LANES[lane] ?? 'normal',
    ...(connectionId === null ? {} : { connectionId }),
    createdAt: createdAt.toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
