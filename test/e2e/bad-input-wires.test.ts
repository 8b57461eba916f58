import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { FIRE, TRAFFIC, TwoCities } from './support/two-cities.js';

const BINDING = twinPath(TRAFFIC, '/bindings/city');
const DELIVERY = twinPath(TRAFFIC, '/inbox/delivery');
const MQTT = { url: 'mqtts://broker.example.org', topics: ['a/b'] };

describe('bindings and deliveries, as they cannot be', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
  });
  afterAll(() => broker.close());

  const ask = (method: string, at: string, body?: unknown, token = cities.traffic.token): Promise<Answer> =>
    broker.api(method, at, body, token);

  it.each<[string, unknown, string]>([
    ['nothing', {}, '/protocol'],
    ['a list', [], ''],
    ['a protocol that there is not', { protocol: 'smtp', settings: {} }, '/protocol'],
    ['one that only delivers', { protocol: 'webhook', settings: { url: 'https://a.example.org' } }, '/protocol'],
    ['no settings', { protocol: 'mqtt' }, '/settings'],
    ['settings that are a list', { protocol: 'mqtt', settings: [] }, '/settings'],
    ['no address', { protocol: 'mqtt', settings: { topics: ['a'] } }, '/settings/url'],
    ['an address of another protocol', { protocol: 'mqtt', settings: { ...MQTT, url: 'ftp://a.example.org' } }, '/settings/url'],
    ['an address with a password', { protocol: 'mqtt', settings: { ...MQTT, url: 'mqtts://u:p@a.example.org' } }, '/settings/url'],
    ['no topic', { protocol: 'mqtt', settings: { ...MQTT, topics: [] } }, '/settings/topics'],
    ['a setting that there is not', { protocol: 'mqtt', settings: { ...MQTT, password: 'secret' } }, '/settings/password'],
    ['QoS 3', { protocol: 'mqtt', settings: { ...MQTT, qos: 3 } }, '/settings/qos'],
    ['another version', { protocol: 'mqtt', settings: { ...MQTT, version: '4' } }, '/settings/version'],
    ['a feature that there is not', { protocol: 'mqtt', settings: MQTT, feature: 'rain' }, '/feature'],
    ['a function for a feature', { protocol: 'mqtt', settings: MQTT, feature: 'closeRoad' }, '/feature'],
    ['null for a feature', { protocol: 'mqtt', settings: MQTT, feature: null }, '/feature'],
    ['perhaps', { protocol: 'mqtt', settings: MQTT, enabled: null }, '/enabled'],
    ['something else', { protocol: 'mqtt', settings: MQTT, name: 'x' }, '/name'],
  ])('refuses to listen by %s', async (_what, body, place) => {
    expectRefusal(await ask('PUT', BINDING, body), 400, 'validation-failed', place);
    expect((await ask('GET', twinPath(TRAFFIC, '/bindings'))).body).toEqual({ items: [] });
  });

  it.each(['City', '-a', 'a'.repeat(33), 'a_b', '%00'])('refuses a binding called %s', async (name) => {
    const answer = await ask('PUT', twinPath(TRAFFIC, `/bindings/${name}`), { protocol: 'mqtt', settings: MQTT });
    expectRefusal(answer, 400, 'invalid-id');
  });

  it.each<[string, unknown, string]>([
    ['nothing', {}, '/mode'],
    ['a mode that there is not', { mode: 'pigeon', settings: {} }, '/mode'],
    ['one that only listens', { mode: 'sse', settings: { url: 'https://a.example.org' } }, '/mode'],
    ['settings that are a list', { mode: 'mqtt', settings: [] }, '/settings'],
    ['no address', { mode: 'mqtt', settings: { topic: 'a' } }, '/settings/url'],
    ['a topic with a wildcard', { mode: 'mqtt', settings: { url: MQTT.url, topic: 'a/#' } }, '/settings/topic'],
    ['a template of nothing', { mode: 'mqtt', settings: { url: MQTT.url, topic: 'a/{colour}' } }, '/settings/topic'],
    ['a setting that there is not', { mode: 'mqtt', settings: { url: MQTT.url, topic: 'a', token: 'x' } }, '/settings/token'],
    ['something else', { mode: 'pull', name: 'x' }, '/name'],
  ])('refuses to deliver by %s', async (_what, body, place) => {
    expectRefusal(await ask('PUT', DELIVERY, body), 400, 'validation-failed', place);
    expect((await ask('GET', DELIVERY)).body).toMatchObject({ mode: 'pull' });
  });

  it.each<[string, string, unknown]>([
    ['GET', '/bindings', undefined],
    ['GET', '/bindings/city', undefined],
    ['PUT', '/bindings/city', { protocol: 'mqtt', settings: MQTT }],
    ['DELETE', '/bindings/city', undefined],
    ['POST', '/bindings/city/test', undefined],
    ['GET', '/inbox/delivery', undefined],
    ['PUT', '/inbox/delivery', { mode: 'pull' }],
    ['POST', '/inbox/delivery/test', undefined],
  ])('is the affair of who acts for the twin: %s %s', async (method, rest, body) => {
    const { token } = await broker.createOrganization();
    expect([403, 404]).toContain((await ask(method, twinPath(TRAFFIC, rest), body, token)).status);
    expect([403, 404]).toContain((await ask(method, twinPath(FIRE, rest), body)).status);
    expectRefusal(await ask(method, twinPath('urn:example:twin:nobody', rest), body), 404, 'not-found');
    expect((await broker.api(method, twinPath(TRAFFIC, rest), body)).status).toBe(401);
  });

  it('knows no binding that there is not', async () => {
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/test', undefined],
    ] as const) {
      // prettier-ignore
      expectRefusal(await ask(method, twinPath(TRAFFIC, `/bindings/nowhere${rest}`)), 404, 'not-found');
    }
  });
});
