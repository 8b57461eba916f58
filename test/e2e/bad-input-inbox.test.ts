import type { Answer } from './support/http-client.js';
import { inboxOf } from './support/bystander.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { FIRE, SECRET, TRAFFIC, TwoCities } from './support/two-cities.js';

const PROTO = '{"limits":{},"__proto__":{"overflow":"dropOldest"}}';

describe('an inbox that is run as it cannot be', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  let before: string;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
    before = await inboxOf(broker, FIRE, cities.fire.token);
  });
  afterEach(async () => expect(await inboxOf(broker, FIRE, cities.fire.token)).toBe(before));
  afterAll(() => broker.close());

  const ask = (method: string, path: string, body?: unknown, token = cities.fire.token): Promise<Answer> =>
    broker.api(method, path, body, token);
  const set = (body: unknown): Promise<Answer> => ask('PUT', twinPath(FIRE, '/inbox/settings'), body);

  it.each<[string, unknown, string]>([
    ['nothing', undefined, '/limits'],
    ['no limits', {}, '/limits'],
    ['null for limits', { limits: null }, '/limits'],
    ['a list of limits', { limits: [] }, '/limits'],
    ['a number of limits', { limits: 5 }, '/limits'],
    ['a limit of nothing', { limits: { maxMessages: 0 } }, '/limits/maxMessages'],
    ['a negative limit', { limits: { maxMessages: -1 } }, '/limits/maxMessages'],
    ['half a message', { limits: { maxMessages: 1.5 } }, '/limits/maxMessages'],
    ['more messages than are counted', { limits: { maxMessages: 100_001 } }, '/limits/maxMessages'],
    ['a text for a number', { limits: { maxMessages: '10' } }, '/limits/maxMessages'],
    ['null for a number', { limits: { maxMessages: null } }, '/limits/maxMessages'],
    ['a few bytes', { limits: { maxBytes: 1_023 } }, '/limits/maxBytes'],
    ['bytes beyond all bounds', { limits: { maxBytes: 1e300 } }, '/limits/maxBytes'],
    ['no time', { limits: { maxAgeSeconds: 0 } }, '/limits/maxAgeSeconds'],
    ['more than a year', { limits: { maxAgeSeconds: 31_536_001 } }, '/limits/maxAgeSeconds'],
    ['a limit of another kind', { limits: { maxColour: 1 } }, '/limits/maxColour'],
    ['constructor as a limit', { limits: { constructor: 1 } }, '/limits/constructor'],
    ['an unknown overflow', { limits: {}, overflow: 'dropNewest' }, '/overflow'],
    ['null for the overflow', { limits: {}, overflow: null }, '/overflow'],
    ['a list for the overflow', { limits: {}, overflow: ['refuse'] }, '/overflow'],
    ['a mode, which has a path of its own', { limits: {}, mode: 'PAUSED' }, '/mode'],
    ['__proto__', PROTO, '/__proto__'],
  ])('refuses settings with %s', async (_what, body, pointer) => {
    expectRefusal(await set(body), 400, 'validation-failed', pointer);
  });

  it.each([['null'], ['[]'], ['"refuse"'], ['7']])('refuses %s for settings', async (text) => {
    expectRefusal(await set(text), 400, 'validation-failed', '');
  });

  it('refuses to be run by others, and tells strangers nothing', async () => {
    const operations: [string, string, unknown?][] = [
      ['GET', '/inbox/settings'],
      ['PUT', '/inbox/settings', { limits: {} }],
      ['POST', '/inbox/pause'],
      ['POST', '/inbox/drain'],
      ['POST', '/inbox/resume'],
      ['POST', '/inbox/purge'],
      ['GET', '/inbox/backlog'],
      ['GET', '/inbox/observers'],
      ['PUT', '/inbox/observers/organization/traffic'],
      ['DELETE', '/inbox/observers/organization/traffic'],
    ];
    for (const [method, path, body] of operations) {
      expectRefusal(await ask(method, twinPath(FIRE, path), body, cities.traffic.token), 403, 'forbidden', /does not act/);
      expectRefusal(await ask(method, twinPath(SECRET, path), body), 404, 'not-found', /There is no twin/);
      expectRefusal(await ask(method, twinPath('urn:x:nobody', path), body), 404, 'not-found', /There is no twin/);
      expectRefusal(await ask(method, twinPath('no uri', path), body), 400, 'invalid-id', /URI/);
      expectRefusal(await ask(method, twinPath('urn:x:\0', path), body), 400, 'invalid-id', /URI/);
      expectRefusal(await ask(method, twinPath(FIRE, path), body, 'nonsense'), 401, 'unauthenticated');
    }
  });

  it.each<[string, string, number, string]>([
    ['an unknown kind', '/robot/x', 404, 'route-not-found'],
    ['a kind that objects have', '/constructor/x', 404, 'route-not-found'],
    ['no organization', '/organization/No%20Slug', 400, 'invalid-id'],
    ['an organization with U+0000', '/organization/%00', 400, 'invalid-id'],
    ['an organization that is too long', `/organization/${'a'.repeat(64)}`, 400, 'invalid-id'],
    ['a twin that is no URI', '/twin/somebody', 400, 'invalid-id'],
    ['a twin with U+0000', '/twin/urn:x:%00', 400, 'invalid-id'],
    ['a twin that is too long', `/twin/urn:x:${'y'.repeat(600)}`, 400, 'invalid-id'],
  ])('refuses %s as an observer', async (_what, path, status, code) => {
    for (const method of ['PUT', 'DELETE']) expectRefusal(await ask(method, twinPath(FIRE, `/inbox/observers${path}`)), status, code);
  });

  it('says so when somebody who is to look no longer did not', async () => {
    for (const who of ['organization/traffic', `twin/${encodeURIComponent(TRAFFIC)}`]) {
      expectRefusal(await ask('DELETE', twinPath(FIRE, `/inbox/observers/${who}`)), 404, 'not-found', /does not observe/);
    }
  });

  it('takes bodies where none is expected for what they are, and does what was asked once', async () => {
    for (const text of ['null', '[]', '{"mode":"DRAINING"}']) {
      expect(await ask('POST', twinPath(FIRE, '/inbox/resume'), text)).toMatchObject({ status: 200, body: { mode: 'OPEN' } });
    }
    expectRefusal(await ask('POST', twinPath(FIRE, '/inbox/resume'), '{"mode":'), 400, 'malformed-message', '/mode');
    for (let times = 0; times < 2; times += 1) {
      expect(await ask('POST', twinPath(FIRE, '/inbox/pause'))).toMatchObject({ status: 200, body: { mode: 'PAUSED' } });
    }
    expect(await ask('POST', twinPath(FIRE, '/inbox/resume'))).toMatchObject({ status: 200, body: { mode: 'OPEN' } });
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
