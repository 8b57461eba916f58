import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsObject, IsString, MaxLength } from 'class-validator';
import type { WireLoss } from '../../../adaptor/protocol/inbound-protocol.js';
import { WIRE_FACTS } from '../../../adaptor/protocol/wire-protocols.js';
import { Optional } from '../../../registry/dto/field-rules.js';
import type { StoredBinding } from '../binding.js';
import type { ProbeReport } from '../binding.service.js';
import { FEED_STATES, type FeedState } from '../feed-state.js';

const INBOUND = WIRE_FACTS.flatMap(({ name, inbound }) => (inbound === undefined ? [] : [{ name, ...inbound }]));
const PROTOCOL_NAMES = INBOUND.map(({ name }) => name);
const SETTINGS = {
  description: `Settings of the protocol. ${INBOUND.map(({ name }, n) => `${n + 1}: ${name}`).join(', ')}. Never credentials: they have a path of their own.`,
  anyOf: INBOUND.map(({ name, settings }) => ({ title: name, ...settings })),
};

/** What the broker shall listen to. */
export class BindingDto {
  @ApiProperty({ enum: PROTOCOL_NAMES, example: PROTOCOL_NAMES[0] })
  @IsString()
  @MaxLength(64)
  protocol!: string;

  @ApiProperty({ ...SETTINGS, example: INBOUND[0]?.example })
  @IsObject()
  settings!: Record<string, unknown>;

  @ApiPropertyOptional({
    description:
      'The data feature whose values come, in its declared format: each is published as NOTIFY. Absent: each document is a whole message of the twin.',
    example: 'incident',
    maxLength: 512,
  })
  @Optional()
  @IsString()
  @MaxLength(512)
  feature?: string;

  @ApiPropertyOptional({ default: true, description: 'false: configured, but not listened to.' })
  @Optional()
  @IsBoolean()
  enabled?: boolean;
}

/** How much came over a wire, and how well (CSIM). */
export class FeedFiguresView {
  @ApiProperty({ description: 'Documents that the wire brought.', example: 12 })
  received!: number;

  @ApiProperty({ description: 'Of these, how many became messages.', example: 10 })
  taken!: number;

  @ApiProperty({ description: 'How many had been taken before.', example: 1 })
  repeated!: number;

  @ApiProperty({ description: 'How many will never be taken.', example: 1 })
  refused!: number;

  @ApiProperty({ description: 'How often one was to be tried again.', example: 0 })
  postponed!: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the last came.' })
  lastAt?: string;

  @ApiProperty({ description: 'From when a document came until it was durable, in ms; the last ones weigh most.', example: 4.2 })
  latencyMs!: number;

  @ApiProperty({ description: 'Share of refused documents, 0 to 1; the last ones weigh most.', example: 0.05 })
  errorRate!: number;
}

/** A document that was refused. */
export class RefusalView {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ example: 'payload-invalid' })
  code!: string;

  @ApiProperty({ example: 'The payload does not fit the schema of incident: must be object.' })
  reason!: string;

  @ApiPropertyOptional({ description: 'What the wire calls the document, if it does.' })
  identity?: string;

  @ApiPropertyOptional({ description: 'How it begins.' })
  excerpt?: string;
}

/** What the wire cannot promise. */
export class WireLossView {
  @ApiProperty({ enum: ['duplicates-possible', 'order-not-kept', 'gaps-possible'] })
  kind!: WireLoss['kind'];

  @ApiProperty()
  detail!: string;
}

/** A wire that the broker listens to, and how that goes. */
@ApiExtraModels(FeedFiguresView)
export class BindingView {
  @ApiProperty({ example: 'city-broker' })
  name!: string;

  @ApiProperty({ example: PROTOCOL_NAMES[0] })
  protocol!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  settings!: Record<string, unknown>;

  @ApiPropertyOptional({ example: 'incident' })
  feature?: string;

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({ enum: FEED_STATES, description: 'LOST: the twin itself is known to be away, and its connections are LOST.' })
  state!: FeedState;

  @ApiProperty({ format: 'date-time', description: 'Since when.' })
  since!: string;

  @ApiPropertyOptional({ description: 'Why, if something went wrong.' })
  reason?: string;

  @ApiProperty({ type: FeedFiguresView, description: 'Up to a second old.' })
  figures!: FeedFiguresView;

  @ApiProperty({ type: [RefusalView], description: 'The last ten, newest first.' })
  refusals!: RefusalView[];

  @ApiProperty({ type: [WireLossView] })
  losses!: WireLossView[];
}

/** The bindings of a twin. */
export class BindingsView {
  @ApiProperty({ type: [BindingView] })
  items!: BindingView[];
}

/** What came of an attempt to connect. */
export class BindingTestView {
  @ApiProperty({ enum: ['reached', 'failed'], example: 'failed' })
  outcome!: ProbeReport['kind'];

  @ApiPropertyOptional({ example: 'its host name has no address' })
  reason?: string;

  @ApiProperty({ example: 12 })
  latencyMs!: number;
}

/** A binding on the wire. */
export function bindingView(binding: StoredBinding, losses: readonly WireLoss[]): BindingView {
  const { name, protocol, settings, feature, enabled, state, since, reason, figures, refusals } = binding;
  const { received = 0, taken = 0, repeated = 0, refused = 0, postponed = 0, lastAt, latencyMs = 0, errorRate = 0 } = figures;
  return {
    name,
    protocol,
    settings,
    ...(feature === null ? {} : { feature }),
    enabled,
    state,
    since: since.toISOString(),
    ...(reason === null ? {} : { reason }),
    figures: { received, taken, repeated, refused, postponed, ...(lastAt === undefined ? {} : { lastAt }), latencyMs, errorRate },
    refusals: [...refusals],
    losses: [...losses],
  };
}

/** An attempt to connect, on the wire. */
export function bindingTestView(report: ProbeReport): BindingTestView {
  return {
    outcome: report.kind,
    ...(report.kind === 'failed' ? { reason: report.reason } : {}),
    latencyMs: report.latencyMs,
  };
}
