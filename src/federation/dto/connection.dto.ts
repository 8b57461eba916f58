import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AdaptationPlan } from '../../adaptor/plan/adaptation-plan.js';
import { RequestedAdaptationDto } from '../adaptation/connection-adaptation.dto.js';
import type { ConnectedFeature, Connection } from '../connection.entity.js';
import { CONNECTION_STATES, type ConnectionState } from '../connection-state.js';
import { CONNECTION_ID, FEDERATION_ID, FIRE_TWIN_ID, TRAFFIC_TWIN_ID } from './examples.js';

const FEATURES_EXAMPLE = [{ twin: TRAFFIC_TWIN_ID, kind: 'data', name: 'trafficFlow', version: '1.0.0', unit: '{vehicles}/h' }];
const PLAN_EXAMPLE = {
  version: 1,
  features: [{ twin: TRAFFIC_TWIN_ID, peer: FIRE_TWIN_ID, kind: 'data', name: 'trafficFlow', version: '1.0.0' }],
};

/** A connection as its two sides see it. */
export class ConnectionDto {
  @ApiProperty({ example: CONNECTION_ID })
  id!: string;

  @ApiProperty({ example: FEDERATION_ID })
  federationId!: string;

  @ApiProperty({ example: FIRE_TWIN_ID })
  requester!: string;

  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  responder!: string;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'The agreed features as they were when the connection was requested, each with the twin whose it is.',
    example: FEATURES_EXAMPLE,
  })
  features!: ConnectedFeature[];

  @ApiProperty({ enum: CONNECTION_STATES, example: 'CONNECTED' })
  state!: ConnectionState;

  @ApiProperty({ format: 'date-time', description: 'When the present state began.', example: '2026-01-01T00:00:00.000Z' })
  since!: string;

  @ApiPropertyOptional({ description: 'Why the present state began, where somebody said so.', example: 'as agreed' })
  reason?: string;

  @ApiProperty({ description: 'Version of the adaptation plan; 0 until the connection is accepted.', example: 1 })
  planVersion!: number;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The adaptation plan: how payloads of each feature are adapted. Without flows or steps, messages pass unchanged.',
    example: PLAN_EXAMPLE,
  })
  plan?: AdaptationPlan;

  @ApiPropertyOptional({
    type: RequestedAdaptationDto,
    description: 'What was said of how it is adapted: with the request, or since. Who accepts it agrees to that.',
  })
  adaptation?: { readonly scripts: readonly object[]; readonly matches: readonly object[] };

  @ApiPropertyOptional({ format: 'date-time', description: 'When an unanswered request runs out.', example: '2026-01-02T00:00:00.000Z' })
  expiresAt?: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;
}

/** One page of connections. */
export class ConnectionPageDto {
  @ApiProperty({ type: [ConnectionDto] })
  items!: ConnectionDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** The wire form of a connection. */
export function connectionWire(connection: Connection): ConnectionDto {
  const { scripts = [], matches = [] } = connection.terms;
  const waiting = connection.state === 'REQUESTED' || connection.state === 'NEGOTIATING';
  return {
    id: connection.id,
    federationId: connection.federationId,
    requester: connection.requester,
    responder: connection.responder,
    features: connection.features,
    state: connection.state,
    since: connection.since.toISOString(),
    ...(connection.reason === null ? {} : { reason: connection.reason }),
    planVersion: connection.planVersion,
    ...(connection.plan === null ? {} : { plan: connection.plan }),
    ...(scripts.length + matches.length === 0 ? {} : { adaptation: { scripts, matches } }),
    ...(waiting ? { expiresAt: connection.expiresAt.toISOString() } : {}),
    createdAt: connection.createdAt.toISOString(),
  };
}
