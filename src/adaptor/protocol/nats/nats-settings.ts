import type { ProblemPlace } from '../../../problems/domain-error.js';
import { CONTENT_SCHEMA, type Content } from '../outbound-content.js';
import type { DirectionFacts } from '../wire-protocol.js';
import { faultOfTemplate } from '../wire/delivery-properties.js';
import { faultsOfServerUrl, serverUrlSchema } from '../wire/server-url.js';

/** Where the NATS server is. */
export interface NatsServer {
  readonly url: string;
  /** How long connecting may take, and of an endpoint each delivery, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether streams keep what is published; otherwise core NATS forgets what nobody listens to. */
  readonly jetStream: boolean;
}

/** How deliveries are published. */
export interface NatsEndpointSettings extends NatsServer {
  readonly subject: string;
  readonly content: Content;
  readonly mediaType?: string;
  readonly maxInFlight: number;
}

/** What is listened to. */
export interface NatsBindingSettings extends NatsServer {
  readonly subject: string;
  readonly stream?: string;
  readonly from: 'all' | 'new';
  readonly ackWaitMs: number;
  readonly maxInHand: number;
}

/** A subject without spaces; tokens are not empty. */
const SUBJECT = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[^\\s.]+(\\.[^\\s.]+)*$' } as const;
const SERVER = {
  url: serverUrlSchema(['nats', 'tls'], 'nats or tls (then encrypted or not at all), without credentials.'),
  timeoutMs: {
    type: 'integer',
    minimum: 100,
    maximum: 30_000,
    default: 10_000,
    description: 'How long connecting, and each delivery, may take.',
  },
} as const;
const CREDENTIALS = {
  username: 'User.',
  password: 'Password of the user.',
  token: 'Token, instead of a user.',
  creds: 'Contents of a credentials file (JWT and seed), instead of a user.',
  ca: 'PEM of the authorities to trust instead of the usual ones.',
  cert: 'PEM of the client certificate.',
  key: 'PEM of its private key.',
} as const;

/** Of endpoints. */
export const NATS_OUTBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'subject'],
    properties: {
      ...SERVER,
      subject: {
        ...SUBJECT,
        description: 'With places {receiver}, {sender}, {action}, {subject} of the delivery; what breaks a token is percent-encoded.',
      },
      jetStream: {
        type: 'boolean',
        default: true,
        description: 'A stream acknowledges each message. Without: sent to who listens now, and forgotten.',
      },
      content: CONTENT_SCHEMA,
      mediaType: {
        type: 'string',
        maxLength: 255,
        pattern: '^[\\w.+-]+/[\\w.+-]+(;.*)?$',
        description: 'Content type; default by the content.',
      },
      maxInFlight: {
        type: 'integer',
        minimum: 1,
        maximum: 1_000,
        default: 100,
        description: 'Messages on their way without an acknowledgement.',
      },
    },
  },
  example: { url: 'tls://nats.example.org', subject: 'city.{action}', maxInFlight: 100, timeoutMs: 10_000 },
  credentials: CREDENTIALS,
};

/** Of bindings. */
export const NATS_INBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'subject'],
    properties: {
      ...SERVER,
      subject: { ...SUBJECT, description: 'With wildcards * and >.' },
      jetStream: {
        type: 'boolean',
        default: true,
        description: 'A durable consumer of a stream. Without: what is said while nobody listens is lost.',
      },
      stream: {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        pattern: '^[^\\s.*>/\\\\]+$',
        description: 'Default: the stream that takes the subject.',
      },
      from: { enum: ['all', 'new'], default: 'new', description: 'Where a consumer begins that is not there yet.' },
      ackWaitMs: {
        type: 'integer',
        minimum: 1_000,
        maximum: 600_000,
        default: 30_000,
        description: 'After which a message without a word comes again.',
      },
      maxInHand: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'Messages in hand without an acknowledgement.' },
    },
  },
  example: { url: 'tls://nats.example.org', subject: 'energy.load.>', from: 'new' },
  credentials: CREDENTIALS,
};

/** What the schema of an endpoint does not say. */
export function faultsOfNatsEndpoint({ url, subject }: NatsEndpointSettings, permits: (address: string) => boolean): ProblemPlace[] {
  const detail = faultOfTemplate(subject) ?? (/[*>]|^\$/.test(subject) ? 'must have no wildcards, and must not begin with $' : undefined);
  return [...faultsOfUrl(url, permits), ...(detail === undefined ? [] : [{ pointer: '/subject', detail }])];
}

/** What the schema of a binding does not say. */
export function faultsOfNatsBinding(
  { url, subject, jetStream, stream }: NatsBindingSettings,
  permits: (address: string) => boolean,
): ProblemPlace[] {
  const faults = faultsOfUrl(url, permits);
  const tokens = subject.split('.');
  const areFit = tokens.every((token, index) => token === '*' || (token === '>' && index === tokens.length - 1) || !/[*>]/.test(token));
  if (!areFit || subject.startsWith('$')) {
    faults.push({ pointer: '/subject', detail: 'must have wildcards as whole tokens, > as the last, and must not begin with $' });
  }
  if (!jetStream && stream !== undefined) faults.push({ pointer: '/stream', detail: 'must not be given without jetStream' });
  return faults;
}

function faultsOfUrl(url: string, permits: (address: string) => boolean): ProblemPlace[] {
  const faults = faultsOfServerUrl('/url', url, permits);
  if (faults.length > 0) return faults;
  const { pathname, search } = new URL(url);
  return (pathname === '' || pathname === '/') && search === '' ? [] : [{ pointer: '/url', detail: 'must have no path and no query' }];
}
