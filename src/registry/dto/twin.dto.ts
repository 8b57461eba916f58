import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { LIVE_STATUSES, type LiveStatus } from '../registration-status.js';
import type { LeaseState } from '../twin.repository.js';
import type { Coverage, Endpoint, FeatureSpec, Lease, Synchronization, TwinRecord } from '../twin.js';
import { TwinProfileDto } from './twin-profile.dto.js';

/** A lease as it stands. */
export class LeaseDto {
  @ApiProperty({ description: 'Seconds from one renewal to the next.', example: 86_400 })
  ttlSeconds!: number;

  @ApiProperty({ format: 'date-time', description: 'By the database clock.', example: '2026-01-01T00:00:00.000Z' })
  renewedAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When the twin goes stale.', example: '2026-01-02T00:00:00.000Z' })
  expiresAt!: string;
}

/** Answer to a renewal. */
export class RenewedLeaseDto extends LeaseDto {
  @ApiProperty({ enum: LIVE_STATUSES, description: 'A renewal makes ACTIVE, except of a SUSPENDED twin.', example: 'ACTIVE' })
  status!: LiveStatus;
}

/** A registered twin. */
export class TwinDto extends OmitType(TwinProfileDto, ['lease', 'coverage', 'synchronization', 'endpoints', 'features'] as const) {
  @ApiProperty({ example: 'urn:example:twin:traffic' })
  declare id: string;

  @ApiProperty({ description: 'The organization that registered it.', example: 'city-traffic' })
  owner!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Area as GeoJSON geometry, validFrom, validTo.' })
  coverage?: Coverage;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'direction, periodMs, desiredAgeMs.' })
  synchronization?: Synchronization;

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  endpoints!: readonly Endpoint[];

  @ApiPropertyOptional({ type: LeaseDto, description: 'Absent when the registration never goes stale.' })
  lease?: LeaseDto;

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  features!: readonly FeatureSpec[];

  @ApiProperty({
    enum: LIVE_STATUSES,
    description: 'STALE: it missed its lease. EXPIRED: it stayed away. SUSPENDED: an operator holds it back.',
    example: 'ACTIVE',
  })
  status!: LiveStatus;

  @ApiProperty({ description: 'Counts the changes of the profile. Renewals and changes of status are none.', example: 1 })
  version!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When the profile last changed.', example: '2026-01-01T00:00:00.000Z' })
  updatedAt!: string;
}

/** One page of twins. */
export class TwinPageDto {
  @ApiProperty({ type: [TwinDto] })
  items!: TwinDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** The wire form of a lease. */
export function toLeaseDto(lease: Lease): LeaseDto {
  return { ttlSeconds: lease.ttlSeconds, renewedAt: lease.renewedAt.toISOString(), expiresAt: lease.expiresAt.toISOString() };
}

/** The wire form of a renewal's outcome. */
export function toRenewedLeaseDto({ status, lease }: LeaseState & { lease: Lease }): RenewedLeaseDto {
  return { ...toLeaseDto(lease), status };
}

/** The wire form of a registration. */
export function toTwinDto({ id, owner, profile, status, version, lease, createdAt, updatedAt }: TwinRecord): TwinDto {
  const { name, description, domain, objectOfInterest, coverage, synchronization, endpoints, labels, access, features } = profile;
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    domain,
    owner,
    objectOfInterest: [...objectOfInterest],
    ...(coverage === undefined ? {} : { coverage }),
    ...(synchronization === undefined ? {} : { synchronization }),
    endpoints,
    labels,
    access,
    ...(lease === undefined ? {} : { lease: toLeaseDto(lease) }),
    features,
    status,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
