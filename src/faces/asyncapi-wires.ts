import { NOTIFICATION_SECRET_HEADER } from '../adaptor/protocol/inbound-protocol.js';
import { MESSAGE } from '../exchange/dto/wire-schemas.js';
import type { AsyncChannel, AsyncMessage, Schema } from './asyncapi-channel.js';

const TEXT: Schema = { type: 'string' };
const MOMENT: Schema = { type: 'string', format: 'date-time' };
const COUNT: Schema = { type: 'integer', minimum: 0 };

/** Attributes of CloudEvents, extensions included, as deliveries have them. */
const ATTRIBUTES: Readonly<Record<string, Schema>> = {
  specversion: { const: '1.0' },
  id: { ...TEXT, description: 'The messageId.' },
  source: { ...TEXT, description: 'The sender.' },
  type: { ...TEXT, examples: ['org.twinfed.message.notify.v1', 'org.twinfed.ping.v1'] },
  subject: { ...TEXT, description: 'Name or id of the object, if it has one.' },
  time: { ...MOMENT, description: 'When the message was accepted.' },
  deliveryid: { ...TEXT, description: 'The same in every attempt, unique within the inbox.' },
  receiver: TEXT,
  attempt: { type: 'integer', minimum: 1 },
  redelivered: { type: 'boolean' },
  replayed: { type: 'boolean' },
  leaseduntil: MOMENT,
  expiresat: MOMENT,
  answerby: { ...MOMENT, description: 'Of a REQUEST: until when it may be answered.' },
  fence: { ...COUNT, description: 'Grows when another broker takes over.' },
  traceparent: TEXT,
};
const ALWAYS = ['specversion', 'id', 'source', 'type', 'time', 'deliveryid', 'receiver', 'attempt', 'redelivered', 'leaseduntil', 'expiresat', 'fence']; // prettier-ignore

const SIGNED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
const SIGNATURE: Readonly<Record<string, Schema>> = Object.fromEntries(SIGNED.map((name) => [name, TEXT]));

const STRUCTURED: AsyncMessage = {
  summary: 'A message as one CloudEvents document (`format: structured`, the default).',
  contentType: 'application/cloudevents+json',
  headers: { type: 'object', required: SIGNED, properties: SIGNATURE },
  schema: {
    type: 'object',
    required: [...ALWAYS, 'datacontenttype', 'data'],
    properties: { ...ATTRIBUTES, datacontenttype: { const: 'application/json' }, data: MESSAGE },
  },
};

const BINARY: AsyncMessage = {
  summary: 'A message as the body, with the attributes as headers (`format: binary`).',
  headers: {
    type: 'object',
    required: [...SIGNED, ...ALWAYS.map((name) => `ce-${name}`)],
    properties: { ...SIGNATURE, ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, schema]) => [`ce-${name}`, schema])) },
  },
  schema: MESSAGE,
};

function frame(op: string, summary: string, properties: Schema = {}, required: readonly string[] = []): AsyncMessage {
  return { summary, schema: { type: 'object', required: ['op', ...required], properties: { op: { const: op }, ...properties } } };
}

const ID: Schema = { ...TEXT, description: 'Id of the delivery.' };

/** A document of a twin; its form is what the binding says. */
const DOCUMENT: AsyncMessage = { summary: 'A document in the format of the binding.', contentType: 'application/octet-stream', schema: {} };

/** Ways to and from twins by HTTP and WebSocket that the broker opens, or has others open: but for notifications the other side names the address. */
export const WIRE_CHANNELS: readonly AsyncChannel[] = [
  {
    name: 'webhookDelivery',
    title: 'Deliveries to a webhook',
    description:
      'The broker POSTs each message of an inbox to the endpoint that `PUT /v1/twins/{id}/inbox/delivery` names, after the endpoint agreed to it (OPTIONS with ' +
      '`WebHook-Request-Origin`). A 2xx settles; a REQUEST may be answered in its body. docs/exchange.md, "Webhooks", explains signatures, retries and limits.',
    address: null,
    sends: { structured: STRUCTURED, binary: BINARY },
    receives: { answer: { summary: 'The RESPONSE to a REQUEST, in the body of the 2xx.', schema: MESSAGE } },
  },
  {
    name: 'websocketDelivery',
    title: 'Deliveries over a twin’s WebSocket',
    description:
      'Of the delivery mode `websocket`: the broker connects to the twin’s server. With `acknowledge: frame` these frames are exchanged; with `acknowledge: pong` ' +
      'each delivery is its content alone, and the pong of a ping behind it settles it.',
    address: null,
    sends: {
      deliver: frame('deliver', 'A message.', { id: ID, attempt: { type: 'integer', minimum: 1 }, message: MESSAGE }, [
        'id',
        'attempt',
        'message',
      ]),
    },
    receives: {
      ack: frame('ack', 'It is done; of a REQUEST, perhaps with its RESPONSE.', { id: ID, answer: MESSAGE }, ['id']),
      nack: frame(
        'nack',
        'It is refused; with `afterMs`, the twin wants to be left alone so long.',
        { id: ID, reason: TEXT, afterMs: { type: 'number', minimum: 0 } },
        ['id'],
      ),
      gone: frame('gone', 'The twin wants nothing any more.'),
    },
  },
  {
    name: 'websocketBinding',
    title: 'Documents from a twin’s WebSocket',
    description:
      'Of a binding with the protocol `websocket`: the broker connects to the twin’s server, and each message is a document of a feature.',
    address: null,
    receives: { document: DOCUMENT },
  },
  {
    name: 'sseBinding',
    title: 'Documents from a twin’s server-sent events',
    description: 'Of a binding with the protocol `sse`: the broker reads the twin’s stream, and each event is a document of a feature.',
    address: null,
    receives: { document: DOCUMENT },
  },
  {
    name: 'notificationsBinding',
    title: 'Notifications of a context broker',
    description:
      'Of a binding with the protocol `ngsi-ld` that subscribes: the context broker POSTs its notifications here, with the secret that its subscription holds. See the ' +
      'OpenAPI document, `notifyBinding`.',
    address: '/v1/bindings/{id}/notifications',
    server: 'http',
    parameters: { id: 'Id of the address, as the subscription names it.' },
    receives: {
      notification: {
        summary: 'Entities that changed; each is a document of a feature.',
        headers: { type: 'object', properties: { [NOTIFICATION_SECRET_HEADER]: TEXT } },
        schema: {
          type: 'object',
          required: ['data'],
          properties: { id: TEXT, data: { type: 'array', minItems: 1, maxItems: 1_000, items: { type: 'object', required: ['id'] } } },
        },
      },
    },
  },
];
