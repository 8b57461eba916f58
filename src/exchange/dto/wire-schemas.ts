import { REASON_CODES } from '../dead-letter/reason.js';
import { MESSAGE_SCHEMA } from '../../vocabulary/envelope-schema.js';

/** Schemas of answers that are spliced from texts, for the OpenAPI document. */
type Schema = Record<string, unknown>;

/** A message on the wire. */
export const MESSAGE: Schema = JSON.parse(JSON.stringify(MESSAGE_SCHEMA)) as Schema;

/** A delivery on the wire. */
export const DELIVERY: Schema = {
  type: 'object',
  required: ['id', 'acceptedAt', 'expiresAt', 'message'],
  properties: {
    id: { type: 'string', description: 'Id of the delivery within this inbox.' },
    acceptedAt: { type: 'string', format: 'date-time' },
    expiresAt: { type: 'string', format: 'date-time' },
    answerBy: { type: 'string', format: 'date-time', description: 'There when the receiver is expected to answer with a RESPONSE.' },
    attempt: { type: 'integer' },
    redelivered: { type: 'boolean' },
    replayed: { type: 'boolean' },
    lastValue: { const: true, description: 'There when it is the value that was the last when the subscription was made.' },
    subscriptionId: { type: 'string' },
    status: { enum: ['PENDING', 'LEASED'] },
    message: MESSAGE,
  },
};

function page(item: Schema): Schema {
  return { type: 'object', required: ['items'], properties: { items: { type: 'array', items: item }, next: { type: 'string' } } };
}

/** What a claim answers. */
export const CLAIM_SCHEMA: Schema = {
  type: 'object',
  required: ['claimId', 'deliveries'],
  properties: {
    claimId: { type: 'string' },
    leaseToken: { type: 'string', description: 'Absent when there was nothing to claim.' },
    expiresAt: { type: 'string', format: 'date-time' },
    paused: { type: 'boolean', description: 'The inbox is paused: nothing is handed out until its owner resumes it.' },
    deliveries: { type: 'array', items: DELIVERY },
  },
};

/** A page of an inbox. */
export const DELIVERY_PAGE_SCHEMA = page(DELIVERY);

/** A page of dead letters. */
export const DEAD_LETTER_PAGE_SCHEMA: Schema = {
  type: 'object',
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          sender: { type: 'string' },
          messageId: { type: 'string' },
          messageType: { type: 'string' },
          lane: { type: 'string' },
          reasonCode: { enum: REASON_CODES, description: 'Why it could not be delivered.' },
          reason: { type: 'string', description: 'The same in words; those of the consumer that gave it back.' },
          attempts: { type: 'integer', description: 'Failed deliveries.' },
          acceptedAt: { type: 'string', format: 'date-time' },
          diedAt: { type: 'string', format: 'date-time' },
          replayedAt: { type: 'string', format: 'date-time', description: 'There when it was delivered again.' },
          adaptation: {
            type: 'object',
            description: 'Of one that could not be adapted: the step that failed, and the payload before it, cut at 8,192 characters.',
            required: ['step', 'detail', 'connectionId'],
            properties: {
              step: { type: 'string', example: 'unit-1' },
              detail: { type: 'string' },
              pointer: { type: 'string', description: 'Into the payload before the step.' },
              before: { type: 'string', description: 'JSON text.' },
              cut: { const: true },
              connectionId: { type: 'string' },
              planVersion: { type: 'integer' },
            },
          },
          history: { type: 'array', items: { type: 'object', additionalProperties: true }, description: 'Of one asked for by `id`.' },
          message: MESSAGE,
        },
      },
    },
    next: { type: 'string' },
    lost: {
      type: 'object',
      description: 'How many went because there were more than DEAD_LETTER_LIMIT, or they were older than DEAD_LETTER_RETENTION.',
      properties: { overLimit: { type: 'integer' }, overAge: { type: 'integer' }, lastAt: { type: 'string', format: 'date-time' } },
    },
  },
};

/** What the sender of an accepted message is told. */
export const RECEIPT_SCHEMA: Schema = {
  type: 'object',
  required: ['messageId', 'sender', 'status', 'acceptedAt', 'repeated'],
  properties: {
    messageId: { type: 'string' },
    sender: { type: 'string' },
    status: { enum: ['ACCEPTED'] },
    acceptedAt: { type: 'string', format: 'date-time' },
    deadline: { type: 'string', format: 'date-time', description: 'Of a REQUEST to another twin: until when its RESPONSE comes.' },
    receiverBackAt: {
      type: 'string',
      format: 'date-time',
      description:
        'The receiver is in planned maintenance until then; the message waits in its inbox, a REQUEST no longer than its deadline.',
    },
    payloadChecked: { const: false, description: 'There when the payload came by reference: it was not held against the schema.' },
    repeated: { type: 'boolean', description: 'Whether it had been accepted before; then nothing was stored again.' },
  },
};

/** Outcomes of an array of messages. */
export const BATCH_SCHEMA: Schema = {
  type: 'array',
  items: {
    oneOf: [RECEIPT_SCHEMA, { $ref: '#/components/schemas/Problem', description: 'Its pointers begin with the index in the array.' }],
  },
};

/** What is known of a message. */
export const REPORT_SCHEMA: Schema = {
  type: 'object',
  required: ['messageId', 'sender', 'acceptedAt', 'status'],
  properties: {
    messageId: { type: 'string' },
    sender: { type: 'string' },
    status: { enum: ['ACCEPTED', 'ANSWERED', 'WITHDRAWN'] },
    acceptedAt: { type: 'string', format: 'date-time' },
    withdrawnAt: { type: 'string', format: 'date-time', description: 'When its sender took it back.' },
    deadline: { type: 'string', format: 'date-time' },
    response: MESSAGE,
  },
};

/** The last value of a data feature. */
export const VALUE_SCHEMA: Schema = {
  type: 'object',
  required: ['twin', 'feature', 'messageId', 'publishedAt', 'ageMs', 'value'],
  properties: {
    twin: { type: 'string' },
    feature: { type: 'string' },
    unit: { type: 'string' },
    messageId: { type: 'string' },
    observedAt: { type: 'string', format: 'date-time' },
    publishedAt: { type: 'string', format: 'date-time' },
    ageMs: {
      type: 'integer',
      description: 'Milliseconds since it was observed or, when that is not known, published; by the database’s clock.',
    },
    value: { description: 'The payload as it was published; null when it was published by reference.' },
    valueRef: { type: 'object', description: 'Where the payload lies, when it was published by reference.' },
  },
};
