import { HttpOutbound } from '../../src/adaptor/protocol/http/http-outbound.js';
import { freePort } from '../e2e/support/broker-process.js';
import { HookServer } from '../support/hook-server.js';
import { HTTP } from './http-far-behaviour.js';
import { localGuard } from './local-guard.js';
import { aDelivery, type FarEnd, outboundProtocolContract } from './outbound-protocol.js';
import { HttpInbound } from '../../src/adaptor/protocol/http/http-inbound.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { aPolledResource } from './polled-resource.js';

function httpFarEnd(): FarEnd {
  const servers: HookServer[] = [];
  return {
    protocol: new HttpOutbound(localGuard()),
    async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
      const server = await HookServer.start();
      server.behaviour = HTTP[behaviour];
      if (!agrees) server.optionsStatus = 503;
      servers.push(server);
      return { url: server.url, timeoutMs };
    },
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/` }),
    invalid: [
      undefined,
      {},
      { url: 'ftp://example.org/' },
      { url: 'https://user:secret@example.org/' },
      { url: 'http://169.254.169.254/' },
      { url: 'https://example.org/', method: 'DELETE' },
      { url: 'https://example.org/', headers: { authorization: 'Bearer x' } },
      { url: 'https://example.org/', headers: { 'x-a': 'line\nbreak' } },
      { url: 'https://example.org/', token: 'x' },
    ],
    received: () => servers.flatMap((server) => server.received.map(({ body }) => body)),
    async close() {
      for (const server of servers) await server.close();
    },
  };
}

outboundProtocolContract('http', () => Promise.resolve(httpFarEnd()));

describe('http, outbound', () => {
  let server: HookServer;
  const protocol = new HttpOutbound(localGuard());
  beforeEach(async () => {
    server = await HookServer.start();
  });
  afterEach(() => server.close());

  it('shows its credentials and says what a payload is, without the message around it', async () => {
    const settings = protocol.read({
      url: server.url,
      content: 'text',
      mediaType: 'text/csv',
      headers: { 'x-area': 'north' },
      method: 'PUT',
    });
    const session = protocol.open({ settings, keys: [], credentials: { username: 'me', password: 'secret' } });
    const text = '{"header":{},"data":{"payload":"a,b\\n1,2"}}';
    expect(await session.send(aDelivery({ text }))).toEqual({ kind: 'accepted' });
    expect(server.received[0]).toMatchObject({ method: 'PUT', body: 'a,b\n1,2' });
    expect(server.received[0]?.headers).toMatchObject({
      'content-type': 'text/csv',
      'x-area': 'north',
      authorization: `Basic ${btoa('me:secret')}`,
      'idempotency-key': 'MSA3',
    });
    expect(await session.send(aDelivery())).toMatchObject({ kind: 'retry', fault: 'message' });
    await session.close();
  });

  it('gives back a result that is no message', async () => {
    server.behaviour = (_, response) => void response.writeHead(200, { 'content-type': 'text/csv' }).end('a\n1');
    const session = protocol.open({ settings: protocol.read({ url: server.url, content: 'payload' }), keys: [] });
    const outcome = await session.send(aDelivery());
    expect(outcome).toEqual({ kind: 'accepted', result: { document: Buffer.from('a\n1'), mediaType: 'text/csv' } });
    await session.close();
  });

  it('follows no redirect', async () => {
    server.behaviour = (_, response) => void response.writeHead(307, { location: 'http://169.254.169.254/' }).end();
    const session = protocol.open({ settings: protocol.read({ url: server.url }), keys: [] });
    expect(await session.send(aDelivery())).toMatchObject({ kind: 'retry', reason: expect.stringContaining('redirects') as string });
    await session.close();
  });
});

async function httpSource(): Promise<Source> {
  const resource = await aPolledResource();
  const protocol = new HttpInbound(localGuard());
  // The probe wants the resource itself.
  const probe: HttpInbound['probe'] = (binding, signal) => {
    resource.document ??= '{"n":0}';
    return HttpInbound.prototype.probe.call(protocol, binding, signal);
  };
  return {
    protocol: Object.assign(protocol, { probe }),
    settings: () => Promise.resolve({ url: resource.url, intervalMs: 200 }),
    unreachable: async () => ({ url: `http://127.0.0.1:${await freePort()}/` }),
    invalid: [undefined, {}, { url: 'mqtt://example.org' }, { url: 'http://10.0.0.1/' }, { url: 'http://example.org', intervalMs: 1 }],
    say: (document) => resource.say(document),
    breakOff: () => resource.breakOff(),
    keeps: 'latest',
    names: true,
    close: () => resource.close(),
  };
}

inboundProtocolContract('http', httpSource);
