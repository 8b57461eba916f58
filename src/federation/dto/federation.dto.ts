import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Federation, FederationAccess } from '../federation.entity.js';
import { FEDERATION_STATES, type FederationState } from '../federation-state.js';
import { FEDERATION_EXAMPLE, FEDERATION_ID, FIRE_TWIN_ID } from './examples.js';

/** A federation as callers see it. */
export class FederationDto {
  @ApiProperty({ example: FEDERATION_ID })
  id!: string;

  @ApiPropertyOptional({ example: FEDERATION_EXAMPLE.name })
  name?: string;

  @ApiProperty({ example: FEDERATION_EXAMPLE.purpose })
  purpose!: string;

  @ApiProperty({ example: FIRE_TWIN_ID })
  initiator!: string;

  @ApiProperty({ enum: ['private', 'listed'], example: FEDERATION_EXAMPLE.access })
  access!: FederationAccess;

  @ApiProperty({ enum: FEDERATION_STATES, example: 'ACTIVE' })
  state!: FederationState;

  @ApiProperty({ format: 'date-time', description: 'When the present state began.', example: '2026-01-01T00:00:00.000Z' })
  since!: string;

  @ApiProperty({ description: 'Changes with name, purpose and access only.', example: 1 })
  version!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When name, purpose or access last changed.', example: '2026-01-01T00:00:00.000Z' })
  updatedAt!: string;
}

/** One page of federations. */
export class FederationPageDto {
  @ApiProperty({ type: [FederationDto] })
  items!: FederationDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** The wire form of a federation. */
export function federationWire(federation: Federation): FederationDto {
  return {
    id: federation.id,
    ...(federation.name === null ? {} : { name: federation.name }),
    purpose: federation.purpose,
    initiator: federation.initiator,
    access: federation.access,
    state: federation.state,
    since: federation.since.toISOString(),
    version: federation.version,
    createdAt: federation.createdAt.toISOString(),
    updatedAt: federation.updatedAt.toISOString(),
  };
}
