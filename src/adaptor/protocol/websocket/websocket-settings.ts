import { HTTP_CREDENTIALS } from '../http-wire.js';
import { API_KEY_SCHEMA, HEADERS_SCHEMA } from '../http/http-settings.js';
import { CONTENT_SCHEMA, type Content } from '../outbound-content.js';
import { urlSchema } from '../wire-address.js';

/** Schemes of WebSocket. */
export const WEBSOCKET_SCHEMES = ['ws', 'wss'] as const;
/** Names of credentials: those of HTTP, by which a WebSocket begins. */
export const WEBSOCKET_CREDENTIALS = HTTP_CREDENTIALS;

/** What both directions need. */
export interface WebSocketSettings {
  readonly url: string;
  readonly subprotocol?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiKeyHeader: string;
}

/** How deliveries are sent. */
export interface WebSocketOutboundSettings extends WebSocketSettings {
  readonly content: Content;
  readonly acknowledge: 'pong' | 'frame';
  readonly maxInFlight: number;
  readonly timeoutMs: number;
}

/** How documents come. */
export interface WebSocketInboundSettings extends WebSocketSettings {
  readonly hello?: string;
  readonly mediaType?: string;
  readonly pingSeconds: number;
}

const COMMON = {
  url: urlSchema(WEBSOCKET_SCHEMES, 'The WebSocket'),
  subprotocol: { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", description: 'Sec-WebSocket-Protocol.' },
  headers: HEADERS_SCHEMA,
  apiKeyHeader: API_KEY_SCHEMA,
};

/** Schema of {@link WebSocketOutboundSettings}. */
export const WEBSOCKET_OUTBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    ...COMMON,
    content: CONTENT_SCHEMA,
    acknowledge: {
      enum: ['pong', 'frame'],
      default: 'pong',
      description:
        'pong: a message has arrived when the ping behind it is answered. frame: the twin says so itself, message by message; content is message then.',
    },
    maxInFlight: { type: 'integer', minimum: 1, maximum: 1_000, default: 50, description: 'Deliveries on their way at once.' },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 30_000,
      default: 10_000,
      description: 'How long one may take to be acknowledged.',
    },
  },
};

/** Schema of {@link WebSocketInboundSettings}. */
export const WEBSOCKET_INBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    ...COMMON,
    hello: { type: 'string', maxLength: 4_096, description: 'Sent once the connection stands, for twins that want to be asked.' },
    mediaType: { type: 'string', maxLength: 128, description: 'What messages are.' },
    pingSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: 3_600,
      default: 20,
      description: 'Between two pings; one without a pong ends the connection.',
    },
  },
};
