import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { LIVE_STATUSES, type LiveStatus } from '../registration-status.js';
import type { LeaseState } from '../twin.repository.js';
import type {
  AccessTerms,
  Composition,
  Coverage,
  Endpoint,
  FeatureNeed,
  FeatureSpec,
  Lease,
  RunningMaintenance,
  Synchronization,
  TwinRecord,
} from '../twin.js';
import { TwinProfileDto } from './twin-profile.dto.js';

/** A lease as it stands. */
export class LeaseDto {
  @ApiProperty({ description: 'Seconds from one renewal to the next.', example: 86_400 })
  ttlSeconds!: number;

  @ApiProperty({ format: 'date-time', description: 'By the database clock.', example: '2026-01-01T00:00:00.000Z' })
  renewedAt!: string;

  @ApiProperty({ description: 'How late a renewal may come without the twin going stale.', example: 300 })
  toleranceSeconds!: number;

  @ApiProperty({
    format: 'date-time',
    description: 'When the renewal is due; toleranceSeconds later the twin goes stale.',
    example: '2026-01-02T00:00:00.000Z',
  })
  expiresAt!: string;
}

/** Answer to a renewal. */
export class RenewedLeaseDto extends LeaseDto {
  @ApiProperty({
    enum: LIVE_STATUSES,
    description: 'A renewal makes ACTIVE, except of a SUSPENDED twin and of one on probation.',
    example: 'ACTIVE',
  })
  status!: LiveStatus;
}

/** When the twin was last heard of. */
export class PresenceDto {
  @ApiProperty({
    format: 'date-time',
    description: 'Last contact of the twin, or of its organization for it; up to a minute late.',
    example: '2026-01-01T00:00:00.000Z',
  })
  lastSeenAt!: string;
}

/** A maintenance window that is running. */
export class RunningMaintenanceDto {
  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  from!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T02:00:00.000Z' })
  to!: string;

  @ApiPropertyOptional({ example: 'New firmware' })
  reason?: string;
}

/** A registered twin. */
export class TwinDto extends OmitType(TwinProfileDto, [
  'lease',
  'coverage',
  'synchronization',
  'endpoints',
  'accessTerms',
  'composition',
  'features',
  'needs',
] as const) {
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

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'license, attribution, purposes, conditions, contact.',
  })
  accessTerms?: AccessTerms;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Of an aggregated twin: parts, or federation.' })
  composition?: Composition;

  @ApiPropertyOptional({ type: LeaseDto, description: 'Absent when the registration never goes stale.' })
  lease?: LeaseDto;

  @ApiPropertyOptional({ type: PresenceDto, description: 'Absent until the first contact.' })
  presence?: PresenceDto;

  @ApiPropertyOptional({ type: RunningMaintenanceDto, description: 'Present during a maintenance window: its lease is paused.' })
  maintenance?: RunningMaintenanceDto;

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  features!: readonly FeatureSpec[];

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'The forms in which it wants to receive data of others, or to call their functions.',
  })
  needs?: readonly FeatureNeed[];

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
export function toLeaseDto({ ttlSeconds, toleranceSeconds, renewedAt, expiresAt }: Lease): LeaseDto {
  return { ttlSeconds, toleranceSeconds, renewedAt: renewedAt.toISOString(), expiresAt: expiresAt.toISOString() };
}

/** The wire form of a window. */
export function toRunningMaintenanceDto({ from, to, reason }: RunningMaintenance): RunningMaintenanceDto {
  return { from: from.toISOString(), to: to.toISOString(), ...(reason === undefined ? {} : { reason }) };
}

/** The wire form of a renewal's outcome. */
export function toRenewedLeaseDto({ status, lease }: LeaseState & { lease: Lease }): RenewedLeaseDto {
  return { ...toLeaseDto(lease), status };
}

/** The wire form of a registration. */
export function toTwinDto({
  id,
  owner,
  profile,
  status,
  version,
  lease,
  lastSeenAt,
  maintenance,
  createdAt,
  updatedAt,
}: TwinRecord): TwinDto {
  const { name, description, domain, objectOfInterest, coverage, synchronization, endpoints, labels, access } = profile;
  const { accessTerms, composition, features, needs } = profile;
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
    ...(accessTerms === undefined ? {} : { accessTerms }),
    ...(composition === undefined ? {} : { composition }),
    ...(lease === undefined ? {} : { lease: toLeaseDto(lease) }),
    ...(lastSeenAt === undefined ? {} : { presence: { lastSeenAt: lastSeenAt.toISOString() } }),
    ...(maintenance === undefined ? {} : { maintenance: toRunningMaintenanceDto(maintenance) }),
    features,
    ...(needs === undefined ? {} : { needs }),
    status,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
