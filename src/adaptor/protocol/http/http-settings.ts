import type { ProblemPlace } from '../../../problems/domain-error.js';
import { CONTENT_SCHEMA, type Content } from '../outbound-content.js';
import { faultOfUrl, urlSchema } from '../wire-address.js';

/** Headers that settings may not name: they are the wire's own, or hold credentials. */
const OWN_HEADERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|authorization|cookie|proxy-.*)$/i;
const SCHEMES = ['http', 'https'] as const;

/** JSON Schema of further headers. */
export const HEADERS_SCHEMA = {
  type: 'object',
  maxProperties: 20,
  propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}$" },
  additionalProperties: { type: 'string', maxLength: 500, pattern: '^[\\x20-\\x7e]*$' },
  default: {},
  description: 'Further headers; never credentials, which have a path of their own.',
};
/** JSON Schema of the name of the header for an API key. */
export const API_KEY_SCHEMA = {
  type: 'string',
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}$",
  default: 'x-api-key',
  description: 'Name of the header for the credential apiKey.',
};

/** How deliveries become requests. */
export interface HttpOutboundSettings {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly content: Content;
  readonly mediaType?: string;
  readonly answers?: 'message' | 'result';
  readonly headers: Readonly<Record<string, string>>;
  readonly apiKeyHeader: string;
  readonly maxInFlight: number;
  readonly timeoutMs: number;
}

/** Its schema. */
export const HTTP_OUTBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: urlSchema(SCHEMES, 'Where requests go'),
    method: { enum: ['POST', 'PUT', 'PATCH'], default: 'POST' },
    content: CONTENT_SCHEMA,
    mediaType: {
      type: 'string',
      maxLength: 128,
      pattern: '^[\\x21-\\x7e][\\x20-\\x7e]*$',
      description: 'Content type; default by the content.',
    },
    answers: {
      enum: ['message', 'result'],
      description:
        'What a 2xx to a REQUEST holds: a RESPONSE message, or the result alone. Default: message when the content is, else result.',
    },
    headers: HEADERS_SCHEMA,
    apiKeyHeader: API_KEY_SCHEMA,
    maxInFlight: { type: 'integer', minimum: 1, maximum: 100, default: 10, description: 'Requests on their way at once.' },
    timeoutMs: { type: 'integer', minimum: 100, maximum: 30_000, default: 10_000, description: 'How long a request may take.' },
  },
};

/** How a resource is polled. */
export interface HttpInboundSettings {
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly accept?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiKeyHeader: string;
}

/** Its schema. */
export const HTTP_INBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: urlSchema(SCHEMES, 'The resource to be polled'),
    intervalMs: { type: 'integer', minimum: 200, maximum: 86_400_000, default: 10_000, description: 'From one look to the next.' },
    timeoutMs: { type: 'integer', minimum: 100, maximum: 60_000, default: 10_000, description: 'How long one look may take.' },
    accept: { type: 'string', maxLength: 500, pattern: '^[\\x20-\\x7e]*$', description: 'Accept header.' },
    headers: HEADERS_SCHEMA,
    apiKeyHeader: API_KEY_SCHEMA,
  },
};

/** What the schemas cannot say of settings with a URL and headers. */
export function faultsOf(
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  permits: (address: string) => boolean,
  schemes: readonly string[] = SCHEMES,
): ProblemPlace[] {
  const fault = faultOfUrl(url, schemes, permits);
  const own = Object.keys(headers).filter((name) => OWN_HEADERS.test(name));
  return [
    ...(fault === undefined ? [] : [{ pointer: '/url', detail: fault }]),
    ...own.map((name) => ({ pointer: `/headers/${name}`, detail: 'is not for settings' })),
  ];
}
