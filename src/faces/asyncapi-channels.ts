import { CLIENT_FRAMES, SERVER_FRAMES } from '../exchange/session/frame-schemas.js';
import { CLOSE_CODES, CLOSE_MEANINGS, type SessionEndName } from '../exchange/session/session-end.js';
import { MAX_FRAME_BYTES, SESSION_PATH, SUBPROTOCOL } from '../exchange/session/session-limits.js';
import type { AsyncChannel } from './asyncapi-channel.js';
import { EVENT_STREAMS } from './asyncapi-streams.js';
import { WIRE_CHANNELS } from './asyncapi-wires.js';

const closeCodes = (Object.keys(CLOSE_CODES) as SessionEndName[])
  .map((name) => `- ${CLOSE_CODES[name]}: ${CLOSE_MEANINGS[name]}`)
  .join('\n');

const SESSION: AsyncChannel = {
  name: 'exchange',
  title: 'The exchange over one WebSocket',
  description:
    `Publish, receive and settle on one connection, with credit in both directions. Subprotocol \`${SUBPROTOCOL}\`; frames are JSON text of at most ` +
    `${MAX_FRAME_BYTES} bytes. The bearer token goes in the Authorization header, or in the first frame; never in the query string. docs/exchange.md ` +
    `explains the protocol.\n\nClose codes:\n\n${closeCodes}`,
  address: SESSION_PATH,
  server: 'websocket',
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
};

/** Every way on which messages go without being asked for one by one. A test compares them with the code. */
export const CHANNELS: readonly AsyncChannel[] = [SESSION, ...EVENT_STREAMS, ...WIRE_CHANNELS];
