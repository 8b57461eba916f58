import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { REGISTRATION_STATUSES, type RegistrationStatus } from '../../registry/registration-status.js';
import { CONNECTION_STATES, type ConnectionState } from '../connection-state.js';
import { FEDERATION_STATES, type FederationState } from '../federation-state.js';
import { MEMBER_STATES, type MemberState } from '../member-state.js';
import { CONNECTION_ID, FEDERATION_ID, TRAFFIC_TWIN_ID } from './examples.js';
import { WIRE_STATES, type WireState } from '../twin-wires.js';
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

/** What a wire cannot promise. */
export class FeedLossDto {
  @ApiProperty({ example: 'duplicates-possible' })
  kind!: string;

  @ApiProperty({ example: 'MQTT 3.1.1 does not name documents: one that is redelivered is taken again' })
  detail!: string;
}

/** How a wire of one side fares. */
export class FeedStatusDto {
  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  twin!: string;

  @ApiProperty({ enum: ['in', 'out'], description: 'in: the broker listens to the twin. out: it delivers to the twin.', example: 'in' })
  direction!: 'in' | 'out';

  @ApiProperty({ example: 'mqtt' })
  protocol!: string;

  @ApiPropertyOptional({ description: 'Of the binding; for its owner and operators.', example: 'city-broker' })
  name?: string;

  @ApiPropertyOptional({ description: 'Whose values come; absent, whole messages.', example: 'trafficFlow' })
  feature?: string;

  @ApiProperty({ example: true })
  enabled!: boolean;

  @ApiProperty({ enum: WIRE_STATES, description: 'LOST: the twin itself is known to be away.', example: 'CONNECTED' })
  state!: WireState;

  @ApiProperty({ format: 'date-time', description: 'When the state began.', example: '2026-01-01T00:00:00.000Z' })
  since!: string;

  @ApiPropertyOptional({ description: 'Why, if something went wrong; for its owner and operators.' })
  reason?: string;

  @ApiPropertyOptional({ description: 'Of what comes in: documents so far. Figures are up to a second old.', example: 12 })
  received?: number;

  @ApiPropertyOptional({ description: 'Of what is delivered: messages that the twin acknowledged so far.', example: 12 })
  delivered?: number;

  @ApiPropertyOptional({
    description:
      'In ms; the last ones weigh most. in: from when a document came until it was durable. out: from when a message was handed to the protocol until the ' +
      'twin acknowledged it.',
    example: 4.2,
  })
  latencyMs?: number;

  @ApiPropertyOptional({
    description: '0 to 1; the last ones weigh most. in: share of refused documents. out: share of attempts to deliver that failed.',
    example: 0,
  })
  errorRate?: number;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'in: when the last document came. out: when the last attempt to deliver ended.',
  })
  lastAt?: string;

  @ApiProperty({ type: [FeedLossDto] })
  losses!: FeedLossDto[];
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

  @ApiProperty({
    type: [FeedStatusDto],
    description: 'The wires of both sides that may carry something of it; none of a twin that calls and pulls by itself.',
  })
  feeds!: FeedStatusDto[];
}
