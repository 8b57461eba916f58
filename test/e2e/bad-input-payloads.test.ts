import type { Answer } from './support/http-client.js';
import { expectPlace, expectRefusal, type Problem, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { FIRE, TRAFFIC, TwoCities } from './support/two-cities.js';

const DEEP = 10_000;
const MEGABYTE = 1024 * 1024;

describe('payloads that mean harm', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  let before: string;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
    before = await cities.inboxes();
  });
  afterEach(async () => expect(await cities.inboxes()).toBe(before));
  afterAll(() => broker.close());

  /** The texts of the payloads in the receiver's inbox, which is emptied. */
  async function takeDelivered(): Promise<string> {
    const text = await cities.text(twinPath(TRAFFIC, '/inbox/claims'), cities.traffic.token, { claimId: 'take', max: 1000 });
    await broker.api('POST', twinPath(TRAFFIC, '/inbox/acks'), { claimId: 'take' }, cities.traffic.token);
    return text;
  }

  it.each([
    ['40 digits', '1234567890123456789012345678901234567890'],
    ['40 digits after the point', '{"n":0.1234567890123456789012345678901234567890}'],
    ['what looks like its neighbour to a double', '[9007199254740993,9007199254740992.0]'],
    ['zeros that mean precision', '[1.000,1E+2,-0,-0.0,1e-400]'],
    ['U+0000', '{"a\\u0000b":"\\u0000"}'],
    ['a pair of surrogates, escaped', '"\\ud83d\\ude00"'],
    ['characters that break lines in scripts and streams', '"\u2028\\n\\r\\u2029 data: x"'],
    ['prototypes', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
    ['null', 'null'],
    ['white space', '{ "a" :\t[ 1 ,2 ] }'],
    ['63 levels', `${'['.repeat(62)}${']'.repeat(62)}`],
  ])('carries %s exactly as written', async (_what, payload) => {
    expect((await cities.send(cities.provide(payload))).status).toBe(202);
    expect(await takeDelivered()).toContain(`"payload":${payload}}`);
    expect(await broker.api('PUT', twinPath(FIRE, '/features/anything/value'), payload, cities.fire.token)).toMatchObject({ status: 202 });
    expect(await cities.text(twinPath(FIRE, '/features/anything/value'), cities.fire.token)).toContain(`"value":${payload}}`);
  });

  it.each([
    ['a number that no double holds', '1e400', 'malformed-message', /beyond the range/],
    ['one deep inside', '{"a":[-1e999]}', 'malformed-message', /beyond the range/],
    ['a high surrogate alone', '"\\ud800"', 'malformed-message', /surrogate/],
    ['a low surrogate alone', '["\\udc00"]', 'malformed-message', /surrogate/],
    ['a surrogate in a key', '{"\\ud800":1}', 'malformed-message', /surrogate/],
    ['10,000 levels', `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, 'malformed-message', /deeper than/],
    ['a key twice', '{"a":1,"\\u0061":2}', 'malformed-message', /twice/],
    ['an end before its end', '1}},"x":{"y":{"z":1', 'malformed-message', /./],
    ['a second member', '1,"action":"EXPLODE"', 'malformed-message', /./],
    ['hexadecimal', '0x10', 'malformed-message', /./],
    ['nothing', '', 'malformed-message', /./],
  ])('refuses %s, sent or published', async (_what, payload, code, rule) => {
    const shown = await broker.api('GET', twinPath(FIRE, '/features/anything/value'), undefined, cities.fire.token);
    expectRefusal(await cities.send(cities.provide(payload)), 400, code, rule);
    expectRefusal(await broker.api('PUT', twinPath(FIRE, '/features/anything/value'), payload, cities.fire.token), 400, code);
    const { body } = await broker.api('GET', twinPath(FIRE, '/features/anything/value'), undefined, cities.fire.token);
    expect({ ...(body as object), ageMs: 0 }).toEqual({ ...(shown.body as object), ageMs: 0 });
  });

  it('refuses to publish what does not fit, under names that are none, and for others', async () => {
    const publish = (twin: string, name: string, value: string): Promise<Answer> =>
      broker.api('PUT', twinPath(twin, `/features/${name}/value`), value, cities.fire.token);
    expectRefusal(await publish(FIRE, 'nothing', '1'), 404, 'not-found', /no data feature nothing/);
    expectRefusal(await publish(FIRE, '__proto__', '1'), 404, 'not-found', /no data feature/);
    expectRefusal(await publish(FIRE, '%00', '1'), 400, 'malformed-message');
    expectRefusal(await publish(FIRE, 'a'.repeat(600), '1'), 400, 'validation-failed', '/data/object/id');
    expectRefusal(await publish(TRAFFIC, 'flow', '{}'), 403, 'forbidden', /does not act/);
    const path = twinPath(TRAFFIC, '/features/flow/value');
    expectRefusal(
      await broker.api('PUT', path, '{"intensity":"much"}', cities.traffic.token),
      422,
      'payload-invalid',
      '/data/payload/intensity',
    );
    expectRefusal(await broker.api('GET', path, undefined, cities.traffic.token), 404, 'not-found', /not published/);
    expectRefusal(await broker.api('GET', twinPath(FIRE, '/features/%00/value'), undefined, cities.fire.token), 404, 'not-found');
  });

  it('is not stalled by a pattern that backtracks elsewhere, nor by what is made for it', async () => {
    const hostile = cities.invoke({}, { payload: { road: `${'a'.repeat(500_000)}!` } });
    const [refused, ...others] = await Promise.all([
      cities.send(hostile),
      ...Array.from({ length: 5 }, () => broker.api('GET', '/health/live')),
    ]);
    expectRefusal(refused, 422, 'payload-invalid', '/data/payload/road');
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  it('refuses payloads that do not fit the function, by place', async () => {
    expectRefusal(await cities.send(cities.invoke({}, { payload: { road: 5 } })), 422, 'payload-invalid', '/data/payload/road');
    expectRefusal(await cities.send(cities.invoke({}, { payload: {} })), 422, 'payload-invalid');
    expectRefusal(await cities.send(cities.invoke({}, { payload: [] })), 422, 'payload-invalid', '/data/payload');
    expectRefusal(await cities.send(cities.invoke({}, { payload: undefined })), 422, 'payload-invalid', '/data/payload');
    const inherited = JSON.stringify(cities.invoke({}, { payload: 0 })).replace('"payload":0', '"payload":{"__proto__":{"road":"aaa"}}');
    expectRefusal(await cities.send(inherited), 422, 'payload-invalid');
  });

  it('refuses what is larger than a message or an array may be', async () => {
    const large = cities.provide(JSON.stringify('x'.repeat(2 * MEGABYTE)));
    expectRefusal(await cities.send(large), 413, 'payload-too-large', /1048576/);
    expectRefusal(
      await broker.api('PUT', twinPath(FIRE, '/features/anything/value'), JSON.stringify('x'.repeat(2 * MEGABYTE)), cities.fire.token),
      413,
      'payload-too-large',
    );
    expectRefusal(await cities.send(`[${' '.repeat(33 * MEGABYTE)}]`), 413, 'payload-too-large', /33554432/);
    const many = Array.from({ length: 1_001 }, () => cities.provide('1'));
    expectRefusal(await cities.send(`[${many.join(',')}]`), 413, 'payload-too-large', /1000 messages/);
  });

  it('takes the good messages of an array, and says of each bad one what is wrong with it', async () => {
    const good = (n: number): string => cities.provide(String(n));
    const bad = ['null', '[]', '{"a":1,"a":2}', '"text"', JSON.stringify(cities.invoke({ ttlMs: -1 })), cities.provide('1e400')];
    const answer = await cities.send(
      `[${good(1)},${bad[0]},${good(2)},${bad.slice(1).join(',')},${good(3)},${cities.provide('"\\ud800"')}]`,
    );
    expect(answer.status).toBe(207);
    const outcomes = answer.body as (Problem & { status: unknown })[];
    expect(outcomes.map(({ status }) => status)).toEqual(['ACCEPTED', 400, 'ACCEPTED', 400, 400, 400, 400, 400, 'ACCEPTED', 400]);
    expectPlace(outcomes[1] as Problem, '/1');
    expectPlace(outcomes[4] as Problem, '/4/a');
    expectPlace(outcomes[6] as Problem, '/6/header/ttlMs');
    expectPlace(outcomes[9] as Problem, '/9/data/payload');
    const { deliveries } = JSON.parse(await takeDelivered()) as { deliveries: { message: { data: { payload: unknown } } }[] };
    expect(deliveries.map(({ message }) => message.data.payload)).toEqual([1, 2, 3]);
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
