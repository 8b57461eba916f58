import type { ProblemPlace } from '../../../problems/domain-error.js';
import { CONTENT_SCHEMA, type Content } from '../outbound-content.js';
import type { DirectionFacts } from '../wire-protocol.js';
import { faultOfTemplate } from '../wire/delivery-properties.js';
import { faultsOfServerUrl, serverUrlSchema } from '../wire/server-url.js';

/** Where the AMQP server is. */
export interface AmqpServer {
  readonly url: string;
  /** How long connecting may take, and of an endpoint each delivery, in milliseconds. */
  readonly timeoutMs: number;
}

/** How deliveries are published. */
export interface AmqpEndpointSettings extends AmqpServer {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Content;
  readonly mediaType?: string;
  readonly maxInFlight: number;
}

/** What is consumed. */
export interface AmqpBindingSettings extends AmqpServer {
  readonly queue?: string;
  readonly exchange?: string;
  readonly bindingKeys?: readonly string[];
  readonly prefetch: number;
}

/** A short string of AMQP, but for its bytes. */
const NAME = { type: 'string', minLength: 1, maxLength: 255 } as const;
const SERVER = {
  url: serverUrlSchema(['amqp', 'amqps'], 'amqp or amqps, without credentials; the path is the virtual host, percent-encoded.'),
  timeoutMs: {
    type: 'integer',
    minimum: 100,
    maximum: 30_000,
    default: 10_000,
    description: 'How long connecting, and each delivery, may take.',
  },
} as const;
const CREDENTIALS = {
  username: 'User; without one and without a certificate, guest.',
  password: 'Password of the user.',
  ca: 'PEM of the authorities to trust instead of the usual ones.',
  cert: 'PEM of the client certificate; without a user, it says who we are (EXTERNAL).',
  key: 'PEM of its private key.',
} as const;

/** Of endpoints. */
export const AMQP_OUTBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'routingKey'],
    properties: {
      ...SERVER,
      exchange: {
        type: 'string',
        maxLength: 255,
        default: '',
        description: 'An exchange that is there; empty: the default one, which routes to the queue named like the key.',
      },
      routingKey: { ...NAME, description: 'With places {receiver}, {sender}, {action}, {subject} of the delivery.' },
      content: CONTENT_SCHEMA,
      mediaType: {
        type: 'string',
        maxLength: 255,
        pattern: '^[\\w.+-]+/[\\w.+-]+(;.*)?$',
        description: 'Content type; default by the content.',
      },
      maxInFlight: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'Messages on their way without a confirm.' },
    },
  },
  example: { url: 'amqps://rabbit.example.org/city', exchange: 'city', routingKey: 'twins.{action}', maxInFlight: 100, timeoutMs: 10_000 },
  credentials: CREDENTIALS,
};

/** Of bindings. */
export const AMQP_INBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      ...SERVER,
      queue: { ...NAME, description: 'A queue that is there; with an exchange, the name of the durable queue that is made and bound.' },
      exchange: { ...NAME, description: 'An exchange that is there, to which a durable queue is bound.' },
      bindingKeys: { type: 'array', minItems: 1, maxItems: 100, items: NAME, description: 'Keys that the queue is bound by; default: #.' },
      prefetch: { type: 'integer', minimum: 1, maximum: 1_000, default: 50, description: 'Messages in hand without an acknowledgement.' },
    },
  },
  example: { url: 'amqps://rabbit.example.org/city', queue: 'from-energy', prefetch: 50, timeoutMs: 10_000 },
  credentials: CREDENTIALS,
};

/** What the schema of an endpoint does not say. */
export function faultsOfAmqpEndpoint({ url, routingKey }: AmqpEndpointSettings, permits: (address: string) => boolean): ProblemPlace[] {
  const detail = faultOfTemplate(routingKey);
  return [...faultsOfUrl(url, permits), ...(detail === undefined ? [] : [{ pointer: '/routingKey', detail }])];
}

/** What the schema of a binding does not say. */
export function faultsOfAmqpBinding(
  { url, queue, exchange, bindingKeys }: AmqpBindingSettings,
  permits: (address: string) => boolean,
): ProblemPlace[] {
  const faults = faultsOfUrl(url, permits);
  if (exchange !== undefined) return faults;
  if (queue === undefined) faults.push({ pointer: '/queue', detail: 'is required when there is no exchange' });
  if (bindingKeys !== undefined) faults.push({ pointer: '/bindingKeys', detail: 'must not be given without an exchange' });
  return faults;
}

function faultsOfUrl(url: string, permits: (address: string) => boolean): ProblemPlace[] {
  const faults = faultsOfServerUrl('/url', url, permits);
  if (faults.length > 0) return faults;
  const { pathname, search } = new URL(url);
  if (!/^(\/[^/]*)?$/.test(pathname)) return [{ pointer: '/url', detail: 'must have no path but the virtual host, percent-encoded' }];
  return search === '' ? [] : [{ pointer: '/url', detail: 'must have no query' }];
}
