import { createServer, type IncomingMessage, type ObserveWriteStream, type OutgoingMessage, type Server } from 'coap';
import { CoapProtocol } from '../../src/adaptor/protocol/coap/coap.protocol.js';
import { freePort } from '../e2e/support/broker-process.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { localGuard } from './local-guard.js';
import { type FarBehaviour, type FarEnd, outboundProtocolContract } from './outbound-protocol.js';

const { outbound, inbound } = new CoapProtocol(localGuard());

/** A CoAP server of this process. */
async function serve(
  behave: (request: IncomingMessage, response: OutgoingMessage | ObserveWriteStream) => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ type: 'udp4' });
  server.on('request', behave);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return { server, port };
}

const ANSWERS: Partial<Record<FarBehaviour, (response: OutgoingMessage) => void>> = {
  accept: (response) => {
    response.code = '2.04';
    response.end();
  },
  'refuse-message': (response) => {
    response.code = '4.00';
    response.end();
  },
  fail: (response) => {
    response.code = '5.00';
    response.end();
  },
  'ask-to-wait': (response) => {
    response.code = '4.29';
    response.setOption('Max-Age', 7);
    response.end();
  },
  answer: (response) => {
    response.code = '2.04';
    response.setOption('Content-Format', 'application/json');
    response.end('{"answer":1.50}');
  },
};

function farEnd(): FarEnd {
  const servers: Server[] = [];
  const received: string[] = [];
  return {
    protocol: outbound,
    async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
      const { server, port } = await serve((request, response) => {
        if (request.method === 'GET') {
          response.code = agrees ? '4.05' : '5.03';
          return void response.end();
        }
        received.push(request.payload.toString());
        ANSWERS[behaviour]?.(response as OutgoingMessage);
      });
      servers.push(server);
      return { url: `coap://127.0.0.1:${port}/in`, timeoutMs };
    },
    unreachable: async () => ({ url: `coap://127.0.0.1:${await freePort()}/in`, timeoutMs: 200 }),
    invalid: [undefined, {}, { url: 'coaps://example.org' }, { url: 'coap://10.0.0.1/' }, { url: 'coap://example.org', maxInFlight: 17 }],
    received: () => received,
    close() {
      for (const server of servers) server.close();
      return Promise.resolve();
    },
  };
}

outboundProtocolContract('coap', () => Promise.resolve(farEnd()), { cannot: ['gone', 'break-off'] });

async function source(): Promise<Source> {
  let state = '';
  let isBroken = false;
  const observers = new Set<ObserveWriteStream>();
  const { server, port } = await serve((request, response) => {
    if (isBroken) {
      isBroken = false;
      response.code = '5.03';
      return void response.end();
    }
    if (request.headers['Observe'] !== 0) return void response.end(state === '' ? 'x' : state);
    const observer = response as ObserveWriteStream;
    observers.add(observer);
    observer.on('finish', () => observers.delete(observer));
    observer.write(state);
  });
  return {
    protocol: inbound,
    settings: () => Promise.resolve({ url: `coap://127.0.0.1:${port}/state`, refreshSeconds: 1, timeoutMs: 2_000 }),
    unreachable: async () => ({ url: `coap://127.0.0.1:${await freePort()}/`, timeoutMs: 200 }),
    invalid: [
      undefined,
      {},
      { url: 'http://example.org' },
      { url: 'coap://127.0.0.1/', refreshSeconds: 0 },
      { url: 'coap://192.168.0.1/' },
    ],
    say(document) {
      state = document;
      for (const observer of observers) observer.write(document);
      return Promise.resolve();
    },
    breakOff() {
      isBroken = true;
      return Promise.resolve();
    },
    keeps: 'latest',
    names: true,
    close() {
      server.close();
      return Promise.resolve();
    },
  };
}

inboundProtocolContract('coap', source);
