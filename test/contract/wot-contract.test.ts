import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WotInbound } from '../../src/adaptor/protocol/wot/wot-inbound.js';
import { WotProtocol } from '../../src/adaptor/protocol/wot/wot.protocol.js';
import { freePort } from '../e2e/support/broker-process.js';
import { HookServer } from '../support/hook-server.js';
import { HTTP } from './http-far-behaviour.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { localGuard } from './local-guard.js';
import { type FarEnd, messageOf, outboundProtocolContract } from './outbound-protocol.js';
import { aPolledResource } from './polled-resource.js';

const INVALID = [
  undefined,
  [],
  {},
  { td: {} },
  { url: 'ftp://example.org/td' },
  { url: 'http://169.254.169.254/td' },
  { url: 'http://user:secret@example.org/td' },
  { td: { securityDefinitions: {} }, url: 'http://example.org/td' },
  { url: 'http://example.org/td', token: 'x' },
];
const thing = (form: object): object => ({
  title: 'thing',
  securityDefinitions: { none: { scheme: 'nosec' } },
  security: 'none',
  properties: { flow: { forms: [form] } },
});

function farEnd(): FarEnd {
  const servers: HookServer[] = [];
  return {
    protocol: new WotProtocol(localGuard()).outbound,
    async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
      const server = await HookServer.start();
      server.behaviour = HTTP[behaviour];
      servers.push(server);
      return { td: thing({ href: server.url }), timeoutMs, ...(agrees ? {} : { affordances: { flow: 'no-such-thing' } }) };
    },
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/td` }),
    invalid: INVALID,
    // What goes over the wire is the payload alone.
    received: () => servers.flatMap((server) => server.received.map(({ body }) => messageOf(body))),
    async close() {
      for (const server of servers) await server.close();
    },
  };
}

// A thing has results, which answer requests; it has no messages to answer with.
outboundProtocolContract('wot', () => Promise.resolve(farEnd()), { cannot: ['answer'] });

async function polled(): Promise<Source> {
  const resource = await aPolledResource();
  const protocol = new WotInbound(localGuard());
  // The probe wants the property itself.
  const probe: WotInbound['probe'] = (binding, signal) => {
    resource.document ??= '{"n":0}';
    return WotInbound.prototype.probe.call(protocol, binding, signal);
  };
  return {
    protocol: Object.assign(protocol, { probe }),
    settings: () => Promise.resolve({ td: thing({ href: resource.url }), property: 'flow', intervalMs: 200 }),
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/td`, property: 'flow' }),
    invalid: [...INVALID, { url: 'http://example.org/td' }, { url: 'http://example.org/td', property: 'a', event: 'b' }],
    say: (document) => resource.say(document),
    breakOff: () => resource.breakOff(),
    keeps: 'latest',
    names: true,
    close: () => resource.close(),
  };
}

inboundProtocolContract('wot, polled', polled);

/** A thing that answers each long poll with what it says next. */
async function observed(): Promise<Source> {
  const said: string[] = [];
  const waiting = new Set<ServerResponse>();
  const answer = (): void => {
    for (const response of waiting) {
      const document = said.shift();
      if (document === undefined) return;
      waiting.delete(response);
      response.writeHead(200, { 'content-type': 'application/json' }).end(document);
    }
  };
  const server = createServer((_, response) => {
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
    answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const form = { href: `http://127.0.0.1:${port}/flow`, op: 'observeproperty', subprotocol: 'longpoll' };
  return {
    protocol: new WotProtocol(localGuard()).inbound,
    settings: () => Promise.resolve({ td: thing(form), property: 'flow', by: 'observe' }),
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/td`, property: 'flow', by: 'observe' }),
    invalid: [{ td: thing({ href: form.href, op: 'observeproperty' }), property: 'flow', by: 'observe' }],
    say(document) {
      said.push(document);
      answer();
      return Promise.resolve();
    },
    breakOff() {
      for (const response of waiting) response.socket?.destroy();
      return Promise.resolve();
    },
    keeps: 'nothing',
    names: false,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

inboundProtocolContract('wot, observed', observed);
