import type { Config } from '../config/config.js';
import { DELIVERY, MESSAGE, RECEIPT_SCHEMA } from '../exchange/dto/wire-schemas.js';
import type { AsyncChannel, AsyncMessage } from './asyncapi-channel.js';
import { CHANNELS } from './asyncapi-channels.js';
import { VERSION } from './openapi-document.js';

type Json = Record<string, unknown>;
type Frames = Readonly<Record<string, AsyncMessage>>;

/** Schemas that stand once and are referred to, here and in OpenAPI the same. */
const SHARED: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [MESSAGE, 'Message'],
  [DELIVERY, 'Delivery'],
  [RECEIPT_SCHEMA, 'Receipt'],
]);

const DESCRIPTION =
  'What goes without being asked for one by one: the session of the exchange over WebSocket, streams of server-sent events, and, where twins name the address, ' +
  'deliveries to webhooks and WebSockets and documents read from them. Everything else is in /openapi.json; other protocols of delivery are in docs/adaptor.md. ' +
  'Actions are the broker’s: it receives what the other side sends.';

/** The AsyncAPI 3.0 description of these channels. */
export function buildAsyncApi(config: Config, channels: readonly AsyncChannel[] = CHANNELS): Json {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'twinfed: digital twin federation broker',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: serversOf(config),
    channels: Object.fromEntries(channels.map((channel) => [channel.name, channelOf(channel)])),
    operations: Object.fromEntries(
      channels.flatMap((channel) => [
        ...operationsOf(channel, 'receive', channel.receives),
        ...operationsOf(channel, 'send', channel.sends),
      ]),
    ),
    components: {
      schemas: Object.fromEntries([...SHARED].map(([schema, name]) => [name, members(schema as Json)])),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token from /oauth/token.' } },
    },
  };
}

function serversOf({ publicUrl }: Config): Json {
  const base = new URL(publicUrl ?? 'http://127.0.0.1:3000');
  const secure = base.protocol === 'https:';
  const server = (protocol: string): Json => ({
    host: base.host,
    ...(base.pathname === '/' ? {} : { pathname: base.pathname }),
    protocol,
    security: [{ $ref: '#/components/securitySchemes/bearer' }],
  });
  return { websocket: server(secure ? 'wss' : 'ws'), http: server(base.protocol.slice(0, -1)) };
}

function channelOf({ title, description, address, server, parameters, bindings, receives = {}, sends = {} }: AsyncChannel): Json {
  return {
    address,
    title,
    description,
    ...(server && { servers: [{ $ref: `#/servers/${server}` }] }),
    ...(parameters && { parameters: Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, { description: text }])) }),
    messages: { ...messagesOf('receive', receives), ...messagesOf('send', sends) },
    ...(bindings && { bindings }),
  };
}

/** A name may stand for something in each direction. */
function messageName(action: 'receive' | 'send', name: string): string {
  return `${action}.${name}`;
}

function messagesOf(action: 'receive' | 'send', frames: Frames): Json {
  return Object.fromEntries(
    Object.entries(frames).map(([name, { schema, ...message }]) => [
      messageName(action, name),
      { name, ...message, payload: refer(schema) },
    ]),
  );
}

function operationsOf({ name: channel, title }: AsyncChannel, action: 'receive' | 'send', frames: Frames = {}): [string, Json][] {
  const names = Object.keys(frames);
  if (names.length === 0) return [];
  const channelRef = `#/channels/${channel}`;
  const messages = names.map((name) => ({ $ref: `${channelRef}/messages/${messageName(action, name)}` }));
  return [[`${channel}.${action}`, { action, title, channel: { $ref: channelRef }, messages }]];
}

/** A copy in which shared schemas are referred to. */
function refer(value: unknown): unknown {
  const shared = SHARED.get(value);
  return shared === undefined ? members(value) : { $ref: `#/components/schemas/${shared}` };
}

function members(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(refer);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, refer(member)]));
}
