import { TRIGGER_REASONS } from '../discovery/standing/standing-query.js';
import { DELIVERY } from '../exchange/dto/wire-schemas.js';
import { REGISTRY_EVENT_TYPES } from '../registry/feed/registry-event.js';
import type { AsyncChannel, AsyncMessage, Schema } from './asyncapi-channel.js';

const TEXT: Schema = { type: 'string' };
const MOMENT: Schema = { type: 'string', format: 'date-time' };
const COUNT: Schema = { type: 'integer', minimum: 1 };

const STREAM_OPENED: AsyncMessage = {
  summary: 'The first event: `POST /v1/streams/{id}/token` with a new token keeps the stream open.',
  schema: {
    type: 'object',
    required: ['id', 'expiresAt'],
    properties: { id: { type: 'string', format: 'uuid' }, expiresAt: MOMENT },
  },
};

const PLACE: Schema = { ...TEXT, description: 'Opaque place, also the id of the event: reading goes on after it (`Last-Event-ID`).' };

const REGISTRY_EVENT: Schema = {
  type: 'object',
  required: ['id', 'type', 'twin', 'recordedAt'],
  properties: {
    id: PLACE,
    type: { enum: [...REGISTRY_EVENT_TYPES] },
    twin: TEXT,
    owner: TEXT,
    domain: TEXT,
    incarnation: COUNT,
    version: COUNT,
    features: {
      type: 'object',
      additionalProperties: { type: 'array', items: TEXT },
      description: 'Names of features added, changed, removed.',
    },
    recordedAt: MOMENT,
  },
};

const NOTIFICATION: Schema = {
  type: 'object',
  required: ['id', 'reason', 'twin', 'toldAt'],
  properties: { id: PLACE, reason: { enum: [...TRIGGER_REASONS] }, twin: TEXT, toldAt: MOMENT },
};

/** Events that are named by what they tell, all of one form. */
function eventsOf(names: readonly string[], summary: string, schema: Schema): Readonly<Record<string, AsyncMessage>> {
  return Object.fromEntries(names.map((name) => [name, { summary, schema }]));
}

/** The streams of server-sent events; a message's name is that of the event. Every route that answers `text/event-stream` is here. */
export const EVENT_STREAMS: readonly AsyncChannel[] = [
  {
    name: 'inboxStream',
    title: 'An inbox as server-sent events',
    description:
      'One event per message; its id is the reader’s place in the inbox, opaque, and absent for redeliveries. See the OpenAPI document, `streamInbox`.',
    address: '/v1/twins/{twin}/inbox/stream',
    server: 'http',
    parameters: { twin: 'Id of the twin, percent-encoded.' },
    sends: { stream: STREAM_OPENED, message: { summary: 'A message.', schema: DELIVERY } },
  },
  {
    name: 'registryFeed',
    title: 'Changes of the registry as server-sent events',
    description: 'Every change of a twin that the caller could see, in commit order. See the OpenAPI document, `readRegistryEvents`.',
    address: '/v1/registry/events',
    server: 'http',
    sends: { stream: STREAM_OPENED, ...eventsOf(REGISTRY_EVENT_TYPES, 'What happened to a twin.', REGISTRY_EVENT) },
  },
  {
    name: 'standingQuery',
    title: 'What a standing query tells, as server-sent events',
    description:
      'Twins that begin to match, change while they match, and match no more, in order. See the OpenAPI document, `readStandingQueryEvents`.',
    address: '/v1/discovery/standing-queries/{name}/events',
    server: 'http',
    parameters: { name: 'Name of the standing query, chosen by the organization.' },
    sends: { stream: STREAM_OPENED, ...eventsOf(TRIGGER_REASONS, 'How the twin stands to the query.', NOTIFICATION) },
  },
];
