import { createHmac, verify } from 'node:crypto';
import { aDelivery } from '../../../../test/contract/outbound-protocol.js';
import { HookServer, type HookBehaviour } from '../../../../test/support/hook-server.js';
import { LOCALHOST_TLS } from '../../../../test/support/localhost-tls.js';
import { Config } from '../../../config/config.js';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { newEndpointKey, readEndpointKey, readPublicKey } from '../endpoint-key.js';
import type { SendOutcome } from '../outbound-protocol.js';
import { WebhookClient } from './webhook-request.js';
import type { WebhookSettings } from './webhook-settings.js';
import { WebhookProtocol, WebhookSession } from './webhook.protocol.js';

const LOCAL = ['127.0.0.0/8', '::1'];
const servers: HookServer[] = [];
const protocols: WebhookProtocol[] = [];
afterEach(async () => {
  for (const protocol of protocols.splice(0)) protocol.onApplicationShutdown();
  for (const server of servers.splice(0)) await server.close();
});

function config(outboundAllow: string[]): Config {
  return Object.assign(new Config(), { outboundAllow, publicUrl: 'https://broker.example.org/' });
}

function protocolFor(outboundAllow = LOCAL): WebhookProtocol {
  const protocol = new WebhookProtocol(new OutboundGuard(config(outboundAllow)), config(outboundAllow));
  protocols.push(protocol);
  return protocol;
}

async function aServer(behaviour?: HookBehaviour, options?: Parameters<typeof HookServer.start>[0]): Promise<HookServer> {
  const server = await HookServer.start(options);
  if (behaviour !== undefined) server.behaviour = behaviour;
  servers.push(server);
  return server;
}

const settingsFor = (url: string, more: Partial<WebhookSettings> = {}): WebhookSettings => ({
  url,
  format: 'structured',
  maxInFlight: 10,
  timeoutMs: 5_000,
  ...more,
});

function send(server: HookServer, more: Partial<WebhookSettings> = {}): Promise<SendOutcome> {
  return protocolFor()
    .open({ settings: settingsFor(server.url, more), keys: [] })
    .send(aDelivery());
}

describe('a webhook delivery', () => {
  it('is a structured CloudEvent whose data is the message', async () => {
    const server = await aServer();
    const keys = [readEndpointKey('hmac-sha256', newEndpointKey('hmac-sha256').secret)];
    const delivery = aDelivery({ attempt: 3, redelivered: true, answerBy: '2026-01-01T12:00:20.000Z', traceparent: '00-aa-bb-01' });
    await protocolFor()
      .open({ settings: settingsFor(server.url), keys })
      .send(delivery);
    const [request] = server.received;
    expect(request?.headers).toMatchObject({ 'content-type': 'application/cloudevents+json; charset=utf-8', 'webhook-id': 'MSA3' });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      specversion: '1.0',
      id: 'message-1',
      source: 'urn:test:fire',
      type: 'org.twinfed.message.provide.v1',
      subject: 'flow',
      time: '2026-01-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      deliveryid: 'MSA3',
      receiver: 'urn:test:traffic',
      attempt: 3,
      redelivered: true,
      leaseduntil: '2026-01-01T12:00:30.000Z',
      expiresat: '2026-01-02T12:00:00.000Z',
      answerby: '2026-01-01T12:00:20.000Z',
      fence: 1,
      traceparent: '00-aa-bb-01',
      data: JSON.parse(delivery.text) as unknown,
    });
    expect(request?.body).toContain('12345678901234567890.10');
  });

  it('is a binary CloudEvent with encoded attributes', async () => {
    const server = await aServer();
    const delivery = aDelivery({ subject: 'Größe "50 %"', messageId: 'id with space' });
    await protocolFor()
      .open({ settings: settingsFor(server.url, { format: 'binary' }), keys: [] })
      .send(delivery);
    const [request] = server.received;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'id%20with%20space',
      'ce-source': 'urn:test:fire',
      'ce-subject': 'Gr%C3%B6%C3%9Fe%20%2250%20%25%22',
      'ce-redelivered': 'false',
      'ce-fence': '1',
    });
    expect(request?.body).toBe(delivery.text);
  });

  it('is signed with every key, so that a receiver who knows one of them can check it', async () => {
    const server = await aServer();
    const old = newEndpointKey('hmac-sha256', `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    const next = newEndpointKey('ed25519');
    const keys = [readEndpointKey('hmac-sha256', old.secret), readEndpointKey('ed25519', next.secret)];
    await protocolFor()
      .open({ settings: settingsFor(server.url), keys })
      .send(aDelivery());
    const [request] = server.received;
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = request?.headers ?? {};
    const signed = Buffer.from(`${String(id)}.${String(time)}.${request?.body ?? ''}`);
    const [symmetric = '', asymmetric = ''] = String(signatures).split(' ');
    expect(symmetric).toBe(`v1,${createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64')}`);
    expect(asymmetric).toMatch(/^v1a,/);
    expect(verify(null, signed, readPublicKey(next.publicKey ?? ''), Buffer.from(asymmetric.slice(4), 'base64'))).toBe(true);
    expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(60);
  });
});

