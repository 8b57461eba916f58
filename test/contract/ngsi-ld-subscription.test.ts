import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { InboundBinding, InboundSession } from '../../src/adaptor/protocol/inbound-protocol.js';
import { NgsiLdProtocol } from '../../src/adaptor/protocol/ngsi-ld/ngsi-ld.protocol.js';
import { ContextBrokerServer } from '../support/context-broker-server.js';
import type { Entity } from '../support/context-subscriptions.js';
import { Listening } from '../support/listening.js';
import { localGuard } from './local-guard.js';

const DATA = '/work/shared/data/smart-data-models';
const { inbound } = new NgsiLdProtocol(localGuard());
const SUBSCRIPTION = 'urn:ngsi-ld:Subscription:twinfed-address-1';
const bus = (speed: number): Entity => ({ id: 'urn:ngsi-ld:Vehicle:bus', type: 'Vehicle', speed: { type: 'Property', value: speed } });

describe('NGSI-LD, by subscription at a context broker', () => {
  let city: ContextBrokerServer;
  /** The receiving end: what a broker does with a notification, without its exchange. */
  let receiver: Server;
  let listening: Listening;
  let status: number;
  const received: { path: string; secret: unknown }[] = [];
  const sessions: InboundSession[] = [];
  beforeEach(async () => {
    city = await ContextBrokerServer.start();
    listening = new Listening();
    status = 204;
    received.length = 0;
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url ?? '', secret: request.headers['x-notification-secret'] });
        const documents = inbound.notifications.read(Buffer.concat(chunks).toString());
        if (status < 300) for (const document of documents) void listening.received(document);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    await city.close();
  });

  function binding(settings: object): InboundBinding {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/here`;
    const notifications = { id: 'address-1', url, secret: 'the-secret', secretUrl: `${url}.the-secret` };
    return { settings: inbound.read({ url: city.url, intervalMs: 200, ...settings }), credentials: {}, id: 'b', notifications };
  }

  async function open(settings: object = { types: ['Vehicle'] }): Promise<InboundSession> {
    const session = inbound.open(binding(settings), listening);
    sessions.push(session);
    await listening.connected();
    return session;
  }

  const speeds = (): unknown[] => listening.texts.map((text) => (JSON.parse(text) as { speed: { value: unknown } }).speed.value);

  it('subscribes to what the settings say, and reads once what is there', async () => {
    city.write(bus(1));
    await open({ types: ['Vehicle', 'Bus'], attributes: ['speed'], query: 'speed>0', representation: 'concise' });
    await listening.until(() => listening.documents.length === 1);
    const [subscription] = city.subscriptions.active;
    expect(subscription).toMatchObject({
      id: SUBSCRIPTION,
      type: 'Subscription',
      entities: [{ type: 'Vehicle' }, { type: 'Bus' }],
      watchedAttributes: ['speed'],
      q: 'speed>0',
      notification: {
        attributes: ['speed'],
        format: 'concise',
        endpoint: { accept: 'application/json', receiverInfo: [{ key: 'x-notification-secret', value: 'the-secret' }] },
      },
    });
    expect(Date.parse(subscription?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 300_000);
  });

  it('is notified of each change, digits and all, with the secret in a header', async () => {
    await open();
    for (const speed of [2, 3]) {
      city.write(bus(speed));
      await city.subscriptions.settled();
    }
    city.write({ id: 'urn:ngsi-ld:Road:a', type: 'Road' });
    await city.subscriptions.settled();
    expect(speeds()).toEqual([2, 3]);
    expect(received).toEqual([2, 3].map(() => ({ path: '/here', secret: 'the-secret' })));
    const identities = listening.documents.map(({ identity }) => identity);
    expect(new Set(identities).size).toBe(2);
    expect(listening.documents[0]).toMatchObject({ orderingKey: bus(0).id, mediaType: 'application/json' });
    expect(city.requests.filter(({ line }) => line.startsWith('GET /ngsi-ld/v1/entities'))).toHaveLength(1);
  });

  it('has the secret in the path where the settings say so', async () => {
    await open({ types: ['Vehicle'], secretIn: 'path' });
    city.write(bus(1));
    await city.subscriptions.settled();
    expect(received).toEqual([{ path: '/here.the-secret', secret: undefined }]);
  });

  it('makes the subscription again when it is gone, and reads what was missed', async () => {
    await open();
    city.subscriptions.stored.clear();
    city.write(bus(4));
    await listening.until(() => listening.documents.length === 1);
    expect(city.subscriptions.active.map(({ id }) => id)).toEqual([SUBSCRIPTION]);
    city.write(bus(5));
    await listening.until(() => listening.documents.length === 2);
    expect(speeds()).toEqual([4, 5]);
    expect(listening.news.map(([news]) => news)).not.toContain('disconnected');
  });

  it('renews it in time, and makes it again when it has ended', async () => {
    await open();
    const first = city.subscriptions.stored.get(SUBSCRIPTION);
    if (first === undefined) throw new Error('there is no subscription');
    const soon = new Date(Date.now() + 60_000).toISOString();
    first.expiresAt = soon;
    const renewed = (): boolean => Date.parse(city.subscriptions.stored.get(SUBSCRIPTION)?.expiresAt ?? soon) > Date.parse(soon);
    while (!renewed()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(city.requests.some(({ line }) => line.startsWith('PATCH /ngsi-ld/v1/subscriptions/'))).toBe(true);
    const second = city.subscriptions.stored.get(SUBSCRIPTION);
    if (second !== undefined) second.status = 'paused';
    while (city.subscriptions.active.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(city.subscriptions.active.map(({ id }) => id)).toEqual([SUBSCRIPTION]);
  });

  it('says so when notifications do not arrive, and reads what they would have said', async () => {
    await open();
    status = 503;
    city.write(bus(6));
    await city.subscriptions.settled();
    await listening.until(() => listening.documents.length === 1);
    expect(speeds()).toEqual([6]);
    expect(listening.news).toContainEqual(['disconnected', expect.stringContaining('notifications did not reach') as string]);
    status = 204;
    await listening.connected(2);
    city.write(bus(7));
    await listening.until(() => listening.documents.length === 2);
    expect(speeds()).toEqual([6, 7]);
  });

  it('deletes it when it is closed, and leaves it when another session goes on', async () => {
    const first = await open();
    await first.close(true);
    expect(city.subscriptions.active).toHaveLength(1);
    const second = inbound.open(binding({ types: ['Vehicle'] }), listening);
    await listening.connected(2);
    expect(city.subscriptions.active).toHaveLength(1);
    await second.close();
    expect(city.subscriptions.stored.size).toBe(0);
  });

  it('takes a context broker that names subscriptions by itself', async () => {
    const { add } = city.subscriptions;
    city.subscriptions.add = (document) => add.call(city.subscriptions, { ...(document as object), id: 'urn:own:1' });
    const session = await open();
    while (!city.requests.some(({ line }) => line === 'GET /ngsi-ld/v1/subscriptions/urn%3Aown%3A1'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await session.close();
    expect(city.subscriptions.stored.size).toBe(0);
  });

  it('is polled, and says why, when the broker has no address', async () => {
    const { notifications: _, ...nowhere } = binding({ types: ['Vehicle'] });
    sessions.push(inbound.open(nowhere, listening));
    await listening.connected();
    expect(listening.news).toContainEqual(['connected', expect.stringContaining('PUBLIC_URL') as string]);
    city.write(bus(1));
    await listening.until(() => listening.documents.length === 1);
    expect(city.subscriptions.stored.size).toBe(0);
  });

  it('refuses settings by which nothing can be subscribed to, and bindings of before go on polling', () => {
    const read = (settings: object): unknown => inbound.read({ url: city.url, ...settings });
    const refused = expect.objectContaining({ code: 'validation-failed' }) as Error;
    for (const settings of [{ ids: ['urn:a:b'] }, { query: 'speed>1' }, { ids: ['urn:a:b'], attributes: ['speed'] }]) {
      expect(() => read(settings)).toThrow(refused);
      expect(read({ ...settings, by: 'poll' })).toMatchObject({ by: 'poll' });
    }
    expect(inbound.notifications.wants({ url: city.url, types: ['Vehicle'] })).toBe(false);
  });

  it.each([
    ['[]', ''],
    ['{"type":"Notification"}', '/data'],
    ['{"data":[]}', '/data'],
    ['{"data":{"type":"FeatureCollection"}}', '/data'],
    ['{"data":[{"id":"urn:a:b"},{"type":"Vehicle"}]}', '/data/1'],
    ['{"id":7,"data":[{"id":"urn:a:b"}]}', '/id'],
  ])('refuses what is no notification, with a pointer: %s', (text, pointer) => {
    expect(() => inbound.notifications.read(text)).toThrow(expect.objectContaining({ code: 'validation-failed', pointer }) as Error);
  });

  const examples = existsSync(DATA)
    ? readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('example-normalized.jsonld'))
    : [];
  (examples.length === 0 ? it.skip : it)(
    'is notified of real entities of the Smart Data Models as they are (skipped where ../shared/data is absent)',
    async () => {
      const entities = examples.map((path) => JSON.parse(readFileSync(join(DATA, path), 'utf8')) as Partial<Entity>);
      const proper = entities.filter(
        (each): each is Entity => typeof each.id === 'string' && each.id.includes(':') && /^\w+$/.test(String(each.type)),
      );
      expect(proper.length).toBeGreaterThan(10);
      const types = [...new Set(proper.map(({ type }) => type))].slice(0, 50);
      await open({ types, intervalMs: 60_000 });
      const chosen = proper.filter(({ type }) => types.includes(type));
      for (const entity of chosen) city.write(entity);
      await city.subscriptions.settled();
      const expected = chosen.map(({ id, type, '@context': _, ...rest }) => JSON.stringify({ id, type, ...rest }));
      expect(listening.texts.toSorted()).toEqual(expected.toSorted());
    },
  );
});
