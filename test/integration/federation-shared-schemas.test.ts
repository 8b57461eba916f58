import { SharedSchemaService } from '../../src/dictionary/shared-schema/shared-schema.service.js';
import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { isRefusal } from '../../src/federation/adaptation/plan-proposals.js';
import { PlanTrials } from '../../src/federation/adaptation/plan-trials.service.js';
import { Replanner } from '../../src/federation/adaptation/replanner.js';
import type { ConnectionId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import { aConnection, aConnectionId, anActiveFederation, aTwin, someFederations, type TestFederations } from './federation-fixture.js';
import { organization } from './registry-fixture.js';

const SPEED = 'urn:test:term:speed';
const CLOSE = { kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object' } };
const NEED = {
  type: 'object',
  required: ['v'],
  properties: { v: { type: 'number', 'x-term': SPEED, 'x-unit': 'm/s' } },
};

describe('plans of features whose schemas refer to shared ones', () => {
  let broker: TestFederations;
  const fire = organization('fire');
  const city = organization('city');
  const operator: Principal = { kind: 'operator', subject: 'root' };
  let count = 0;

  beforeAll(async () => {
    broker = await someFederations();
  });
  afterAll(() => broker.close());

  const share = (principal: Principal, ...schemas: object[]) =>
    broker.get(SharedSchemaService).register(
      principal,
      schemas.map((schema) => ({ schema })),
    );
  const speedIn = (unit: string): object => ({ type: 'number', 'x-term': SPEED, 'x-unit': unit });
  const anAddress = (): string => `https://models.test/${(count += 1)}/`;

  /** A connection for `flow` in this schema, of which the fire service needs the speed in m/s. */
  async function connected(schema: object): Promise<{ id: ConnectionId; tried: (payload: unknown) => Promise<unknown> }> {
    const federation = await anActiveFederation(broker, {
      fire: await aTwin(broker, 'fire', { needs: [{ kind: 'data', name: 'flow', schema: NEED }] }),
      traffic: await aTwin(broker, 'city', { features: [{ kind: 'data', name: 'flow', version: '1.0.0', schema }, CLOSE] }),
    });
    const id = await aConnection(broker, federation, aConnectionId());
    const of = { twin: federation.traffic, feature: 'flow', purpose: 'data' as const };
    return { id, tried: async (payload) => (await broker.get(PlanTrials).run(fire, id, { ...of, payload })).result };
  }

  it('follow them from one document to the next, by relative addresses, pointers and anchors', async () => {
    const base = anAddress();
    await share(
      city,
      { $id: `${base}units.json`, $defs: { kmh: { $anchor: 'speed', ...speedIn('km/h') } } },
      { $id: `${base}flow.json`, type: 'object', properties: { motion: { $ref: '#/$defs/motion' } }, $defs: { motion: { properties: { speed: { $ref: 'units.json#speed' } } } } }, // prettier-ignore
    );
    const { tried } = await connected({ allOf: [{ $ref: `${base}flow.json` }], required: ['motion'] });
    expect(await tried({ motion: { speed: 36 } })).toEqual({ v: 10 });
  });

  it('mean the owner’s own before the public ones', async () => {
    const base = anAddress();
    await share(operator, { $id: `${base}speed.json`, ...speedIn('km/h') });
    await share(fire, { $id: `${base}speed.json`, ...speedIn('mm/s') });
    const { tried } = await connected({ type: 'object', required: ['a'], properties: { a: { $ref: `${base}speed.json` } } });
    expect(await tried({ a: 36 })).toEqual({ v: 10 });
  });

  it('end where they come back to themselves', async () => {
    const base = anAddress();
    const link = (to: string): object => ({ type: 'object', properties: { next: { $ref: to }, speed: speedIn('km/h') } });
    await share(city, { $id: `${base}a.json`, ...link('b.json') }, { $id: `${base}b.json`, ...link('a.json') });
    const schema = {
      type: 'object',
      properties: { chain: { $ref: `${base}a.json` }, a: { type: 'number', 'x-term': SPEED, 'x-unit': 'km/h' } },
    };
    await expect(connected({ ...schema, required: ['a'] })).rejects.toMatchObject({ code: 'semantic-unresolved' });
  });

  it('are made anew when what is shared changes, and both sides are told of the difference', async () => {
    const base = anAddress();
    const address = `${base}speed.json`;
    await share(operator, { $id: address, ...speedIn('km/h') });
    const { id, tried } = await connected({ type: 'object', required: ['a'], properties: { a: { $ref: address } } });
    await share(city, { $id: address, ...speedIn('mm/s') });
    await broker.get(Replanner).idle();
    const { made } = await broker.get(ConnectionAdaptation).proposal(fire, id);
    if (isRefusal(made)) throw new Error(made.detail);
    expect(made.isNews).toBe(true);
    expect(made.difference.flows[0]?.steps).toContainEqual(expect.objectContaining({ change: 'changed', step: 'unit' }));
    const told = broker.told.filter(({ object, action }) => object.id === id && action === 'UPDATE');
    expect(told).toMatchObject([{ payload: { proposal: { digest: made.digest } } }, { payload: { proposal: { digest: made.digest } } }]);
    await broker.get(ConnectionAdaptation).apply(fire, id, made.digest);
    expect(await tried({ a: 10_000 })).toEqual({ v: 10 });
  });
});
