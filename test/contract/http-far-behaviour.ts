import type { HookBehaviour } from '../support/hook-server.js';
import type { FarBehaviour } from './outbound-protocol.js';

/** How an HTTP server behaves so. */
export const HTTP: Readonly<Record<FarBehaviour, HookBehaviour>> = {
  accept: (_, response) => void response.writeHead(204).end(),
  'refuse-message': (_, response) => void response.writeHead(422).end('no'),
  fail: (_, response) => void response.writeHead(500).end(),
  'ask-to-wait': (_, response) => void response.writeHead(429, { 'retry-after': '7' }).end(),
  gone: (_, response) => void response.writeHead(410).end(),
  'stay-silent': () => undefined,
  'break-off': (_, response) => void response.socket?.destroy(),
  answer: (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"answer":1.50}'),
};
