import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { LEASE_SECONDS, LIVE_STATUSES, type LiveStatus, TOLERANCE_SECONDS } from '../registration-status.js';
import { TEMPORARY_TWIN, TRAFFIC_TWIN } from './examples.js';
import { FreeJson, Optional } from './field-rules.js';

/** The most leases that one request renews. */
export const MAX_RENEWALS = 10_000;

/** One renewal with terms of its own. */
export class LeaseRenewalItemDto {
  @ApiProperty({ maxLength: 512, example: TRAFFIC_TWIN.id })
  @IsString()
  @MaxLength(512)
  id!: string;

  @ApiPropertyOptional({ minimum: LEASE_SECONDS.min, maximum: LEASE_SECONDS.max, description: 'Without it, as before.', example: 86_400 })
  @Optional()
  @IsInt()
  @Min(LEASE_SECONDS.min)
  @Max(LEASE_SECONDS.max)
  ttlSeconds?: number;

  @ApiPropertyOptional({
    minimum: TOLERANCE_SECONDS.min,
    maximum: TOLERANCE_SECONDS.max,
    description: 'Without it and ttlSeconds, as before.',
  })
  @Optional()
  @IsInt()
  @Min(TOLERANCE_SECONDS.min)
  @Max(TOLERANCE_SECONDS.max)
  toleranceSeconds?: number;
}

/** Many renewals: ids on the terms in force, or each with its own, which the service reads: instances of ten thousand take too long. */
export class RenewLeasesDto {
  @ApiPropertyOptional({
    type: [String],
    minItems: 1,
    maxItems: MAX_RENEWALS,
    description: 'Twins whose leases go on as before; naming one twice is the same as once.',
    example: [TRAFFIC_TWIN.id, TEMPORARY_TWIN.id],
  })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RENEWALS)
  @IsString({ each: true })
  @MaxLength(512, { each: true })
  ids?: string[];

  @ApiPropertyOptional({ type: [LeaseRenewalItemDto], minItems: 1, maxItems: MAX_RENEWALS, description: 'Instead of ids.' })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RENEWALS)
  @FreeJson()
  renewals?: LeaseRenewalItemDto[];
}

/** A twin that was renewed and yet is not ACTIVE. */
export class NotActiveDto {
  @ApiProperty({ example: TRAFFIC_TWIN.id })
  id!: string;

  @ApiProperty({ enum: LIVE_STATUSES, example: 'SUSPENDED' })
  status!: LiveStatus;
}

/** What became of the renewals. Whoever is in none of the lists was renewed and is ACTIVE. */
export class BatchRenewalDto {
  @ApiProperty({ description: 'How many leases were renewed, those of notActive among them.', example: 2 })
  renewed!: number;

  @ApiProperty({ type: [NotActiveDto], description: 'Renewed, but suspended by an operator, or on probation after flapping.' })
  notActive!: NotActiveDto[];

  @ApiProperty({ type: [String], description: 'Registered without a lease: nothing to renew.' })
  withoutLease!: string[];

  @ApiProperty({ type: [String], description: 'No such twin, or not one that the caller acts for.' })
  unknown!: string[];
}
