import type { Answer } from './support/http-client.js';
import { expectRefusal } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { CONNECTION, FEDERATION, FIRE, TRAFFIC, TwoCities } from './support/two-cities.js';

const path = (rest = '', id = CONNECTION): string => `/v1/connections/${encodeURIComponent(id)}/adaptation${rest}`;
const IDENTIFIERS = `/v1/federations/${encodeURIComponent(FEDERATION)}/identifiers`;
const FLOW = { twin: TRAFFIC, feature: 'flow', purpose: 'data' };
const NOWHERE = 'urn:example:connection:nowhere';

describe('adaptations of connections, as they cannot be', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
  });
  afterAll(() => broker.close());

  const ask = (method: string, at: string, body?: unknown, token = cities.fire.token): Promise<Answer> =>
    broker.api(method, at, body, token);
  const versions = async (): Promise<unknown> => (await ask('GET', path('/versions'))).body;

  it.each<[string, unknown, string]>([
    ['a list', [], ''],
    ['something else', { rules: [] }, '/rules'],
    ['overrides that are none', { overrides: {} }, '/overrides'],
    ['null', { overrides: null }, '/overrides'],
    ['an override without a step', { overrides: [FLOW] }, '/overrides/0/step'],
    ['an override of no flow', { overrides: [{ ...FLOW, feature: 'rain', step: 'unit' }] }, '/overrides/0'],
    ['an override of no step', { overrides: [{ ...FLOW, step: 'unit' }] }, '/overrides/0/step'],
    ['a purpose that it has not', { overrides: [{ ...FLOW, purpose: 'input', step: 'unit' }] }, '/overrides/0'],
    ['a purpose that there is not', { overrides: [{ ...FLOW, purpose: 'both', step: 'unit' }] }, '/overrides/0/purpose'],
    ['parameters that are a list', { overrides: [{ ...FLOW, step: 'unit', parameters: [] }] }, '/overrides/0/parameters'],
    ['a step that is perhaps skipped', { overrides: [{ ...FLOW, step: 'unit', skipped: null }] }, '/overrides/0/skipped'],
    ['201 overrides', { overrides: Array.from({ length: 201 }, () => ({ ...FLOW, step: 'a' })) }, '/overrides'],
    ['a script that is a number', { scripts: [{ ...FLOW, expression: 1 }] }, '/scripts/0/expression'],
    ['a script without end', { scripts: [{ ...FLOW, expression: '(' }] }, '/scripts/0/expression'],
    ['a script nested too deep', { scripts: [{ ...FLOW, expression: '('.repeat(8_000) }] }, '/scripts/0/expression'],
    ['two scripts for a flow', { scripts: [1, 2].map((n) => ({ ...FLOW, expression: String(n) })) }, '/scripts/1'],
    ['a match of no place', { matches: [{ ...FLOW, from: 'a', to: '/b' }] }, '/matches/0/from'],
    ['a match that nobody asks for', { matches: [{ ...FLOW, from: '/intensity', to: '/b' }] }, '/matches/0/to'],
    ['a twin that is no URI', { scripts: [{ ...FLOW, twin: 'traffic', expression: '1' }] }, '/scripts/0/twin'],
  ])('refuses to override by %s', async (_what, body, place) => {
    const before = await versions();
    expectRefusal(await ask('PUT', path('/overrides'), body), 400, 'validation-failed', place);
    expect(await versions()).toEqual(before);
  });

  it('refuses scripts for what the other side receives', async () => {
    const scripts = [{ ...FLOW, expression: '$' }];
    expectRefusal(await ask('PUT', path('/overrides'), { scripts }, cities.traffic.token), 403, 'forbidden');
  });

  it.each<[string, unknown, string]>([
    ['nothing', {}, '/twin'],
    ['no payload', FLOW, '/payload'],
    ['a feature that there is not', { ...FLOW, feature: 'rain', payload: 1 }, '/feature'],
    ['a purpose that it has not', { ...FLOW, purpose: 'output', payload: 1 }, '/purpose'],
    ['something else', { ...FLOW, payload: 1, dryRun: true }, '/dryRun'],
  ])('refuses to try %s', async (_what, body, place) => {
    expectRefusal(await ask('POST', path('/test'), body), 400, 'validation-failed', place);
  });

  it.each<[string, unknown, string]>([
    ['a digest that is a number', { digest: 1 }, '/digest'],
    ['an empty digest', { digest: '' }, '/digest'],
    ['a digest of anything', { digest: '../../etc' }, '/digest'],
    ['something else', { force: true }, '/force'],
  ])('refuses to apply %s', async (_what, body, place) => {
    expectRefusal(await ask('POST', path('/apply'), body), 400, 'validation-failed', place);
  });

  it('refuses to apply a proposal that is another by now', async () => {
    expectRefusal(await ask('POST', path('/apply'), { digest: 'another' }), 409, 'state-conflict', '/digest');
  });

  it.each(['limit=0', 'limit=101x', 'limit=1001', 'page=2'])('refuses to list versions by %s', async (query) => {
    expectRefusal(await ask('GET', path(`/versions?${query}`)), 400, 'validation-failed');
  });

  it.each(['nonsense', '%00', Buffer.from('["plans:other",1]').toString('base64url')])('refuses the cursor %s', async (cursor) => {
    expectRefusal(await ask('GET', path(`/versions?cursor=${cursor}`)), 400, 'invalid-cursor');
  });

  const operations: [string, string, unknown][] = [
    ['GET', '', undefined],
    ['GET', '/versions', undefined],
    ['PUT', '/overrides', {}],
    ['GET', '/proposal', undefined],
    ['POST', '/apply', {}],
    ['POST', '/test', { ...FLOW, payload: {} }],
  ];
  it.each(operations)('hides from strangers, and knows no connection that there is not: %s %s', async (method, rest, body) => {
    const { token } = await broker.createOrganization();
    expectRefusal(await ask(method, path(rest), body, token), 404, 'not-found');
    expectRefusal(await ask(method, path(rest, NOWHERE), body), 404, 'not-found');
    expectRefusal(await ask(method, path(rest, 'nonsense'), body), 400, 'invalid-id');
    expect((await broker.api(method, path(rest), body)).status).toBe(401);
  });

  it('of a connection that was not accepted yet there is nothing to change', async () => {
    const id = 'urn:example:connection:asked';
    const request = { federationId: FEDERATION, requester: FIRE, responder: TRAFFIC, features: [{ twin: TRAFFIC, name: 'flow' }] };
    expect((await ask('PUT', `/v1/connections/${encodeURIComponent(id)}`, request)).status).toBe(201);
    expectRefusal(await ask('GET', path('', id)), 404, 'not-found');
    for (const [method, rest, body] of operations.slice(2, 5))
      expectRefusal(await ask(method, path(rest, id), body), 409, 'state-conflict');
  });

  it('identifiers of a federation are for its members, and changed by its initiator', async () => {
    const { token } = await broker.createOrganization();
    expectRefusal(await ask('GET', IDENTIFIERS, undefined, token), 404, 'not-found');
    expectRefusal(await ask('PUT', IDENTIFIERS, { schemes: [] }, cities.traffic.token), 403, 'forbidden');
    expectRefusal(
      await ask('PUT', IDENTIFIERS, { schemes: [{ from: 'a', to: 'a', pairs: {} }] }),
      400,
      'validation-failed',
      '/schemes/0/to',
    );
    expectRefusal(await ask('PUT', IDENTIFIERS, '{"schemes":[],"schemes":[]}'), 400, 'malformed-message');
  });
});
