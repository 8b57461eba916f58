import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsString, Max, MaxLength, Min, MinLength, ValidateIf } from 'class-validator';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import { Optional } from '../../registry/dto/field-rules.js';
import { RegistryFilterDto } from '../../registry/feed/registry-filter.dto.js';
import { LANES, type Lane } from '../../vocabulary/codes.js';
import type { Subscription } from '../subscription/subscription.repository.js';
import type { SubscriptionWish } from '../subscription/subscription.service.js';
import { type Deadband, termsOf } from '../subscription/terms/subscription-terms.js';
import type { TermsCounts } from '../subscription/terms/told.js';
import { DeadbandDto, readDataTerms, SubscriptionTermsDto, TermsCountsDto, WHEN_BEHIND } from './subscription-terms.dto.js';

const OBJECT_TYPES = ['data', 'federationStatus', 'communicationStatus', 'digitalTwin', 'feature'] as const;

/** What a twin wishes to be told of. */
export class SubscriptionWishDto extends SubscriptionTermsDto {
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

  @ApiPropertyOptional({ enum: LANES, default: 'normal', description: 'Urgency with which the stream is read.' })
  @Optional()
  @IsIn(LANES)
  lane?: Lane;

  @ApiPropertyOptional({ description: 'Lifetime in seconds; without it, until it is ended or its connection is released.', example: 3600 })
  @Optional()
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

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Of data: the JSON Logic expression that messages must fulfil. Of a subscription to the registry: which changes.',
  })
  filter?: object;

  @ApiPropertyOptional({ example: 1_000 })
  minIntervalMs?: number;

  @ApiPropertyOptional({ type: DeadbandDto })
  deadband?: Deadband;

  @ApiPropertyOptional({ oneOf: [{ type: 'boolean' }, { type: 'object', properties: { pointer: { type: 'string' } } }], example: true })
  onlyChanges?: true | { pointer: string };

  @ApiPropertyOptional({ enum: WHEN_BEHIND })
  whenBehind?: 'queue' | 'coalesceLatest';

  @ApiPropertyOptional({ example: 1_000 })
  behindThreshold?: number;

  @ApiPropertyOptional({ description: 'Whether it began with the value that was the last.' })
  lastValue?: true;

  @ApiPropertyOptional({ type: TermsCountsDto, description: 'In a list, of a subscription with terms.' })
  counts?: TermsCounts;

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
export function subscriptionWire(subscription: Subscription, counts?: TermsCounts): SubscriptionDto {
  const { id, subscriber, provider, objectType, objectId, lane, connectionId, createdAt, expiresAt, filter, lastValuePosition } =
    subscription;
  return {
    id,
    subscriber,
    provider,
    objectType,
    objectId,
    ...(filter === null ? {} : { filter }),
    ...(termsOf(subscription) as Pick<SubscriptionDto, 'filter'>),
    ...(lastValuePosition === null ? {} : { lastValue: true }),
    lane: LANES[lane] ?? 'normal',
    ...(connectionId === null ? {} : { connectionId }),
    createdAt: createdAt.toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
    ...(counts === undefined ? {} : { counts }),
  };
}

/** What a checked body wishes; of data its terms, of the registry its filter. @throws DomainError `validation-failed` */
export function subscriptionWish(dto: SubscriptionWishDto): SubscriptionWish {
  const { objectType, objectId, provider, lane, expiresInSeconds, ...asked } = dto;
  const wish = { objectType, objectId, provider, lane, expiresInSeconds };
  if (objectType === 'data') return { ...wish, ...readDataTerms(asked, '') };
  const { filter, ...others } = asked;
  const [superfluous] = Object.entries(others).flatMap(([name, term]) => (term === undefined ? [] : [name]));
  if (superfluous !== undefined) {
    const pointer = `/${superfluous}`;
    throw new DomainError('validation-failed', `${pointer} belongs to data.`, {
      pointer,
      errors: [{ pointer, detail: 'belongs to data' }],
    });
  }
  return { ...wish, ...(filter === undefined ? {} : { filter: parseDto(RegistryFilterDto, filter, '/filter') }) };
}
