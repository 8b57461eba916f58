import { DELIVERY } from '../exchange/dto/wire-schemas.js';
import { CLIENT_FRAMES, type FrameDescription, SERVER_FRAMES } from '../exchange/session/frame-schemas.js';
import { CLOSE_CODES, CLOSE_MEANINGS, type SessionEndName } from '../exchange/session/session-end.js';
import { MAX_FRAME_BYTES, SESSION_PATH, SUBPROTOCOL } from '../exchange/session/session-limits.js';

type Schema = Record<string, unknown>;

/** A way on which messages go without being asked for one by one, for the AsyncAPI document. */
export interface AsyncChannel {
  /** Name within the document. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The path at the broker; null where the other side names the address. */
  readonly address: string | null;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly bindings?: Schema;
  /** What the broker takes in, by name. */
  readonly receives?: Readonly<Record<string, FrameDescription>>;
  /** What the broker sends, by name. */
  readonly sends?: Readonly<Record<string, FrameDescription>>;
}

const TWIN = { twin: 'Id of the twin, percent-encoded.' };
const STREAM_OPENED: FrameDescription = {
  summary: 'The first event: `POST /v1/streams/{id}/token` with a new token keeps the stream open.',
  schema: {
    type: 'object',
    required: ['id', 'expiresAt'],
    properties: { id: { type: 'string', format: 'uuid' }, expiresAt: { type: 'string', format: 'date-time' } },
  },
};

const closeCodes = (Object.keys(CLOSE_CODES) as SessionEndName[])
  .map((name) => `- ${CLOSE_CODES[name]}: ${CLOSE_MEANINGS[name]}`)
  .join('\n');

/** Every such way. Whoever adds one adds it here. */
export const CHANNELS: readonly AsyncChannel[] = [
  {
    name: 'exchange',
    title: 'The exchange over one WebSocket',
    description:
      `Publish, receive and settle on one connection, with credit in both directions. Subprotocol \`${SUBPROTOCOL}\`; frames are JSON text of at most ` +
      `${MAX_FRAME_BYTES} bytes. The bearer token goes in the Authorization header, or in the first frame; never in the query string. docs/exchange.md ` +
      `explains the protocol.\n\nClose codes:\n\n${closeCodes}`,
    address: SESSION_PATH,
    bindings: {
      ws: {
        method: 'GET',
        headers: {
          type: 'object',
          required: ['Sec-WebSocket-Protocol'],
          properties: { Authorization: { type: 'string', pattern: '^Bearer ' }, 'Sec-WebSocket-Protocol': { const: SUBPROTOCOL } },
        },
      },
    },
    receives: CLIENT_FRAMES,
    sends: SERVER_FRAMES,
  },
  {
    name: 'inboxStream',
    title: 'An inbox as server-sent events',
    description:
      'One event per message; its id is the reader’s place in the inbox, opaque, and absent for redeliveries. See the OpenAPI document, `streamInbox`.',
    address: '/v1/twins/{twin}/inbox/stream',
    parameters: TWIN,
    sends: { stream: STREAM_OPENED, message: { summary: 'A message.', schema: DELIVERY } },
  },
  {
    name: 'registryFeed',
    title: 'Changes of the registry as server-sent events',
    description: 'Every change of a twin that the caller could see, in commit order. See the OpenAPI document, `readRegistryEvents`.',
    address: '/v1/registry/events',
    sends: {
      stream: STREAM_OPENED,
      change: {
        summary: 'A change; the event is named by its type.',
        schema: { type: 'object', required: ['id', 'type'], properties: { id: { type: 'string' }, type: { type: 'string' } } },
      },
    },
  },
];
