import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { WebSocketProtocol } from '../../src/adaptor/protocol/websocket/websocket.protocol.js';
import { freePort } from '../e2e/support/broker-process.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { localGuard } from './local-guard.js';
import { aDelivery, type FarBehaviour, type FarEnd, outboundProtocolContract } from './outbound-protocol.js';

const { outbound, inbound } = new WebSocketProtocol(localGuard());

/** A server of this process; `refuses` whom it lets in. */
async function serve(options: { refuses?: boolean; autoPong?: boolean } = {}): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    autoPong: options.autoPong ?? true,
    verifyClient: () => options.refuses !== true,
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

async function end(server: WebSocketServer): Promise<void> {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
}

const REPLIES: Partial<Record<FarBehaviour, (id: string) => string>> = {
  accept: (id) => JSON.stringify({ op: 'ack', id }),
  'refuse-message': (id) => JSON.stringify({ op: 'nack', id, reason: 'no' }),
  'ask-to-wait': (id) => JSON.stringify({ op: 'nack', id, reason: 'busy', afterMs: 7_000 }),
  gone: () => JSON.stringify({ op: 'gone' }),
  answer: (id) => `{"op":"ack","id":${JSON.stringify(id)},"answer":{"answer":1.50}}`,
};

function farEnd(acknowledge: 'pong' | 'frame'): FarEnd {
  const servers: WebSocketServer[] = [];
  const received: string[] = [];
  const attend = (socket: WebSocket, behaviour: FarBehaviour): void => {
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (behaviour === 'fail' || behaviour === 'break-off') return socket.terminate();
      if (acknowledge === 'pong') return void received.push(text);
      received.push(text.slice(text.indexOf('"message":') + 10, -1));
      const { id } = JSON.parse(text) as { id: string };
      const reply = REPLIES[behaviour];
      if (reply !== undefined) socket.send(reply(id));
    });
  };
  return {
    protocol: outbound,
    async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
      const { server, url } = await serve({ refuses: !agrees, autoPong: behaviour !== 'stay-silent' });
      servers.push(server);
      server.on('connection', (socket) => attend(socket, behaviour));
      return { url, acknowledge, timeoutMs };
    },
    unreachable: async () => ({ url: `ws://127.0.0.1:${await freePort()}/` }),
    invalid: [
      undefined,
      {},
      { url: 'http://example.org' },
      { url: 'ws://user:secret@example.org' },
      { url: 'ws://[fe80::1]/' },
      { url: 'ws://example.org', acknowledge: 'frame', content: 'payload' },
      { url: 'ws://example.org', headers: { cookie: 'x' } },
    ],
    received: () => received,
    async close() {
      for (const server of servers) await end(server);
    },
  };
}

outboundProtocolContract('websocket, frames', () => Promise.resolve(farEnd('frame')));
outboundProtocolContract('websocket, pongs', () => Promise.resolve(farEnd('pong')), {
  cannot: ['refuse-message', 'ask-to-wait', 'gone', 'answer'],
});

async function source(): Promise<Source> {
  const { server, url } = await serve();
  return {
    protocol: inbound,
    settings: () => Promise.resolve({ url }),
    unreachable: async () => ({ url: `ws://127.0.0.1:${await freePort()}/` }),
    invalid: [undefined, {}, { url: 'mqtt://example.org' }, { url: 'wss://127.1.1.1', pingSeconds: 0 }, { url: 'ws://10.1.1.1' }],
    say(document) {
      for (const client of server.clients) client.send(document);
      return Promise.resolve();
    },
    breakOff() {
      for (const client of server.clients) client.terminate();
      return Promise.resolve();
    },
    keeps: 'nothing',
    names: false,
    close: () => end(server),
  };
}

inboundProtocolContract('websocket', source);

it('sends bytes as a binary message, with the credentials it is given', async () => {
  const { server, url } = await serve();
  const came = new Promise<{ data: Buffer; isBinary: boolean; authorization?: string }>((resolve) => {
    server.on('connection', (socket, { headers: { authorization } }) => {
      socket.on('message', (data, isBinary) =>
        resolve({ data: data as Buffer, isBinary, ...(authorization === undefined ? {} : { authorization }) }),
      );
    });
  });
  const session = outbound.open({ settings: outbound.read({ url, content: 'bytes' }), keys: [], credentials: { token: 'secret' } });
  const text = JSON.stringify({ header: {}, data: { payload: Buffer.from([1, 2, 255]).toString('base64url') } });
  expect(await session.send(aDelivery({ text }))).toEqual({ kind: 'accepted' });
  expect(await came).toEqual({ data: Buffer.from([1, 2, 255]), isBinary: true, authorization: 'Bearer secret' });
  expect(await session.send(aDelivery())).toMatchObject({ kind: 'retry', fault: 'message' });
  await session.close();
  await end(server);
});
