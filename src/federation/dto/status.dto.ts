import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { REGISTRATION_STATUSES, type RegistrationStatus } from '../../registry/registration-status.js';
import { CONNECTION_STATES, type ConnectionState } from '../connection-state.js';
import { FEDERATION_STATES, type FederationState } from '../federation-state.js';
import { MEMBER_STATES, type MemberState } from '../member-state.js';
import { CONNECTION_ID, FEDERATION_ID, TRAFFIC_TWIN_ID } from './examples.js';
import { MEMBER_ROLE } from './federation-input.dto.js';

/** A member with the state of its registration. */
export class MemberStatusDto {
  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  twin!: string;

  @ApiProperty({ example: MEMBER_ROLE })
  role!: string;

  @ApiProperty({ enum: MEMBER_STATES, example: 'JOINED' })
  state!: MemberState;

  @ApiProperty({ enum: REGISTRATION_STATUSES, example: 'ACTIVE' })
  registration!: RegistrationStatus;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  since!: string;
}

/** FSIM-FE: how a federation stands. */
export class FederationStatusDto {
  @ApiProperty({ example: FEDERATION_ID })
  id!: string;

  @ApiProperty({ enum: FEDERATION_STATES, example: 'ACTIVE' })
  state!: FederationState;

  @ApiProperty({ format: 'date-time', description: 'When the state began.', example: '2026-01-01T00:00:00.000Z' })
  since!: string;

  @ApiProperty({ type: [MemberStatusDto], description: 'Twins that are JOINED, INVITED or REQUESTED, as far as the caller may see them.' })
  members!: MemberStatusDto[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Number of connections in each state, past ones included.',
    example: { REQUESTED: 0, NEGOTIATING: 0, CONNECTED: 1, SUSPENDED: 0, LOST: 0, REJECTED: 0, EXPIRED: 0, RELEASED: 0 },
  })
  connections!: Record<ConnectionState, number>;
}

/** CSIM-FE: how a connection stands. */
export class ConnectionStatusDto {
  @ApiProperty({ example: CONNECTION_ID })
  id!: string;

  @ApiProperty({ enum: CONNECTION_STATES, example: 'CONNECTED' })
  state!: ConnectionState;

  @ApiProperty({ format: 'date-time', description: 'When the state began.', example: '2026-01-01T00:00:00.000Z' })
  since!: string;

  @ApiPropertyOptional({ description: 'Why it began, where somebody said so.', example: 'as agreed' })
  reason?: string;
}
