import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, MaxLength } from 'class-validator';
import { WIRE_FACTS } from '../../../adaptor/protocol/wire-protocols.js';
import { FreeJson, Optional } from '../../../registry/dto/field-rules.js';
import type { TestReport } from '../delivery-mode.service.js';
import { ENDPOINT_STATES, type EndpointState } from '../endpoint-state.js';
import type { StoredEndpoint } from '../endpoint.js';

const OUTBOUND = WIRE_FACTS.flatMap(({ name, summary, outbound }) => (outbound === undefined ? [] : [{ name, summary, ...outbound }]));
/** How a twin's messages reach it. */
const MODES = ['pull', ...OUTBOUND.map(({ name }) => name)];
const SETTINGS = {
  description: `Settings of the protocol. ${OUTBOUND.map(({ name, summary }) => `${name}: ${summary}`).join(' ')} Never credentials: they have a path of their own.`,
  anyOf: OUTBOUND.map(({ name, settings }) => ({ title: name, ...settings })),
};
const WEBHOOK = {
  type: 'object',
  additionalProperties: true,
  description: 'Settings of mode webhook, under their older name.',
  deprecated: true,
} as const;

/** How a twin's messages shall reach it. */
export class DeliveryModeDto {
  @ApiProperty({
    enum: MODES,
    description: 'pull: who claims or reads a stream. Any other: the broker delivers by that protocol.',
    example: 'webhook',
  })
  @IsString()
  @MaxLength(64)
  mode!: string;

  @ApiPropertyOptional({ ...SETTINGS, example: OUTBOUND[0]?.example })
  @Optional()
  @IsObject()
  @FreeJson()
  settings?: Record<string, unknown>;

  @ApiPropertyOptional(WEBHOOK)
  @Optional()
  @IsObject()
  @FreeJson()
  webhook?: Record<string, unknown>;
}

/** How much was delivered, and how well (CSIM). */
export class DeliveryFiguresView {
  @ApiProperty({ description: 'Attempts to deliver a message that have ended.', example: 12 })
  attempts!: number;

  @ApiProperty({ description: 'Of these, how many the endpoint acknowledged.', example: 11 })
  delivered!: number;

  @ApiProperty({ description: 'How many it did not, whoever’s fault that was; also when it asked to wait.', example: 1 })
  failed!: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the last ended.' })
  lastAt?: string;

  @ApiProperty({
    description: 'From when a message was handed to the protocol until the endpoint acknowledged it, in ms; the last ones weigh most.',
    example: 18.4,
  })
  latencyMs!: number;

  @ApiProperty({ description: 'Share of attempts that failed, 0 to 1; the last ones weigh most.', example: 0.05 })
  errorRate!: number;
}

/** How a twin's messages reach it, and how that goes. */
export class DeliveryModeView {
  @ApiProperty({ enum: MODES, example: 'webhook' })
  mode!: string;

  @ApiPropertyOptional({ ...SETTINGS })
  settings?: Record<string, unknown>;

  @ApiPropertyOptional(WEBHOOK)
  webhook?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: ENDPOINT_STATES, description: 'Not with mode pull.' })
  state?: EndpointState;

  @ApiPropertyOptional({ description: 'Why it is in this state, if something went wrong.' })
  reason?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the next handshake or probe is due.' })
  retryAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  changedAt?: string;

  @ApiPropertyOptional({ type: DeliveryFiguresView, description: 'Not with mode pull. Up to a second old.' })
  figures?: DeliveryFiguresView;
}

/** Examples of {@link DeliveryModeDto}, one per protocol. */
export const MODE_EXAMPLES = Object.fromEntries(
  OUTBOUND.map(({ name, example }) => [name, { summary: `By ${name}`, value: { mode: name, settings: example } }]),
);

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
  const { attempts = 0, delivered = 0, failed = 0, lastAt, latencyMs = 0, errorRate = 0 } = endpoint.figures;
  return {
    mode: protocol,
    settings,
    ...(protocol === 'webhook' ? { webhook: settings } : {}),
    state,
    ...(reason === null ? {} : { reason }),
    ...(retryAt === null ? {} : { retryAt: new Date(retryAt).toISOString() }),
    changedAt: changedAt.toISOString(),
    figures: { attempts, delivered, failed, ...(lastAt === undefined ? {} : { lastAt }), latencyMs, errorRate },
  };
}
