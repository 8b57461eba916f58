import type { Answer } from './support/http-client.js';
import { inboxOf } from './support/bystander.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { FIRE, SECRET, TwoCities } from './support/two-cities.js';

const URL = 'https://hooks.example.org/fire';
const webhook = (settings: object): object => ({ mode: 'webhook', settings: { url: URL, ...settings } });

describe('delivery as it cannot be', () => {
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
    broker.api(method, twinPath(FIRE, `/inbox/delivery${path}`), body, token);

  it.each<[string, unknown, string]>([
    ['nothing', undefined, '/mode'],
    ['a number for a mode', { mode: 5 }, '/mode'],
    ['an unknown mode', { mode: 'pigeon', settings: {} }, '/mode'],
    ['a mode that objects have', { mode: 'constructor', settings: {} }, '/mode'],
    ['a mode that is too long', { mode: 'x'.repeat(65) }, '/mode'],
    ['no settings', { mode: 'webhook' }, '/settings'],
    ['null for settings', { mode: 'webhook', settings: null }, '/settings'],
    ['a list for settings', { mode: 'webhook', settings: [] }, '/settings'],
    ['settings under both names', { mode: 'webhook', settings: { url: URL }, webhook: { url: URL } }, '/webhook'],
    ['no URL', { mode: 'webhook', settings: {} }, '/settings/url'],
    ['no URL, under the older name', { mode: 'webhook', webhook: {} }, '/webhook/url'],
    ['a relative URL', webhook({ url: '/fire' }), '/settings/url'],
    ['a URL of another scheme', webhook({ url: 'file:///etc/passwd' }), '/settings/url'],
    ['a URL with credentials', webhook({ url: 'https://a:b@hooks.example.org/' }), '/settings/url'],
    ['a URL with a fragment', webhook({ url: `${URL}#a` }), '/settings/url'],
    ['a URL with a line break', webhook({ url: `${URL}\r\nX-A: b` }), '/settings/url'],
    ['a URL that is too long', webhook({ url: `${URL}?${'a'.repeat(2_048)}` }), '/settings/url'],
    ['a port that is none', webhook({ url: 'https://hooks.example.org:99999/' }), '/settings/url'],
    ['the broker’s own machine', webhook({ url: 'http://127.0.0.1:1/' }), '/settings/url'],
    ['the same in hexadecimal', webhook({ url: 'http://0x7f.1/' }), '/settings/url'],
    ['the same in version 6', webhook({ url: 'http://[::ffff:127.0.0.1]/' }), '/settings/url'],
    ['the cloud’s metadata', webhook({ url: 'http://169.254.169.254/latest' }), '/settings/url'],
    ['an unknown format', webhook({ format: 'xml' }), '/settings/format'],
    ['nothing in flight', webhook({ maxInFlight: 0 }), '/settings/maxInFlight'],
    ['too much in flight', webhook({ maxInFlight: 101 }), '/settings/maxInFlight'],
    ['half a message in flight', webhook({ maxInFlight: 1.5 }), '/settings/maxInFlight'],
    ['no time', webhook({ timeoutMs: 99 }), '/settings/timeoutMs'],
    ['more than half a minute', webhook({ timeoutMs: 30_001 }), '/settings/timeoutMs'],
    ['a text for a number', webhook({ timeoutMs: '100' }), '/settings/timeoutMs'],
    ['a setting that is none', webhook({ colour: 'red' }), '/settings/colour'],
    ['a secret among the settings', webhook({ secret: 'whsec_AAAA' }), '/settings/secret'],
    ['constructor among the settings', webhook({ constructor: {} }), '/settings/constructor'],
    [
      '__proto__ among the settings',
      '{"mode":"webhook","settings":{"url":"https://a.example/","__proto__":{"a":1}}}',
      '/settings/__proto__',
    ],
    ['an unknown member', { mode: 'pull', colour: 'red' }, '/colour'],
  ])('refuses %s', async (_what, body, pointer) => {
    expectRefusal(await ask('PUT', '', body), 400, 'validation-failed', pointer);
  });

  it.each(['http', 'websocket', 'mqtt', 'amqp', 'nats', 'ngsi-ld', 'wot', 'coap'])('refuses settings of %s that are none', async (mode) => {
    for (const settings of [{}, { url: 5 }, { url: 'nowhere' }, { url: 'http://127.0.0.1:1/', colour: 'red' }, { toString: 1 }]) {
      const answer = await ask('PUT', '', { mode, settings });
      expectRefusal(answer, 400, 'validation-failed');
      expect((answer.body as { pointer?: string }).pointer).toMatch(/^\/settings|^\/mode/);
    }
  });

  it.each<[string, string, unknown, number, string, string | RegExp]>([
    ['a name that is none', 'A b', { kind: 'ed25519' }, 400, 'invalid-id', /name of a key/],
    ['a name with U+0000', '\0', { kind: 'ed25519' }, 400, 'invalid-id', /name of a key/],
    ['a name that is too long', 'a'.repeat(33), { kind: 'ed25519' }, 400, 'invalid-id', /name of a key/],
    ['no kind', 'second', {}, 400, 'validation-failed', '/kind'],
    ['an unknown kind', 'second', { kind: 'rsa' }, 400, 'validation-failed', '/kind'],
    ['null for a secret', 'second', { kind: 'hmac-sha256', secret: null }, 400, 'validation-failed', '/secret'],
    ['an empty secret', 'second', { kind: 'hmac-sha256', secret: '' }, 400, 'validation-failed', '/secret'],
    ['a secret without its mark', 'second', { kind: 'hmac-sha256', secret: 'A'.repeat(32) }, 400, 'validation-failed', '/secret'],
    ['a secret that is too short', 'second', { kind: 'hmac-sha256', secret: 'whsec_AAAA' }, 400, 'validation-failed', '/secret'],
    [
      'a secret that is too long',
      'second',
      { kind: 'hmac-sha256', secret: `whsec_${'A'.repeat(92)}` },
      400,
      'validation-failed',
      '/secret',
    ],
    [
      'a secret that is not base64',
      'second',
      { kind: 'hmac-sha256', secret: `whsec_${'!'.repeat(44)}` },
      400,
      'validation-failed',
      '/secret',
    ],
    ['a secret of a key pair', 'second', { kind: 'ed25519', secret: `whsec_${'A'.repeat(44)}` }, 400, 'validation-failed', '/secret'],
    ['an unknown member', 'second', { kind: 'ed25519', publicKey: 'a' }, 400, 'validation-failed', '/publicKey'],
  ])('refuses a key with %s', async (_what, name, body, status, code, place) => {
    const answer = await ask('PUT', `/keys/${encodeURIComponent(name)}`, body);
    expectRefusal(answer, status, code, place);
    const { secret } = body as { secret?: string | null };
    if (typeof secret === 'string' && secret.length > 12) expect(JSON.stringify(answer.body)).not.toContain(secret);
  });

  it.each<[string, string, unknown, number, string, string | RegExp]>([
    ['a credential that no protocol has', 'pin', { value: 'a' }, 400, 'validation-failed', /No protocol has/],
    ['one that objects have', 'constructor', { value: 'a' }, 400, 'validation-failed', /No protocol has/],
    ['one with U+0000', '\0', { value: 'a' }, 400, 'validation-failed', /No protocol has/],
    ['no value', 'password', {}, 400, 'validation-failed', '/value'],
    ['an empty value', 'password', { value: '' }, 400, 'validation-failed', '/value'],
    ['a value that is too long', 'password', { value: 'a'.repeat(16_385) }, 400, 'validation-failed', '/value'],
    ['an object for a value', 'password', { value: {} }, 400, 'validation-failed', '/value'],
  ])('refuses %s', async (_what, name, body, status, code, place) => {
    expectRefusal(await ask('PUT', `/credentials/${encodeURIComponent(name)}`, body), status, code, place);
  });

  it.each(['nothing', 'A b', '\0', 'a'.repeat(2_000), '%', '../../settings'])('finds no key or credential %j to remove', async (name) => {
    for (const path of ['keys', 'credentials']) {
      expectRefusal(await ask('DELETE', `/${path}/${encodeURIComponent(name)}`), 404, 'not-found');
    }
  });

  it('has nothing to test where a twin pulls, and says what came of a test that cannot succeed', async () => {
    expect(await ask('POST', '/test')).toMatchObject({ status: 200, body: { outcome: 'pull' } });
    expect(await ask('PUT', '', webhook({ url: 'http://nowhere.invalid/', timeoutMs: 1_000 }))).toMatchObject({ status: 200 });
    expect(await ask('POST', '/test')).toMatchObject({ status: 200, body: { outcome: 'refused' } });
    expectRefusal(await ask('DELETE', '/keys/first'), 409, 'state-conflict', /only key/);
    expect(await ask('DELETE', '')).toMatchObject({ status: 204 });
    expect(await ask('DELETE', '/keys/first')).toMatchObject({ status: 204 });
  });

  it('keeps keys to five, each name once', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      expect(await ask('PUT', `/keys/${name}`, { kind: 'ed25519' })).toMatchObject({ status: 201 });
    expectRefusal(await ask('PUT', '/keys/a', { kind: 'ed25519' }), 409, 'already-exists', /There is a key a/);
    expectRefusal(await ask('PUT', '/keys/f', { kind: 'ed25519' }), 409, 'state-conflict', /5 keys/);
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(await ask('DELETE', `/keys/${name}`)).toMatchObject({ status: 204 });
  });

  it('is nobody else’s to set, and not to be seen of a twin that is not', async () => {
    const operations: [string, string, unknown?][] = [
      ['GET', ''],
      ['PUT', '', webhook({})],
      ['DELETE', ''],
      ['POST', '/test'],
      ['GET', '/keys'],
      ['PUT', '/keys/second', { kind: 'ed25519' }],
      ['DELETE', '/keys/first'],
      ['GET', '/credentials'],
      ['PUT', '/credentials/password', { value: 'a' }],
      ['DELETE', '/credentials/password'],
    ];
    for (const [method, path, body] of operations) {
      expectRefusal(await ask(method, path, body, cities.traffic.token), 403, 'forbidden');
      const there = (twin: string): string => twinPath(twin, `/inbox/delivery${path}`);
      expectRefusal(await broker.api(method, there(SECRET), body, cities.fire.token), 404, 'not-found');
      expectRefusal(await broker.api(method, there('urn:x:\0'), body, cities.fire.token), 400, 'invalid-id');
    }
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
