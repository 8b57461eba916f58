import type { ProblemPlace } from '../../../problems/domain-error.js';
import { HTTP_CREDENTIALS } from '../http-wire.js';
import { faultOfUrl, urlSchema } from '../wire-address.js';
import type { DirectionFacts } from '../wire-protocol.js';

/** The context broker. */
export interface NgsiLdServer {
  /** What comes before `/ngsi-ld/v1`. */
  readonly url: string;
  readonly tenant?: string;
  /** URL of the JSON-LD context that terms are told and asked by. */
  readonly context?: string;
  readonly apiKeyHeader: string;
  readonly timeoutMs: number;
}

/** How deliveries become requests. */
export interface NgsiLdEndpointSettings extends NgsiLdServer {
  readonly operation: 'upsert' | 'create' | 'update';
  readonly maxInFlight: number;
}

/** Which entities are listened to, and how. */
export interface NgsiLdBindingSettings extends NgsiLdServer {
  readonly types: readonly string[];
  readonly ids: readonly string[];
  readonly attributes: readonly string[];
  readonly query?: string;
  readonly representation: 'normalized' | 'concise' | 'keyValues';
  /** Absent in bindings of older versions, which polled. */
  readonly by?: 'subscribe' | 'poll';
  readonly secretIn: 'header' | 'path';
  readonly intervalMs: number;
}

/** Selectors of a subscription. */
const MOST_SELECTED = 500;
const SCHEMES = ['http', 'https'] as const;
const NAMES = {
  type: 'array',
  maxItems: 50,
  default: [],
  items: { type: 'string', minLength: 1, maxLength: 512, pattern: '^[^,\\s]+$' },
} as const;
const SERVER = {
  url: urlSchema(SCHEMES, 'The context broker, without /ngsi-ld/v1'),
  tenant: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$', description: 'NGSILD-Tenant.' },
  context: {
    type: 'string',
    maxLength: 2_048,
    pattern: '^https?://[^\\s<>"]+$',
    description: 'URL of the JSON-LD context, sent as a Link header.',
  },
  apiKeyHeader: {
    type: 'string',
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}$",
    default: 'x-api-key',
    description: 'Header of the credential apiKey.',
  },
  timeoutMs: { type: 'integer', minimum: 100, maximum: 30_000, default: 10_000, description: 'How long a request may take.' },
} as const;

/** Of endpoints. */
export const NGSI_LD_OUTBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      ...SERVER,
      operation: {
        enum: ['upsert', 'create', 'update'],
        default: 'upsert',
        description:
          'entityOperations/upsert (attributes are updated), POST of a new entity, or PATCH of the attributes of one that is there.',
      },
      maxInFlight: { type: 'integer', minimum: 1, maximum: 100, default: 10, description: 'Requests on their way at once.' },
    },
  },
  example: { url: 'https://context.example.org', operation: 'upsert' },
  credentials: HTTP_CREDENTIALS,
};

/** Of bindings. */
export const NGSI_LD_INBOUND: DirectionFacts = {
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      ...SERVER,
      types: { ...NAMES, description: 'Types of the entities.' },
      ids: { ...NAMES, description: 'Ids of the entities.' },
      attributes: { ...NAMES, description: 'Attributes that are watched and read; default: all. Entities without any of them are not.' },
      query: { type: 'string', minLength: 1, maxLength: 2_000, description: 'NGSI-LD query (q).' },
      representation: { enum: ['normalized', 'concise', 'keyValues'], default: 'normalized' },
      by: {
        enum: ['subscribe', 'poll'],
        default: 'subscribe',
        description:
          'subscribe: the context broker notifies this one, at PUBLIC_URL; without that, it is polled all the same. poll: it is asked again and again.',
      },
      secretIn: {
        enum: ['header', 'path'],
        default: 'header',
        description: 'Where notifications show their secret: in a header (receiverInfo), or in the path for context brokers without that.',
      },
      intervalMs: {
        type: 'integer',
        minimum: 200,
        maximum: 86_400_000,
        default: 10_000,
        description: 'From one look at the entities, or at the subscription, to the next.',
      },
    },
  },
  example: { url: 'https://context.example.org', types: ['TrafficFlowObserved'], intervalMs: 30_000 },
  credentials: HTTP_CREDENTIALS,
};

/** What the schemas do not say of the server. */
export function faultsOfNgsiLdServer({ url }: NgsiLdServer, permits: (address: string) => boolean): ProblemPlace[] {
  const detail = faultOfUrl(url, SCHEMES, permits) ?? (new URL(url).search === '' ? undefined : 'must have no query');
  return detail === undefined ? [] : [{ pointer: '/url', detail }];
}

/** What the schema does not say of a binding: a context broker refuses to tell everything it has. */
export function faultsOfNgsiLdBinding(settings: NgsiLdBindingSettings, permits: (address: string) => boolean): ProblemPlace[] {
  const { types, ids, attributes, query, by } = settings;
  const isAll = types.length + ids.length + attributes.length === 0 && query === undefined;
  const subscribes = by === 'subscribe' && !isAll;
  // Subscriptions select entities by type, or watch attributes (ETSI GS CIM 009, 5.2.12).
  const isUntyped = types.length === 0 && (attributes.length === 0 || ids.length > 0);
  return [
    ...faultsOfNgsiLdServer(settings, permits),
    ...(isAll ? [{ pointer: '/types', detail: 'types, ids, attributes or query must be given' }] : []),
    ...(subscribes && isUntyped ? [{ pointer: '/types', detail: 'must be given to subscribe; without them, by must be poll' }] : []),
    ...(subscribes && types.length * ids.length > MOST_SELECTED
      ? [{ pointer: '/ids', detail: `may, for all types together, select at most ${MOST_SELECTED} entities to subscribe to` }]
      : []),
  ];
}
