import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength, ValidateIf } from 'class-validator';
import { LANES, type Lane } from '../../vocabulary/codes.js';
import type { Subscription } from '../subscription/subscription.repository.js';

const OBJECT_TYPES = ['data', 'federationStatus', 'communicationStatus', 'digitalTwin', 'feature'] as const;

/** What a twin wishes to be told of. */
export class SubscriptionWishDto {
  @ApiProperty({ enum: OBJECT_TYPES, example: 'data' })
  @IsIn(OBJECT_TYPES)
  objectType!: (typeof OBJECT_TYPES)[number];

  @ApiProperty({ description: 'Name of the data feature; or id of the federation, connection or twin.', example: 'trafficFlow' })
  @IsString()
  @MinLength(1)
  @MaxLength(512)
  objectId!: string;

  @ApiPropertyOptional({ description: 'Of data: the twin whose feature it is.', example: 'urn:example:twin:traffic' })
  @ValidateIf((wish: SubscriptionWishDto) => wish.objectType === 'data')
  @IsString()
  @MaxLength(512)
  provider?: string;

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

  @ApiProperty({ example: 'trafficFlow' })
  objectId!: string;

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
  const { id, subscriber, provider, objectType, objectId, lane, connectionId, createdAt, expiresAt } = subscription;
  return {
    id,
    subscriber,
    provider,
    objectType,
    objectId,
    lane: LANES[lane] ?? 'normal',
    ...(connectionId === null ? {} : { connectionId }),
    createdAt: createdAt.toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
