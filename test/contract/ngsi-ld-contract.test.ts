import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InboundListener, InboundProtocol } from '../../src/adaptor/protocol/inbound-protocol.js';
import { NgsiLdProtocol } from '../../src/adaptor/protocol/ngsi-ld/ngsi-ld.protocol.js';
import { parseExact } from '../../src/kernel/exact-json.js';
import { freePort } from '../e2e/support/broker-process.js';
import { ContextBrokerServer } from '../support/context-broker-server.js';
import { HookServer } from '../support/hook-server.js';
import { HTTP } from './http-far-behaviour.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { localGuard } from './local-guard.js';
import { type FarEnd, messageOf, outboundProtocolContract } from './outbound-protocol.js';

const INVALID = [
  undefined,
  [],
  {},
  { url: 'ftp://example.org' },
  { url: 'http://169.254.169.254' },
  { url: 'http://user:secret@example.org' },
  { url: 'http://example.org/?tenant=x', types: ['T'] },
  { url: 'http://example.org', types: ['T'], token: 'x' },
];
const BEFORE = '{"id":"urn:ngsi-ld:Thing:1","type":"Thing","said":{"type":"Property","value":';
const AFTER = '}}';

function farEnd(): FarEnd {
  const servers: HookServer[] = [];
  return {
    protocol: new NgsiLdProtocol(localGuard()).outbound,
    async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
      const server = await HookServer.start();
      server.behaviour = (request, response) => {
        if (request.method !== 'GET') return HTTP[behaviour](request, response);
        return void response.writeHead(agrees ? 200 : 503, { 'content-type': 'application/json' }).end('{"typeList":[]}');
      };
      servers.push(server);
      return { url: server.url, timeoutMs };
    },
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}` }),
    invalid: INVALID,
    message: (value) => messageOf(`${BEFORE}${value}${AFTER}`),
    // A batch of one entity, which is the payload.
    received: () =>
      servers.flatMap(({ received }) => received.filter(({ method }) => method === 'POST').map(({ body }) => messageOf(body.slice(1, -1)))),
    async close() {
      for (const server of servers) await server.close();
    },
  };
}

// What an upsert is answered with are ids, not messages.
outboundProtocolContract('ngsi-ld', () => Promise.resolve(farEnd()), { cannot: ['answer'] });

/** Documents as they were said, without the entity around them. */
function unwrapped(protocol: InboundProtocol): InboundProtocol {
  const read = protocol.read.bind(protocol);
  const losses = protocol.losses.bind(protocol);
  return {
    name: protocol.name,
    credentials: protocol.credentials,
    read,
    losses,
    probe: (binding, signal) => protocol.probe(binding, signal),
    open: (binding, listener) => protocol.open(binding, unwrapping(listener)),
  };
}

function unwrapping(listener: InboundListener): InboundListener {
  return {
    received: (document) => listener.received({ ...document, document: String(document.document).slice(BEFORE.length, -AFTER.length) }),
    changed: (news, reason) => listener.changed(news, reason),
  };
}

interface City {
  readonly server: ContextBrokerServer;
  say(document: string): Promise<void>;
  breakOff(): Promise<void>;
}

async function aCity(): Promise<City> {
  const server = await ContextBrokerServer.start();
  return {
    server,
    say(document) {
      server.write(parseExact(`${BEFORE}${document}${AFTER}`) as never);
      return Promise.resolve();
    },
    breakOff() {
      let broken = 2;
      server.fault = (request) => {
        broken -= 1;
        if (broken < 0) return false;
        request.socket.destroy();
        return true;
      };
      return Promise.resolve();
    },
  };
}

const unreachable = async (): Promise<Record<string, unknown>> => ({
  url: `http://127.0.0.1:${await freePort()}`,
  types: ['Thing'],
  timeoutMs: 1_000,
});

inboundProtocolContract('ngsi-ld, polled', async (): Promise<Source> => {
  const { server, say, breakOff } = await aCity();
  return {
    protocol: unwrapped(new NgsiLdProtocol(localGuard()).inbound),
    settings: () => Promise.resolve({ url: server.url, types: ['Thing'], by: 'poll', intervalMs: 200 }),
    unreachable,
    invalid: [...INVALID, { url: server.url }, { url: server.url, types: ['T'], intervalMs: 1 }],
    say,
    breakOff,
    keeps: 'latest',
    names: true,
    close: () => server.close(),
  };
});

inboundProtocolContract('ngsi-ld, by subscription', async (): Promise<Source> => {
  const { server: city, say, breakOff } = await aCity();
  const { inbound } = new NgsiLdProtocol(localGuard());
  let current: InboundListener | undefined;
  // Stands for the brokers' operation: what is notified goes to whoever listens, and is answered when it is taken.
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const documents = inbound.notifications.read(Buffer.concat(chunks).toString());
      const listener = current;
      const taking = listener === undefined ? [] : documents.map((document) => listener.received(document));
      void Promise.all(taking).then((outcomes) => {
        const isTaken = listener !== undefined && outcomes.every(({ kind }) => kind !== 'later');
        response.writeHead(isTaken ? 204 : 429).end();
      });
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const notifications = { id: 'contract', url, secret: 's', secretUrl: url };
  const plain = unwrapped(inbound);
  const protocol: InboundProtocol = {
    ...plain,
    open(binding, listener) {
      const session = plain.open({ ...binding, notifications }, listener);
      const under = new Set<Promise<unknown>>();
      const unwrappedListener = unwrapping(listener);
      current = {
        ...unwrappedListener,
        received(document) {
          const work = unwrappedListener.received(document);
          under.add(work);
          return work;
        },
      };
      return {
        async close() {
          await session.close();
          await Promise.all(under);
          current = undefined;
        },
      };
    },
  };
  return {
    protocol,
    settings: () => Promise.resolve({ url: city.url, types: ['Thing'], intervalMs: 200 }),
    unreachable,
    invalid: [{ url: city.url, ids: ['urn:a:b'] }],
    say,
    breakOff,
    keeps: 'latest',
    names: true,
    // What is read once more has the name of the reading, not of the notification.
    renames: true,
    async close() {
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      await city.close();
    },
  };
});
