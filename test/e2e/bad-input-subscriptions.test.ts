import type { Answer } from './support/http-client.js';
import { inboxOf } from './support/bystander.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { CONNECTION, FIRE, type Parts, SECRET, TRAFFIC, TwoCities } from './support/two-cities.js';

const nested = (levels: number): unknown => (levels === 0 ? true : { '!': [nested(levels - 1)] });

/** Terms that are none, each with the place of the fault. */
const TERMS: [what: string, terms: Parts, pointer: string][] = [
  ['a filter that is a text', { filter: 'intensity > 5' }, '/filter'],
  ['null for a filter', { filter: null }, '/filter'],
  ['an unknown operator', { filter: { like: [{ var: 'payload.a' }, 'b'] } }, '/filter/like'],
  ['an operator that objects have', { filter: { constructor: [1] } }, '/filter/constructor'],
  ['an operator that runs code', { filter: { method: [{ var: 'payload' }, 'toString'] } }, '/filter/method'],
  ['an unknown operator inside', { filter: { and: [true, { log: 'a' }] } }, '/filter/and/1/log'],
  ['a path that is none', { filter: { '==': [{ var: 'secrets.key' }, 1] } }, '/filter/==/0/var'],
  ['no interval', { minIntervalMs: 0 }, '/minIntervalMs'],
  ['half a millisecond', { minIntervalMs: 0.5 }, '/minIntervalMs'],
  ['more than a day', { minIntervalMs: 86_400_001 }, '/minIntervalMs'],
  ['a text for an interval', { minIntervalMs: '1000' }, '/minIntervalMs'],
  ['a deadband of nothing', { deadband: { pointer: '/intensity' } }, '/deadband'],
  ['a deadband without a place', { deadband: { absolute: 5 } }, '/deadband/pointer'],
  ['a deadband at no pointer', { deadband: { pointer: 'intensity', absolute: 5 } }, '/deadband/pointer'],
  ['a deadband at a wrong escape', { deadband: { pointer: '/a~2', absolute: 5 } }, '/deadband/pointer'],
  ['a deadband at too long a place', { deadband: { pointer: `/${'a'.repeat(512)}`, absolute: 5 } }, '/deadband/pointer'],
  ['a negative deadband', { deadband: { pointer: '', absolute: -1 } }, '/deadband/absolute'],
  ['a deadband of no width', { deadband: { pointer: '', percent: 0 } }, '/deadband/percent'],
  ['a deadband of another kind', { deadband: { pointer: '', absolute: 1, colour: 1 } }, '/deadband/colour'],
  ['a list for a deadband', { deadband: [] }, '/deadband'],
  ['a text for changes', { onlyChanges: 'yes' }, '/onlyChanges'],
  ['null for changes', { onlyChanges: null }, '/onlyChanges'],
  ['changes at no pointer', { onlyChanges: { pointer: 'a' } }, '/onlyChanges/pointer'],
  ['changes at two places', { onlyChanges: { pointer: '', other: '' } }, '/onlyChanges'],
  ['another way to be behind', { whenBehind: 'dropAll' }, '/whenBehind'],
  ['null for being behind', { whenBehind: null }, '/whenBehind'],
  ['a threshold of nothing', { behindThreshold: 0 }, '/behindThreshold'],
  ['a threshold beyond what is counted', { behindThreshold: 10_000 }, '/behindThreshold'],
  ['an unknown lane', { lane: 'fast' }, '/lane'],
  ['no time', { expiresInSeconds: 0 }, '/expiresInSeconds'],
  ['more than a year', { expiresInSeconds: 31_536_001 }, '/expiresInSeconds'],
  ['an unknown member', { colour: 'red' }, '/colour'],
];

