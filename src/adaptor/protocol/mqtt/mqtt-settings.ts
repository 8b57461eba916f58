import type { ProblemPlace } from '../../../problems/domain-error.js';
import { CONTENT_SCHEMA, type Content } from '../outbound-content.js';
import { faultOfUrl, urlSchema } from '../wire-address.js';
import { faultOfFilter, faultOfTemplate } from './topic.js';

/** What both directions need. */
export interface MqttSettings {
  readonly url: string;
  readonly version: '3.1.1' | '5';
  readonly qos: 0 | 1;
  readonly keepAliveSeconds: number;
  /** Instead of one that the broker makes: for brokers that allow named clients only. */
  readonly clientId?: string;
}

/** Where and how deliveries are published. */
export interface MqttOutboundSettings extends MqttSettings {
  readonly topic: string;
  readonly retain: boolean;
  readonly content: Content;
  readonly mediaType?: string;
  readonly responseTopic?: string;
  readonly maxInFlight: number;
  readonly timeoutMs: number;
}

/** What is subscribed to. */
export interface MqttInboundSettings extends MqttSettings {
  readonly topics: readonly string[];
  readonly share?: string;
  readonly retained: 'take' | 'ignore';
  readonly will?: { readonly topic: string; readonly offline: readonly string[] };
  readonly sessionExpirySeconds: number;
  readonly identityProperty: string;
}

/** Schemes of MQTT. */
export const MQTT_SCHEMES = ['mqtt', 'mqtts'] as const;

/** Names of credentials, with what each is. */
export const MQTT_CREDENTIALS = {
  username: 'user name of CONNECT',
  password: 'password of CONNECT',
  ca: 'PEM of the authorities to trust instead of the usual ones',
  cert: 'PEM of the client certificate',
  key: 'PEM of its private key',
} as const;

const COMMON = {
  url: urlSchema(MQTT_SCHEMES, 'The MQTT broker'),
  version: { enum: ['3.1.1', '5'], default: '5' },
  qos: { enum: [0, 1], default: 1, description: '0: what comes while nobody listens is lost.' },
  keepAliveSeconds: { type: 'integer', minimum: 5, maximum: 3_600, default: 30 },
  clientId: { type: 'string', minLength: 1, maxLength: 128, description: 'Default: one made of the twin and the binding.' },
};

/** Schema of {@link MqttOutboundSettings}. */
export const MQTT_OUTBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'topic'],
  properties: {
    ...COMMON,
    topic: {
      type: 'string',
      minLength: 1,
      maxLength: 1_000,
      description:
        'Template of the topic. {receiver}, {sender}, {action}, {subject}, {messageId} and {deliveryId} are filled in, percent-encoded where they hold /, + or #. ' +
        'Wildcards are refused.',
    },
    retain: { type: 'boolean', default: false, description: 'Whether the broker keeps it as the last value of the topic.' },
    content: CONTENT_SCHEMA,
    mediaType: { type: 'string', maxLength: 128, description: 'Content type of version 5; default by the content.' },
    responseTopic: {
      type: 'string',
      minLength: 1,
      maxLength: 1_000,
      description: 'Where answers are awaited, version 5; a binding listens there.',
    },
    maxInFlight: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'Deliveries on their way at once.' },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 30_000,
      default: 10_000,
      description: 'How long one may take to be acknowledged.',
    },
  },
};

/** Schema of {@link MqttInboundSettings}. */
export const MQTT_INBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'topics'],
  properties: {
    ...COMMON,
    topics: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: { type: 'string', minLength: 1, maxLength: 1_000 },
      description: 'Topic filters; + and # as MQTT has them.',
    },
    share: {
      type: 'string',
      pattern: '^[^/+#\\s]{1,64}$',
      description: 'Name of a shared subscription ($share/…): others take a part. Order is not kept.',
    },
    retained: {
      enum: ['take', 'ignore'],
      default: 'take',
      description: 'What becomes of values that the broker had kept when it is subscribed to.',
    },
    will: {
      type: 'object',
      additionalProperties: false,
      required: ['topic'],
      properties: {
        topic: { type: 'string', minLength: 1, maxLength: 1_000, description: 'Where the twin’s own last will appears.' },
        offline: {
          type: 'array',
          maxItems: 10,
          items: { type: 'string', maxLength: 200 },
          default: [],
          description: 'Payloads that say it is away; any other says it is there. Empty: every payload says that it is away.',
        },
      },
      description: 'The twin is LOST when its last will appears, until it is heard of again.',
    },
    sessionExpirySeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 604_800,
      default: 86_400,
      description: 'How long the MQTT broker keeps what comes while nobody is connected, version 5. In 3.1.1 it decides itself.',
    },
    identityProperty: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      default: 'messageId',
      description: 'User property that names a document, version 5.',
    },
  },
};

/** What the schema cannot say of outbound settings. */
export function outboundFaults(settings: MqttOutboundSettings, permits: (address: string) => boolean): ProblemPlace[] {
  return [
    ...place('/url', faultOfUrl(settings.url, MQTT_SCHEMES, permits)),
    ...place('/topic', faultOfTemplate(settings.topic)),
    ...place('/responseTopic', settings.responseTopic === undefined ? undefined : faultOfTemplate(settings.responseTopic)),
    ...place('/responseTopic', settings.responseTopic !== undefined && settings.version !== '5' ? 'needs version 5' : undefined),
  ];
}

/** What the schema cannot say of inbound settings. */
export function inboundFaults(settings: MqttInboundSettings, permits: (address: string) => boolean): ProblemPlace[] {
  return [
    ...place('/url', faultOfUrl(settings.url, MQTT_SCHEMES, permits)),
    ...settings.topics.flatMap((filter, n) => place(`/topics/${n}`, faultOfFilter(filter))),
    ...place('/will/topic', settings.will === undefined ? undefined : faultOfTemplate(settings.will.topic)),
  ];
}

function place(pointer: string, detail: string | undefined): ProblemPlace[] {
  return detail === undefined ? [] : [{ pointer, detail }];
}
