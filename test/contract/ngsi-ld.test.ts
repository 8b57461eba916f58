import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NgsiLdProtocol } from '../../src/adaptor/protocol/ngsi-ld/ngsi-ld.protocol.js';
import { ContextBrokerServer } from '../support/context-broker-server.js';
import { Listening } from '../support/listening.js';
import { localGuard } from './local-guard.js';
import { aDelivery } from './outbound-protocol.js';

const guard = localGuard();
const DATA = '/work/shared/data/smart-data-models';
const message = (payload: unknown, parameters?: object): string =>
  JSON.stringify({ header: {}, data: { ...(parameters === undefined ? {} : { parameters }), payload } });
const bus = (speed: number): Record<string, unknown> => ({
  id: 'urn:ngsi-ld:Vehicle:bus',
  type: 'Vehicle',
  speed: { type: 'Property', value: speed },
});

describe('NGSI-LD, with a context broker', () => {
  let city: ContextBrokerServer;
  beforeEach(async () => {
    city = await ContextBrokerServer.start();
  });
  afterEach(() => city.close());

  const open = (settings: object = {}, credentials: Record<string, string> = {}) => {
    const { outbound } = new NgsiLdProtocol(guard);
    return outbound.open({ settings: outbound.read({ url: city.url, timeoutMs: 2_000, ...settings }), keys: [], credentials });
  };

  it.each([
    ['upsert', [], { kind: 'accepted' }, 'POST /ngsi-ld/v1/entityOperations/upsert?options=update'],
    ['create', [], { kind: 'accepted' }, 'POST /ngsi-ld/v1/entities'],
    ['create', [bus(1)], { kind: 'retry', fault: 'message' }, 'POST /ngsi-ld/v1/entities'],
    ['update', [bus(1)], { kind: 'accepted' }, 'PATCH /ngsi-ld/v1/entities/urn%3Angsi-ld%3AVehicle%3Abus/attrs'],
    ['update', [], { kind: 'retry', fault: 'message' }, 'PATCH /ngsi-ld/v1/entities/urn%3Angsi-ld%3AVehicle%3Abus/attrs'],
  ])('sends entities by %s, with %j there', async (operation, there, outcome, line) => {
    for (const entity of there) city.entities.set(String(entity['id']), entity as never);
    const session = open({ operation, tenant: 'north', context: 'https://example.org/context.jsonld' }, { token: 't' });
    expect(await session.verify()).toEqual({ kind: 'agreed' });
    expect(await session.send(aDelivery({ text: message(bus(2)) }))).toMatchObject(outcome);
    await session.close();
    const request = city.requests.at(-1);
    expect(request?.line).toBe(line);
    expect(request?.headers).toMatchObject({ 'ngsild-tenant': 'north', authorization: 'Bearer t', 'content-type': 'application/json' });
    expect(request?.headers['link']).toMatch(
      /^<https:\/\/example\.org\/context\.jsonld>; rel="http:\/\/www\.w3\.org\/ns\/json-ld#context"/,
    );
  });

  it('sends a context in the document as JSON-LD, without another beside it', async () => {
    const session = open({ context: 'https://example.org/context.jsonld' });
    const entity = { '@context': ['https://example.org/own.jsonld'], ...bus(1) };
    expect(await session.send(aDelivery({ text: message([entity]) }))).toEqual({ kind: 'accepted' });
    await session.close();
    expect(city.requests[0]?.headers).toMatchObject({ 'content-type': 'application/ld+json' });
    expect(city.requests[0]?.headers['link']).toBeUndefined();
  });

  it('answers a RETRIEVE with the entity', async () => {
    city.entities.set('urn:ngsi-ld:Vehicle:bus', bus(7) as never);
    const session = open();
    const asked = aDelivery({ action: 'RETRIEVE', answerBy: aDelivery().expiresAt });
    const outcome = await session.send({ ...asked, text: message(undefined, { id: 'urn:ngsi-ld:Vehicle:bus' }) });
    expect(outcome).toEqual({ kind: 'accepted', result: { document: Buffer.from(JSON.stringify(bus(7))), mediaType: 'application/json' } });
    expect(await session.send({ ...asked, text: message(undefined, { id: 'urn:none:1' }) })).toMatchObject({
      kind: 'retry',
      fault: 'message',
    });
    expect(await session.send({ ...asked, text: message(undefined) })).toMatchObject({ kind: 'retry', fault: 'message' });
    await session.close();
  });

  it('tells what came of it', async () => {
    const session = open({ timeoutMs: 300 });
    const send = (payload: unknown) => session.send(aDelivery({ text: message(payload) }));
    expect(await send({ speed: 1 })).toMatchObject({ kind: 'retry', fault: 'message' });
    expect(await send([])).toMatchObject({ kind: 'retry', fault: 'message' });
    expect(await send([{ id: 'no-uri', type: 'T' }])).toMatchObject({
      kind: 'retry',
      fault: 'message',
      reason: 'it did not take every entity (HTTP 207)',
    });
    city.fault = (_, response) => {
      response.writeHead(503, { 'retry-after': '7' }).end();
      return true;
    };
    expect(await send(bus(1))).toMatchObject({ kind: 'retry', fault: 'not-taken', afterMs: 7_000 });
    city.fault = (_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      return true;
    };
    expect(await send(bus(1))).toMatchObject({ kind: 'retry', fault: 'endpoint' });
    city.fault = () => true;
    expect(await send(bus(1))).toMatchObject({ kind: 'retry', fault: 'endpoint' });
    await session.close();
    expect((await send(bus(1))).kind).toBe('retry');
  });

  it('brings entities that changed, and comes back after the connection broke', async () => {
    city.entities.set('urn:ngsi-ld:Vehicle:bus', bus(1) as never);
    const { inbound } = new NgsiLdProtocol(guard);
    const binding = { settings: inbound.read({ url: city.url, types: ['Vehicle'], intervalMs: 200 }), credentials: {}, id: 'b' };
    expect(await inbound.probe(binding, AbortSignal.timeout(5_000))).toEqual({ kind: 'reached' });
    const listening = new Listening();
    const session = inbound.open(binding, listening);
    await listening.until(() => listening.documents.length === 1);
    city.entities.set('urn:ngsi-ld:Vehicle:bus', bus(2) as never);
    city.entities.set('urn:ngsi-ld:Road:a', { id: 'urn:ngsi-ld:Road:a', type: 'Road' });
    await listening.until(() => listening.documents.length === 2);
    city.fault = (request) => {
      request.socket.destroy();
      return true;
    };
    await listening.until(() => listening.news.some(([news]) => news === 'disconnected'));
    city.fault = () => false;
    city.entities.set('urn:ngsi-ld:Vehicle:bus', bus(1) as never);
    await listening.until(() => listening.documents.length === 3);
    await session.close();
    expect(listening.texts).toEqual([bus(1), bus(2), bus(1)].map((entity) => JSON.stringify(entity)));
    expect(new Set(listening.documents.map(({ identity }) => identity)).size).toBe(3);
    expect(listening.documents[0]?.orderingKey).toBe('urn:ngsi-ld:Vehicle:bus');
  });

  it('refuses settings that are none', () => {
    const { inbound, outbound } = new NgsiLdProtocol(guard);
    const { url } = city;
    for (const settings of [
      undefined,
      {},
      { url: 'http://169.254.169.254' },
      { url, operation: 'delete' },
      { url: `${url}/?x` },
      { url, token: 'x' },
    ])
      expect(() => outbound.read(settings)).toThrow(expect.objectContaining({ code: 'validation-failed' }) as Error);
    for (const settings of [undefined, { url }, { url, types: ['a,b'] }, { url, types: ['T'], intervalMs: 1 }])
      expect(() => inbound.read(settings)).toThrow(expect.objectContaining({ code: 'validation-failed' }) as Error);
  });

  const examples = existsSync(DATA)
    ? readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('example-normalized.jsonld'))
    : [];
  (examples.length === 0 ? it.skip : it)(
    'stores real entities of the Smart Data Models, and brings them again as they were (skipped where ../shared/data is absent)',
    async () => {
      const entities = examples.map((path) => JSON.parse(readFileSync(join(DATA, path), 'utf8')) as { id?: unknown; type?: unknown });
      const proper = new Map(
        entities.flatMap((entity) => (typeof entity.id === 'string' && entity.id.includes(':') ? [[entity.id, entity] as const] : [])),
      );
      expect(proper.size).toBeGreaterThan(10);
      const session = open();
      for (const entity of proper.values()) expect(await session.send(aDelivery({ text: message(entity) }))).toEqual({ kind: 'accepted' });
      await session.close();
      const { inbound } = new NgsiLdProtocol(guard);
      const listening = new Listening();
      const types = [...new Set([...proper.values()].map(({ type }) => String(type)))].slice(0, 50);
      const listens = inbound.open(
        { settings: inbound.read({ url: city.url, types, intervalMs: 200 }), credentials: {}, id: 'b' },
        listening,
      );
      await listening.connected();
      const expected = [...proper.values()].filter(({ type }) => types.includes(String(type)));
      await listening.until(() => listening.documents.length >= expected.length);
      await listens.close();
      expect(new Set(listening.texts)).toEqual(new Set(expected.map((entity) => JSON.stringify(entity))));
    },
  );
});
