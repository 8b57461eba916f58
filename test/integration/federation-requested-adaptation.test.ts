import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { PlanTrials } from '../../src/federation/adaptation/plan-trials.service.js';
import type { ConnectionId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { aConnectionId, anActiveFederation, aTwin, refusalOf, someFederations, type TestFederation, type TestFederations } from './federation-fixture.js'; // prettier-ignore
import { organization } from './registry-fixture.js';

const SPEED = 'urn:test:term:speed';
const number = { type: 'number', 'x-term': SPEED };
/** Two places that mean the same: which one is wanted has to be asked. */
const TWO_SPEEDS = { type: 'object', required: ['front', 'rear'], properties: { front: number, rear: number } };
const ONE_SPEED = { type: 'object', required: ['v'], properties: { v: number } };
const CLOSE = { kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object' } };

describe('what a request for a connection says of its adaptation', () => {
  let broker: TestFederations;
  let federation: TestFederation;
  const fire = organization('fire');
  const city = organization('city');

  beforeAll(async () => {
    broker = await someFederations();
  });
  afterAll(() => broker.close());

  const need = (schema: object): object[] => [{ kind: 'data', name: 'flow', schema }];

  beforeEach(async () => {
    federation = await anActiveFederation(broker, {
      fire: await aTwin(broker, 'fire', { needs: need(ONE_SPEED) }),
      traffic: await aTwin(broker, 'city', { features: [{ kind: 'data', name: 'flow', version: '1.0.0', schema: TWO_SPEEDS }, CLOSE] }),
    });
  });

  const flow = () => ({ twin: federation.traffic as string, feature: 'flow', purpose: 'data' });
  const request = (adaptation?: object) => ({
    federationId: federation.id,
    requester: federation.fire,
    responder: federation.traffic,
    features: [
      { twin: federation.traffic, name: 'flow' },
      { twin: federation.traffic, name: 'close' },
    ],
    ...(adaptation === undefined ? {} : { adaptation }),
  });

  async function put(id: ConnectionId, adaptation?: object, principal: Principal = fire) {
    const response = await broker.app.inject({
      method: 'PUT',
      url: `/v1/connections/${encodeURIComponent(id)}`,
      headers: { 'x-principal': JSON.stringify(principal), 'content-type': 'application/json' },
      payload: JSON.stringify(request(adaptation)),
    });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  }

  const tried = async (id: ConnectionId, payload: unknown) =>
    (await broker.get(PlanTrials).run(fire, id, { twin: federation.traffic, feature: 'flow', purpose: 'data', payload })).result;
  const match = (from: string, to = '/v') => ({ ...flow(), from, to });

  it('makes one in one go that would be refused for an ambiguous term', async () => {
    const id = aConnectionId();
    expect(await put(id)).toMatchObject({ status: 422, body: { code: 'SEMANTIC_UNRESOLVED' } });
    const matches = [match('/rear')];
    expect(await put(id, { matches })).toMatchObject({ status: 201, body: { adaptation: { scripts: [], matches } } });
    expect(broker.told.at(-1)).toMatchObject({ action: 'CONNECT', payload: { adaptation: { matches } } });
    await broker.connections.accept(city, id);
    expect(await tried(id, { front: 1, rear: 2 })).toEqual({ v: 2 });
  });

  it('can be a script instead, for either side', async () => {
    const id = aConnectionId();
    const scripts = [
      { ...flow(), expression: '{"v": (front + rear) / 2}' },
      { ...flow(), feature: 'close', purpose: 'input', expression: '{"road": to}' },
    ];
    expect((await put(id, { scripts })).status).toBe(201);
    await broker.connections.accept(city, id);
    expect(await tried(id, { front: 1, rear: 2 })).toEqual({ v: 1.5 });
    const { connection } = await broker.get(ConnectionAdaptation).read(city, id);
    expect(connection.plan?.features[1]?.flows?.[0]).toMatchObject({ purpose: 'input', steps: [{ name: 'script' }] });
  });

  it('is part of what is requested: the same again changes nothing, also after steps were overridden, and another is a conflict', async () => {
    const id = aConnectionId();
    const adaptation = { matches: [match('/rear')] };
    await put(id, adaptation);
    expect((await put(id, adaptation)).status).toBe(200);
    expect((await put(id, { matches: [match('/front')] })).status).toBe(409);
    await broker.connections.accept(city, id);
    await broker.get(ConnectionAdaptation).setTerms(fire, id, { matches: [match('/front') as never] });
    expect(await tried(id, { front: 1, rear: 2 })).toEqual({ v: 1 });
    expect((await put(id, adaptation)).status).toBe(200);
    expect((await put(id, { scripts: [{ ...flow(), expression: '$' }] })).status).toBe(409);
    await broker.connections.release(fire, id);
    expect(await put(id)).toMatchObject({ status: 422 });
    expect((await put(id, { matches: [match('/front')] })).status).toBe(201);
  });

  it('holds until somebody says otherwise, and what nobody asks any more is passed over', async () => {
    const id = aConnectionId();
    await put(id, { matches: [match('/rear')] });
    await broker.connections.accept(city, id);
    const without = await refusalOf(broker.get(ConnectionAdaptation).setTerms(fire, id, {}));
    expect(without.code).toBe('semantic-unresolved');
    const { profile } = await broker.get(TwinService).read(fire, federation.fire);
    const wanted = { type: 'object', required: ['front'], properties: { front: { type: 'number' } } };
    const changed = parseDto(TwinProfileDto, { ...profile, id: federation.fire, needs: need(wanted) });
    await broker.get(TwinService).replace(fire, federation.fire, changed, {}, undefined, { force: true });
    const { made } = await broker.get(ConnectionAdaptation).proposal(fire, id);
    expect(made).toMatchObject({ isNews: true, plan: { features: [{ need: 'flow' }, { name: 'close' }] } });
    expect((await refusalOf(broker.get(ConnectionAdaptation).setTerms(city, id, { matches: [] }))).code).toBe('forbidden');
  });

  it.each([
    ['a list', [], '/adaptation'],
    ['null', null, '/adaptation'],
    ['something else', { overrides: [] }, '/adaptation/overrides'],
    ['a script without an expression', { scripts: [{ ...{ feature: 'flow', purpose: 'data' } }] }, '/adaptation/scripts/0/expression'],
    ['a script that is no JSONata', { scripts: [{ expression: '{{' }] }, '/adaptation/scripts/0/expression'],
    ['a script of 8,193 characters', { scripts: [{ expression: '1'.repeat(8_193) }] }, '/adaptation/scripts/0/expression'],
    ['two scripts for one flow', { scripts: [{ expression: '1' }, { expression: '2' }] }, '/adaptation/scripts/1'],
    ['a script for no feature', { scripts: [{ expression: '1', feature: 'rain' }] }, '/adaptation/scripts/0'],
    ['a script for no purpose of it', { scripts: [{ expression: '1', purpose: 'input' }] }, '/adaptation/scripts/0'],
    ['a script for somebody else', { scripts: [{ expression: '1', twin: 'urn:test:nobody' }] }, '/adaptation/scripts/0'],
    ['101 scripts', { scripts: Array.from({ length: 101 }, () => ({ expression: '1' })) }, '/adaptation/scripts'],
    ['a match from no place', { matches: [{ from: 'rear', to: '/v' }] }, '/adaptation/matches/0/from'],
    ['a match to a prototype', { matches: [{ from: '/rear', to: '/__proto__' }] }, '/adaptation/matches/0/to'],
    ['a match for a place that is not wanted', { matches: [{ from: '/rear', to: '/v' }, { from: '/rear', to: '/w' }] }, '/adaptation/matches/1/to'], // prettier-ignore
    [
      'two matches for one place',
      {
        matches: [
          { from: '/rear', to: '/v' },
          { from: '/front', to: '/v' },
        ],
      },
      '/adaptation/matches/1/to',
    ],
    ['a match where a script stands', { scripts: [{ expression: '$' }], matches: [{ from: '/rear', to: '/v' }] }, '/adaptation/matches/0/to'], // prettier-ignore
    ['a match of a flow that is adapted by nothing', { matches: [{ from: '/rear', to: '/v' }, { from: '/a', to: '/b', feature: 'close', purpose: 'input' }] }, '/adaptation/matches/1/to'], // prettier-ignore
  ])('is refused: %s', async (_what, given, pointer) => {
    const id = aConnectionId();
    const whole = (list: unknown): unknown => (Array.isArray(list) ? list.map((each: object) => ({ ...flow(), ...each })) : list);
    const adaptation = Array.isArray(given) || given === null ? given : Object.fromEntries(Object.entries(given).map(([name, list]) => [name, whole(list)])); // prettier-ignore
    const refused = await put(id, adaptation as object);
    expect(refused).toMatchObject({ status: 400 });
    expect((refused.body['errors'] as { pointer: string }[]).map((place) => place.pointer)).toContain(pointer);
    expect((await refusalOf(broker.connections.read(fire, id))).code).toBe('not-found');
  });
});