describe('a webhook that misbehaves', () => {
  it('is cut off when it would answer later than the timeout', async () => {
    const server = await aServer((_, response) => void setTimeout(() => response.writeHead(204).end(), 29_000).unref());
    expect(await send(server, { timeoutMs: 200 })).toEqual({ kind: 'retry', fault: 'endpoint', reason: 'it did not answer in time' });
  });

  it('has accepted when it said so, whatever it streams afterwards, which is cut off', async () => {
    let closed: () => void;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const server = await aServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write('['), 10).unref();
      response.once('close', () => {
        clearInterval(drip);
        closed();
      });
    });
    expect(await send(server, { timeoutMs: 200 })).toEqual({ kind: 'accepted' });
    await isClosed;
  });

  it('is read up to 64 KiB and no further', async () => {
    let written = 0;
    const server = await aServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 'x'))) written += 16_384;
      };
      response.on('drain', pour);
      pour();
    });
    expect(await send(server)).toEqual({ kind: 'accepted' });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('may not send endless headers', async () => {
    const server = await aServer((_, response) => void response.writeHead(200, { 'x-large': 'x'.repeat(20_000) }).end());
    expect(await send(server)).toMatchObject({ kind: 'retry', fault: 'endpoint' });
  });

  it('cannot redirect', async () => {
    const inside = await aServer();
    const server = await aServer((_, response) => void response.writeHead(307, { location: inside.url }).end());
    expect(await send(server)).toMatchObject({
      kind: 'retry',
      fault: 'endpoint',
      reason: expect.stringMatching(/307.*not followed/) as string,
    });
    expect(inside.received).toEqual([]);
  });

  it('cannot make the broker wait longer than an hour', async () => {
    const server = await aServer((_, response) => void response.writeHead(503, { 'retry-after': '999999999' }).end());
    expect(await send(server)).toMatchObject({ kind: 'retry', fault: 'not-taken', afterMs: 3_600_000 });
  });

  it('may close a connection that idled', async () => {
    const server = await aServer();
    const session = protocolFor().open({ settings: settingsFor(server.url), keys: [] });
    expect(await session.send(aDelivery())).toEqual({ kind: 'accepted' });
    server.dropIdle();
    expect(await session.send(aDelivery())).toEqual({ kind: 'accepted' });
  });
});

describe('where a webhook may be', () => {
  it('is decided when it is connected to: a name that leads inside is not', async () => {
    const server = await aServer(undefined, { host: 'localhost' });
    const outcome = await protocolFor([])
      .open({ settings: settingsFor(server.url), keys: [] })
      .send(aDelivery());
    expect(outcome).toEqual({ kind: 'retry', fault: 'not-taken', reason: 'the broker does not connect to its address' });
    expect(server.received).toEqual([]);
  });

  it('is decided at every connection, and the connection goes to the very address', async () => {
    const server = await aServer(undefined, { host: 'rebinding.invalid' });
    const answers = ['127.0.0.1', '169.254.169.254'];
    const guard = new OutboundGuard(config(LOCAL));
    // A name server that answers differently the second time.
    guard.resolve = async () => OutboundGuard.prototype.resolve.call(guard, answers.shift() ?? '10.0.0.1');
    const client = new WebhookClient(guard);
    const session = new WebhookSession(client, settingsFor(server.url), [], 'x');
    expect(await session.send(aDelivery())).toEqual({ kind: 'accepted' });
    expect(server.received[0]?.headers.host).toMatch(/^rebinding\.invalid:/);
    expect(await session.send(aDelivery())).toMatchObject({ kind: 'retry', fault: 'not-taken' });
    client.close();
  });

  it('must prove its name when it is reached by TLS', async () => {
    const named = await aServer(undefined, { tls: LOCALHOST_TLS, host: 'localhost' });
    const unnamed = await aServer(undefined, { tls: LOCALHOST_TLS, host: '127.0.0.1' });
    const client = new WebhookClient(new OutboundGuard(config(LOCAL)), LOCALHOST_TLS.cert);
    const to = (url: string): Promise<SendOutcome> => new WebhookSession(client, settingsFor(url), [], 'x').send(aDelivery());
    expect(await to(named.url)).toEqual({ kind: 'accepted' });
    expect(await to(unnamed.url)).toMatchObject({ fault: 'not-taken', reason: expect.stringContaining('ALTNAME') as string });
    client.close();
    const untrusting = await protocolFor()
      .open({ settings: settingsFor(named.url), keys: [] })
      .send(aDelivery());
    expect(untrusting).toMatchObject({ fault: 'not-taken', reason: expect.stringContaining('SELF_SIGNED') as string });
  });

  it('is asked for with the name of the broker', async () => {
    const server = await aServer();
    server.allowedOrigin = 'elsewhere.example, Broker.Example.Org';
    const session = protocolFor().open({ settings: settingsFor(server.url), keys: [] });
    expect(await session.verify()).toEqual({ kind: 'agreed' });
    server.allowedOrigin = 'elsewhere.example';
    expect(await session.verify()).toEqual({ kind: 'refused', reason: 'its WebHook-Allowed-Origin does not name broker.example.org' });
  });
});
