import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { EVENT_FORMATS, type EventFormat } from '../../../adaptor/protocol/webhook/cloud-event.js';
import { WEBHOOK_LIMITS } from '../../../adaptor/protocol/webhook/webhook-settings.js';
import type { TestReport } from '../delivery-mode.service.js';
import { ENDPOINT_STATES, type EndpointState } from '../endpoint-state.js';
import type { StoredEndpoint } from '../endpoint.js';

/** How a twin's messages reach it. */
const MODES = ['pull', 'webhook'] as const;

/** Where and how a webhook is called. */
export class WebhookDto {
  @ApiProperty({
    description: 'http or https, without credentials; the address must be public or named in OUTBOUND_ALLOW when it is connected to.',
    example: 'https://hooks.example.org/traffic',
    maxLength: WEBHOOK_LIMITS.urlLength,
  })
  @IsString()
  @MaxLength(WEBHOOK_LIMITS.urlLength)
  url!: string;

  @ApiPropertyOptional({
    enum: EVENT_FORMATS,
    default: 'structured',
    description: 'CloudEvents 1.0: one JSON document, or attributes as headers.',
  })
  @IsOptional()
  @IsIn(EVENT_FORMATS)
  format?: EventFormat;

  @ApiPropertyOptional({
    description: 'Deliveries on their way at once.',
    minimum: 1,
    maximum: WEBHOOK_LIMITS.maxInFlight.most,
    default: 10,
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(WEBHOOK_LIMITS.maxInFlight.least)
  @Max(WEBHOOK_LIMITS.maxInFlight.most)
  maxInFlight?: number;

  @ApiPropertyOptional({
    description: 'How long a delivery may take, in milliseconds.',
    minimum: WEBHOOK_LIMITS.timeoutMs.least,
    maximum: WEBHOOK_LIMITS.timeoutMs.most,
    default: 10_000,
    example: 10_000,
  })
  @IsOptional()
  @IsInt()
  @Min(WEBHOOK_LIMITS.timeoutMs.least)
  @Max(WEBHOOK_LIMITS.timeoutMs.most)
  timeoutMs?: number;
}

/** How a twin's messages shall reach it. */
export class DeliveryModeDto {
  @ApiProperty({ enum: MODES, description: 'pull: who claims or reads a stream. webhook: the broker delivers.', example: 'webhook' })
  @IsIn(MODES)
  mode!: (typeof MODES)[number];

  @ApiPropertyOptional({ type: WebhookDto, description: 'Needed with mode webhook.' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => WebhookDto)
  webhook?: WebhookDto;
}

/** How a twin's messages reach it, and how that goes. */
export class DeliveryModeView {
  @ApiProperty({ enum: MODES, example: 'webhook' })
  mode!: string;

  @ApiPropertyOptional({ type: WebhookDto })
  webhook?: WebhookDto;

  @ApiPropertyOptional({ enum: ENDPOINT_STATES, description: 'Not with mode pull.' })
  state?: EndpointState;

  @ApiPropertyOptional({ description: 'Why it is in this state, if something went wrong.' })
  reason?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the next handshake or probe is due.' })
  retryAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  changedAt?: string;
}

/** What came of a ping. */
export class DeliveryTestView {
  @ApiProperty({
    enum: ['pull', 'accepted', 'not-taken', 'endpoint', 'message', 'gone', 'refused'],
    description:
      'pull: the twin pulls, there is nothing to test. accepted: a 2xx. refused: it did not agree to the handshake, and nothing was sent. not-taken: it was not reached, or asked to wait. endpoint: it failed ' +
      'or did not answer in time. message: it refused the ping. gone: it wants nothing any more.',
    example: 'accepted',
  })
  outcome!: TestReport['outcome'];

  @ApiPropertyOptional({ example: 'it answered with HTTP 500' })
  reason?: string;

  @ApiProperty({ example: 12 })
  latencyMs!: number;
}

/** An endpoint on the wire; undefined is the mode pull. */
export function deliveryModeView(endpoint: StoredEndpoint | undefined): DeliveryModeView {
  if (endpoint === undefined) return { mode: 'pull' };
  const { protocol, settings, state, reason, retryAt, changedAt } = endpoint;
  return {
    mode: protocol,
    [protocol]: settings,
    state,
    ...(reason === null ? {} : { reason }),
    ...(retryAt === null ? {} : { retryAt: new Date(retryAt).toISOString() }),
    changedAt: changedAt.toISOString(),
  };
}
