import { LANES, MESSAGE_TYPES, ROLES } from './codes.js';
import { MATCH_POLICIES } from './envelope.js';
import { STATUS_CODES } from './status.js';

const identifier = { type: 'string', minLength: 1, maxLength: 512 } as const;
const token = { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' } as const;
const moment = { type: 'string', format: 'date-time', maxLength: 40 } as const;

const party = {
  type: 'object',
  required: ['id', 'role'],
  additionalProperties: false,
  properties: {
    id: { ...identifier, description: 'URI of the twin, or of the registry or adaptor.', example: 'urn:example:twin:fire' },
    role: { enum: [...ROLES], example: 'DT' },
  },
} as const;

/** A receiver by what it is able to, instead of by its id. */
const matchReceiver = {
  type: 'object',
  required: ['match', 'policy'],
  additionalProperties: false,
  properties: {
    match: { type: 'object', description: 'A discovery query: who matches, among the twins that the sender is connected to.' },
    policy: { enum: [...MATCH_POLICIES], description: 'best: the highest ranked; anyOf: the least loaded; all: each of them.' },
    attemptTimeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 3_600_000,
      description: 'How long one candidate may take to answer before the next is asked, in ms.',
    },
  },
} as const;

const payloadRef = {
  type: 'object',
  required: ['uri', 'digest', 'size'],
  additionalProperties: false,
  description: 'Instead of a payload: where data that is too large for a message lies.',
  properties: {
    uri: { type: 'string', minLength: 1, maxLength: 2048 },
    digest: { type: 'string', pattern: '^sha-256:[0-9a-f]{64}$' },
    size: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'In bytes.' },
    contentType: { type: 'string', minLength: 1, maxLength: 128 },
    expiresAt: { ...moment, description: 'Until when it can be fetched.' },
  },
} as const;

/** The longest life a message may ask for, in milliseconds; the broker's retention may be shorter. */
export const MAX_TTL_MS = 31_536_000_000;

/**
 * JSON Schema of a message on the wire. One source for the validation of every incoming message and for the OpenAPI document. Action and
 * object names are checked against the vocabulary of the message's version, the payload against the feature's schema.
 */
export const MESSAGE_SCHEMA = {
  type: 'object',
  required: ['header', 'data'],
  additionalProperties: false,
  properties: {
    header: {
      type: 'object',
      required: ['version', 'messageType', 'sender'],
      additionalProperties: false,
      properties: {
        messageId: {
          ...token,
          description: 'Unique per sender within the idempotency window. Absent: minted by the broker. Given: timestamp is required too.',
        },
        version: { type: 'string', minLength: 1, maxLength: 16, description: 'Vocabulary version.', example: '1.0' },
        messageType: { enum: [...MESSAGE_TYPES] },
        correlationId: { ...token, description: 'Of a RESPONSE: messageId of the REQUEST it answers.' },
        causationId: { ...token, description: 'messageId of the message that caused this one.' },
        sender: party,
        receiver: {
          if: { required: ['match'] },
          then: matchReceiver,
          else: party,
          description: 'Absent: a NOTIFY on a feature of one’s own, published to its subscriptions. With `match`: whoever matches.',
        },
        via: { type: 'array', maxItems: 32, items: identifier, description: 'Brokers the message has passed.' },
        federationId: identifier,
        connectionId: identifier,
        timestamp: { ...moment, description: 'When the sender made it; must not be older than the idempotency window.' },
        ttlMs: {
          type: 'integer',
          minimum: 1,
          maximum: MAX_TTL_MS,
          description: 'Lifetime after acceptance in ms; of a REQUEST, how long its answer may take (default 30000), else default 24 h.',
        },
        notBefore: { ...moment, description: 'Not to be delivered before this moment.' },
        onExpiry: { enum: ['count', 'dead-letter'], description: 'What becomes of it when its time is over; default count.' },
        onReceiverExpired: {
          enum: ['wait', 'dead-letter'],
          description: 'What becomes of it when the receiver’s registration expires while it waits; default wait.',
        },
        replayOf: { ...token, description: 'Of a REQUEST that the broker sent again: messageId of the first. Refused from senders.' },
        hopLimit: { type: 'integer', minimum: 0, maximum: 32 },
        lane: { enum: [...LANES], description: 'Urgency; default normal.' },
        orderingKey: { ...identifier, description: 'Messages of one sender with the same key keep their order; default: all of them.' },
        contentType: { type: 'string', maxLength: 128 },
        traceparent: {
          type: 'string',
          pattern: '^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$',
          description: 'The trace it belongs to (W3C Trace Context); absent: that of the HTTP request, if it names one.',
        },
        runId: token,
        extensions: { type: 'object' },
      },
    },
    data: {
      type: 'object',
      required: ['action', 'object'],
      additionalProperties: false,
      properties: {
        action: { type: 'string', minLength: 1, maxLength: 64, description: 'What to do; see GET /v1/vocabulary.', example: 'INVOKE' },
        object: {
          type: 'object',
          required: ['type'],
          additionalProperties: false,
          properties: {
            type: { type: 'string', minLength: 1, maxLength: 64, example: 'function' },
            id: { ...identifier, description: 'Name of the feature, or URI of the twin, federation or connection.', example: 'closeRoad' },
            version: { type: 'string', maxLength: 64 },
          },
        },
        parameters: { type: 'object' },
        payload: { description: 'Any JSON; numbers keep their digits.' },
        observedAt: { ...moment, description: 'When the data was measured.' },
        payloadRef,
        status: {
          type: 'object',
          required: ['code'],
          additionalProperties: false,
          description: 'Outcome; in a RESPONSE only.',
          properties: {
            code: { enum: [...STATUS_CODES] },
            reason: { type: 'string', maxLength: 1000 },
            details: { type: 'array', maxItems: 100 },
          },
        },
      },
    },
  },
} as const;
