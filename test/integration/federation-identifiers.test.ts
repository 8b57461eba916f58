import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { PlanTrials } from '../../src/federation/adaptation/plan-trials.service.js';
import { Replanner } from '../../src/federation/adaptation/replanner.js';
import type { FederationId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import {
  aConnection,
  aConnectionId,
  anActiveFederation,
  aRequest,
  aTwin,
  refusalOf,
  someFederations,
  type TestFederation,
  type TestFederations,
} from './federation-fixture.js';
import { organization } from './registry-fixture.js';

const road = (scheme: string): object => ({
  type: 'object',
  required: ['road'],
  properties: { road: { type: 'string', 'x-term': 'urn:test:term:road', 'x-identifier': scheme } },
});
const CLOSE = { kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object' } };

describe('the identifiers of a federation', () => {
  let broker: TestFederations;
  let federation: TestFederation;
  const fire = organization('fire');
  const city = organization('city');
  const operator: Principal = { kind: 'operator', subject: 'root' };

  beforeAll(async () => {
    broker = await someFederations();
  });
  afterAll(() => broker.close());

  beforeEach(async () => {
    federation = await anActiveFederation(broker, {
      access: 'listed',
      fire: await aTwin(broker, 'fire', { needs: [{ kind: 'data', name: 'flow', schema: road('usrn') }] }),
      traffic: await aTwin(broker, 'city', { features: [{ kind: 'data', name: 'flow', version: '1.0.0', schema: road('osm') }, CLOSE] }),
    });
  });

  const path = (id: FederationId = federation.id): string => `/v1/federations/${encodeURIComponent(id)}/identifiers`;

  async function call(principal: Principal, method: 'GET' | 'PUT', body?: unknown, ifMatch?: string, id?: FederationId) {
    const response = await broker.app.inject({
      method,
      url: path(id),
      headers: {
        'x-principal': JSON.stringify(principal),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, etag: response.headers.etag, body: response.json<Record<string, unknown>>() };
  }

  const osm = (pairs: Record<string, unknown>): object => ({ schemes: [{ from: 'osm', to: 'usrn', pairs }] });

  it('let a connection be made that needs them, and its plan follows them', async () => {
    const refused = await refusalOf(aRequest(broker, federation));
    expect(refused).toMatchObject({ code: 'semantic-unresolved' });
    expect((await call(fire, 'PUT', osm({ 'way/1': '8100001' }))).status).toBe(200);
    const id = await aConnection(broker, federation, aConnectionId());
    const tried = (payload: unknown) =>
      broker.get(PlanTrials).run(fire, id, { twin: federation.traffic, feature: 'flow', purpose: 'data', payload });
    expect((await tried({ road: 'way/1' })).result).toEqual({ road: '8100001' });
    expect((await tried({ road: 'way/2' })).failure).toMatchObject({ detail: expect.stringContaining('way/2') as string });

    await call(fire, 'PUT', osm({ 'way/1': '8100001', 'way/2': '8100002' }));
    await broker.get(Replanner).idle();
    expect((await tried({ road: 'way/2' })).result).toEqual({ road: '8100002' });
    expect((await broker.get(ConnectionAdaptation).read(fire, id)).stored.version).toBe(2);

    // Without them there is no plan: the one that holds stays.
    await call(fire, 'PUT', { schemes: [] });
    await broker.get(Replanner).idle();
    expect((await tried({ road: 'way/2' })).result).toEqual({ road: '8100002' });
    expect((await broker.get(ConnectionAdaptation).proposal(fire, id)).made).toMatchObject({ code: 'semantic-unresolved' });
  });

  it('are read the other way round as well', async () => {
    await call(fire, 'PUT', { schemes: [{ from: 'usrn', to: 'osm', pairs: { '8100001': 'way/1', ['__proto__']: 'way/2' } }] });
    const id = await aConnection(broker, federation, aConnectionId());
    const tried = (payload: unknown) =>
      broker.get(PlanTrials).run(city, id, { twin: federation.traffic, feature: 'flow', purpose: 'data', payload });
    expect((await tried({ road: 'way/1' })).result).toEqual({ road: '8100001' });
  });

  it('are written by the initiator, read by members and operators, and unknown to others', async () => {
    expect(await call(city, 'GET')).toMatchObject({
      status: 200,
      etag: '"1-1"',
      body: { federationId: federation.id, version: 1, schemes: [] },
    });
    expect((await call(city, 'PUT', osm({ a: 'b' }))).status).toBe(403);
    expect((await call(operator, 'PUT', osm({ a: 'b' }))).status).toBe(403);
    expect((await call(organization('water'), 'PUT', osm({ a: 'b' }))).status).toBe(404);
    expect((await call(organization('water'), 'GET')).status).toBe(404);
    expect((await call(operator, 'GET')).body).toMatchObject({ schemes: [] });
    expect(await call(fire, 'PUT', osm({ a: 'b' }))).toMatchObject({ status: 200, etag: '"2-1"', body: { version: 2 } });
    expect((await call(city, 'GET')).body).toMatchObject(osm({ a: 'b' }));
  });

  it('change under the tag that was read alone, and the same again is no change', async () => {
    const map = {
      schemes: [
        { from: 'usrn', to: 'uprn', pairs: { b: 'c' } },
        { from: 'osm', to: 'usrn', pairs: { a: 'b' } },
      ],
    };
    expect((await call(fire, 'PUT', map, '"2-1"')).status).toBe(412);
    expect((await call(fire, 'PUT', map, '"1-1"')).etag).toBe('"2-1"');
    expect((await call(fire, 'PUT', { schemes: map.schemes.toReversed() }, '"1-1"')).status).toBe(412);
    expect((await call(fire, 'PUT', { schemes: map.schemes.toReversed() })).etag).toBe('"2-1"');
    expect((await call(fire, 'PUT', map, 'none')).status).toBe(400);
  });

  it('end with their federation, and its next life begins without', async () => {
    await call(fire, 'PUT', osm({ a: 'b' }));
    await broker.federations.dissolve(fire, federation.id);
    expect((await call(fire, 'PUT', osm({ a: 'c' }))).status).toBe(409);
    await broker.federations.create(fire, { id: federation.id, purpose: 'Again', initiator: federation.fire });
    expect(await call(fire, 'GET')).toMatchObject({ etag: '"1-2"', body: { schemes: [] } });
  });

  const one = (pairs: unknown): object => ({ from: 'osm', to: 'usrn', pairs });
  it.each([
    ['no list', {}, '/schemes'],
    ['null for a list', { schemes: null }, '/schemes'],
    ['51 pairs of schemes', { schemes: Array.from({ length: 51 }, (_, i) => ({ from: `a${i}`, to: 'b', pairs: {} })) }, '/schemes'],
    ['a scheme without a name', { schemes: [{ ...one({}), from: ' ' }] }, '/schemes/0/from'],
    ['a scheme and itself', { schemes: [{ ...one({}), to: 'osm' }] }, '/schemes/0/to'],
    ['the same schemes twice', { schemes: [one({}), one({ a: 'b' })] }, '/schemes/1'],
    ['the same schemes the other way round', { schemes: [one({}), { from: 'usrn', to: 'osm', pairs: {} }] }, '/schemes/1'],
    ['no pairs', { schemes: [{ from: 'osm', to: 'usrn' }] }, '/schemes/0/pairs'],
    ['a list of pairs', { schemes: [one([['a', 'b']])] }, '/schemes/0/pairs'],
    ['a number for an identifier', { schemes: [one({ a: 1 })] }, '/schemes/0/pairs/a'],
    ['an object for an identifier', { schemes: [one({ 'a/b': {} })] }, '/schemes/0/pairs/a~1b'],
    ['an empty identifier', { schemes: [one({ a: '' })] }, '/schemes/0/pairs/a'],
    ['an empty name', { schemes: [one({ '': 'a' })] }, '/schemes/0/pairs/'],
    ['a control', { schemes: [one({ a: 'b\u0007' })] }, '/schemes/0/pairs/a'],
    ['257 characters', { schemes: [one({ a: 'b'.repeat(257) })] }, '/schemes/0/pairs/a'],
    ['two for one', { schemes: [one({ a: 'x', b: 'x' })] }, '/schemes/0/pairs/b'],
    ['5,001 pairs', { schemes: [one(Object.fromEntries(Array.from({ length: 5_001 }, (_, i) => [`a${i}`, `b${i}`])))] }, '/schemes'],
    ['something else', { schemes: [], other: 1 }, '/other'],
  ])('are refused: %s', async (_what, body, pointer) => {
    const refused = await call(fire, 'PUT', body);
    expect(refused.status).toBe(400);
    expect((refused.body['errors'] as { pointer: string }[]).map((place) => place.pointer)).toContain(pointer);
    expect(await call(fire, 'GET')).toMatchObject({ etag: '"1-1"', body: { schemes: [] } });
  });
});