describe('subscriptions as they cannot be', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  let before: string;
  const ask = (method: string, path: string, body?: unknown, token = cities.fire.token): Promise<Answer> =>
    broker.api(method, twinPath(FIRE, `/subscriptions${path}`), body, token);
  const flow = (terms: Parts = {}): Parts => ({ objectType: 'data', objectId: 'flow', provider: TRAFFIC, ...terms });
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
    expect(await ask('PUT', '/standing', flow({ minIntervalMs: 500 }))).toMatchObject({ status: 201 });
    expect(await ask('PUT', '/line', { objectType: 'communicationStatus', objectId: CONNECTION })).toMatchObject({ status: 201 });
    before = await inboxOf(broker, FIRE, cities.fire.token);
  });
  afterEach(async () => expect(await inboxOf(broker, FIRE, cities.fire.token)).toBe(before));
  afterAll(() => broker.close());

  it.each(TERMS)('refuses %s, when it is made and when it is changed', async (_what, terms, pointer) => {
    expectRefusal(await ask('PUT', '/other', flow(terms)), 400, 'validation-failed', pointer);
    expectRefusal(await ask('PUT', '/standing', flow(terms)), 400, 'validation-failed', pointer);
    // In a merge patch null takes away.
    if (Object.values(terms).includes(null)) return;
    expectRefusal(await ask('PATCH', '/standing', terms), 400, 'validation-failed', pointer);
  });

  it.each<[string, unknown]>([
    ['too many levels', nested(17)],
    ['too many parts', { or: Array.from({ length: 201 }, () => true) }],
  ])('refuses a filter of %s', async (_what, filter) => {
    expectRefusal(await ask('PUT', '/other', flow({ filter })), 400, 'validation-failed');
    expectRefusal(await ask('PATCH', '/standing', { filter }), 400, 'validation-failed');
  });

  it.each<[string, unknown, number, string, string | RegExp]>([
    ['nothing', {}, 400, 'validation-failed', '/objectType'],
    ['what nobody tells of', { objectType: 'function', objectId: 'closeRoad' }, 400, 'validation-failed', '/objectType'],
    ['no feature', { objectType: 'data', provider: TRAFFIC }, 400, 'validation-failed', '/objectId'],
    ['an empty name', flow({ objectId: '' }), 400, 'validation-failed', '/objectId'],
    ['a list of names', flow({ objectId: ['flow'] }), 400, 'validation-failed', '/objectId'],
    ['data of nobody', { objectType: 'data', objectId: 'flow' }, 400, 'validation-failed', '/provider'],
    ['data of what is no URI', flow({ provider: 'traffic' }), 400, 'invalid-id', /URI/],
    ['data of an unknown twin', flow({ provider: 'urn:x:nobody' }), 409, 'state-conflict', /No open connection/],
    ['data that is not connected', flow({ objectId: 'nothing' }), 409, 'state-conflict', /No open connection/],
    ['the status of nothing', { objectType: 'federationStatus', objectId: 'urn:x:none' }, 404, 'not-found', /./],
    ['the status of what is no URI', { objectType: 'communicationStatus', objectId: 'a b' }, 400, 'invalid-id', /URI/],
    ['a twin that is not to be seen', { objectType: 'digitalTwin', objectId: SECRET }, 404, 'not-found', /There is no twin/],
    ['a feature of a twin that is not', { objectType: 'feature', objectId: 'flow', provider: 'urn:x:nobody' }, 404, 'not-found', /./],
    [
      'terms of a status',
      { objectType: 'communicationStatus', objectId: CONNECTION, minIntervalMs: 5 },
      400,
      'validation-failed',
      '/minIntervalMs',
    ],
    [
      'a filter of one twin',
      { objectType: 'digitalTwin', objectId: TRAFFIC, filter: { domain: 'traffic' } },
      400,
      'validation-failed',
      '/filter',
    ],
    ['an unknown filter of twins', { objectType: 'digitalTwin', filter: { colour: 'red' } }, 400, 'validation-failed', '/filter/colour'],
    ['null for the lane', flow({ lane: null }), 400, 'validation-failed', '/lane'],
    ['null for the end', flow({ expiresInSeconds: null }), 400, 'validation-failed', '/expiresInSeconds'],
    ['another subscription’s name', { objectType: 'digitalTwin', objectId: TRAFFIC }, 409, 'already-exists', /another subscription/],
  ])('refuses a wish for %s', async (_what, body, status, code, place) => {
    expectRefusal(await ask('PUT', '/standing', body), status, code, place);
  });

  it.each([['null'], ['[]'], ['"lane"'], ['5'], ['true']])('refuses %s, which is no patch', async (text) => {
    expectRefusal(await ask('PATCH', '/standing', text), 400, 'validation-failed', '');
    expectRefusal(await ask('PUT', '/standing', text), 400, 'validation-failed', '');
  });

  it('refuses to change what is not a term, or to ask afterwards for what comes first', async () => {
    expectRefusal(await ask('PATCH', '/standing'), 400, 'validation-failed', '');
    expectRefusal(await ask('PATCH', '/standing', { provider: FIRE }), 400, 'validation-failed', '/provider');
    expectRefusal(await ask('PATCH', '/standing', { lastValue: true }), 400, 'validation-failed', '/lastValue');
    expectRefusal(await ask('PATCH', '/standing', { lane: null }), 400, 'validation-failed', '/lane');
    expectRefusal(await ask('PATCH', '/line', { minIntervalMs: 5 }), 400, 'validation-failed', '/minIntervalMs');
    expectRefusal(await ask('PATCH', '/standing', '{"__proto__":{"lane":"bulk"}}'), 400, 'validation-failed', '/__proto__');
    expectRefusal(await ask('PATCH', '/standing', '{"constructor":{}}'), 400, 'validation-failed', '/constructor');
  });

  it.each(['a b', '\0', 'a'.repeat(201), 'ü', '%', 'none'])('finds no subscription %j', async (name) => {
    const path = `/${encodeURIComponent(name)}`;
    const isName = /^[\x21-\x7e]{1,200}$/.test(name);
    for (const [method, body] of [
      ['PATCH', { lane: 'bulk' }],
      ['DELETE', undefined],
    ] as const) {
      expectRefusal(await ask(method, path, body), isName ? 404 : 400, isName ? 'not-found' : 'invalid-id');
    }
    if (!isName) expectRefusal(await ask('PUT', path, flow()), 400, 'invalid-id');
  });

  it('are nobody else’s to make, change, see or end', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '/standing', flow()],
      ['PATCH', '/standing', { lane: 'bulk' }],
      ['DELETE', '/standing', undefined],
    ] as const) {
      expectRefusal(await ask(method, path, body, cities.traffic.token), 403, 'forbidden', /does not act/);
      const there = twinPath(SECRET, `/subscriptions${path}`);
      expectRefusal(await broker.api(method, there, body, cities.fire.token), 404, 'not-found', /There is no twin/);
    }
  });

  it('have met nothing that they did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
