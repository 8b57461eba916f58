import type { ProblemPlace } from '../../../problems/domain-error.js';
import { CONTENT_SCHEMA, type Content } from '../outbound-content.js';
import { faultOfUrl, urlSchema } from '../wire-address.js';

const SCHEMES = ['coap'] as const;

/** How deliveries become requests. */
export interface CoapOutboundSettings {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly content: Content;
  readonly maxInFlight: number;
  readonly timeoutMs: number;
}

/** Its schema. */
export const COAP_OUTBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: urlSchema(SCHEMES, 'The resource that takes deliveries'),
    method: { enum: ['POST', 'PUT'], default: 'POST' },
    content: CONTENT_SCHEMA,
    maxInFlight: {
      type: 'integer',
      minimum: 1,
      maximum: 16,
      default: 1,
      description: 'Confirmable requests on their way at once; NSTART is 1.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 30_000,
      default: 10_000,
      description: 'How long one may take, with its repetitions.',
    },
  },
};

/** What is observed. */
export interface CoapInboundSettings {
  readonly url: string;
  readonly mediaType?: string;
  readonly refreshSeconds: number;
  readonly timeoutMs: number;
}

/** Its schema. */
export const COAP_INBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: urlSchema(SCHEMES, 'The resource to be observed'),
    mediaType: { type: 'string', maxLength: 128, description: 'What it is.' },
    refreshSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: 86_400,
      default: 60,
      description: 'How often interest is renewed: UDP does not tell that nobody is there.',
    },
    timeoutMs: { type: 'integer', minimum: 100, maximum: 60_000, default: 10_000, description: 'How long an answer may take.' },
  },
};

/** What the schemas cannot say. */
export function faultsOf({ url }: { readonly url: string }, permits: (address: string) => boolean): ProblemPlace[] {
  const fault = faultOfUrl(url, SCHEMES, permits);
  return fault === undefined ? [] : [{ pointer: '/url', detail: fault }];
}
