import { expectRefusal, twinPath } from './support/refusals.js';
import type { Answer } from './support/http-client.js';
import { RunningBroker } from './support/running-broker.js';
import { FIRE, LADDER, type Parts, SECRET, TRAFFIC, TwoCities } from './support/two-cities.js';

const party = (id: string): Parts => ({ id, role: 'DT' });
const REFERENCE = { uri: 'https://files.example.org/a', digest: `sha-256:${'0'.repeat(64)}`, size: 5 };
const place = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('dead letters, replays, histories and what messages carry, as they cannot be', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
  });
  afterAll(() => broker.close());

  const ask = (method: string, path: string, body?: unknown, token = cities.fire.token): Promise<Answer> =>
    broker.api(method, path, body, token);
  const start = (body: object): Promise<Answer> => ask('POST', '/v1/replays', { receiver: FIRE, ...body });

  it.each<[string, Parts, Parts, number, string, string]>([
    ['a message that has passed here', { via: ['urn:twinfed:broker'] }, {}, 508, 'loop-detected', '/header/via'],
    [
      'one that has passed 32 brokers',
      { via: Array.from({ length: 32 }, (_, n) => `urn:x:${n}`) },
      {},
      508,
      'hops-exceeded',
      '/header/via',
    ],
    ['33 entries of via', { via: Array.from({ length: 33 }, (_, n) => `urn:x:${n}`) }, {}, 400, 'validation-failed', '/header/via'],
    ['no hops left', { hopLimit: 0 }, {}, 508, 'hops-exceeded', '/header/hopLimit'],
    ['a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01` }, {}, 400, 'validation-failed', '/header/traceparent'],
    ['a payload twice', {}, { payloadRef: REFERENCE }, 400, 'validation-failed', '/data/payloadRef'],
    ['a replay of one’s own making', { replayOf: 'a' }, {}, 400, 'validation-failed', '/header/replayOf'],
  ])('refuses %s', async (_what, header, data, status, code, pointer) => {
    expectRefusal(await cities.send(cities.invoke(header, data)), status, code, pointer);
  });

  it.each<[string, object, number, string, string]>([
    ['a file', { uri: 'file:///etc/passwd' }, 400, 'validation-failed', '/data/payloadRef/uri'],
    ['a script', { uri: 'javascript:alert(1)' }, 400, 'validation-failed', '/data/payloadRef/uri'],
    ['another digest', { digest: 'md5:00' }, 400, 'validation-failed', '/data/payloadRef/digest'],
    ['a negative size', { size: -1 }, 400, 'validation-failed', '/data/payloadRef/size'],
    ['a size beyond all bounds', { size: 2 ** 41 }, 413, 'payload-too-large', '/data/payloadRef/size'],
    ['what has gone', { expiresAt: '2020-01-01T00:00:00Z' }, 410, 'expired', '/data/payloadRef/expiresAt'],
    ['an unknown member', { colour: 'red' }, 400, 'validation-failed', '/data/payloadRef/colour'],
  ])('refuses a reference to %s', async (_what, changes, status, code, pointer) => {
    const message = cities.invoke({}, { payload: undefined, payloadRef: { ...REFERENCE, ...changes } });
    expectRefusal(await cities.send(message), status, code, pointer);
  });

  it('refuses progress of what nobody asked, and of what another was asked', async () => {
    const request = cities.invoke();
    expect(await cities.send(request)).toMatchObject({ status: 202 });
    const progress = (header: Parts): object => ({
      header: { version: '1.0', messageType: 'NOTIFICATION', sender: party(TRAFFIC), receiver: party(FIRE), ...header },
      data: { action: 'NOTIFY', object: { type: 'function', id: 'closeRoad' }, payload: { percent: 1 } },
    });
    const id = request.header['messageId'];
    const send = (header: Parts): Promise<Answer> => ask('POST', '/v1/messages', progress(header), cities.traffic.token);
    expectRefusal(await send({ correlationId: 'nothing' }), 404, 'not-found', '/header/correlationId');
    expectRefusal(await send({}), 400, 'validation-failed', '/header/correlationId');
    expectRefusal(await send({ correlationId: id, sender: party(SECRET) }), 404, 'not-found', '/header/correlationId');
    expectRefusal(await send({ correlationId: id, receiver: party(LADDER) }), 404, 'not-found', '/header/correlationId');
    expect(await send({ correlationId: id })).toMatchObject({ status: 202 });
  });

  it('takes an array of 100,000 elements for a payload, and answers others meanwhile', async () => {
    const message = cities.invoke({}, { payload: { road: 'a', more: Array.from({ length: 100_000 }, () => 1) } });
    const [sent, other] = await Promise.all([cities.send(message), ask('GET', twinPath(FIRE))]);
    expect([sent.status, other.status]).toEqual([202, 200]);
  });

  it.each<[string, object, number, string, string | RegExp]>([
    ['into nobody’s inbox', { receiver: 'urn:x:nobody' }, 404, 'not-found', /There is no twin/],
    ['into another’s inbox', { receiver: TRAFFIC }, 403, 'forbidden', /does not act/],
    ['into one that is not to be seen', { receiver: SECRET }, 404, 'not-found', /There is no twin/],
    ['out of another’s inbox', { source: { inbox: TRAFFIC } }, 403, 'forbidden', /does not act/],
    ['out of a stream without a connection', { source: { twin: TRAFFIC, feature: 'nothing' } }, 409, 'state-conflict', '/source/feature'],
    ['out of half a stream', { source: { twin: TRAFFIC } }, 400, 'validation-failed', '/source/feature'],
    ['from yesterday', { from: 'yesterday' }, 400, 'validation-failed', '/from'],
    ['behind what is no place', { after: 'here' }, 400, 'invalid-cursor', /./],
    ['behind a place of another epoch', { after: place(['another', { 0: '1' }]) }, 400, 'invalid-cursor', /epoch/],
    ['faster than is allowed', { ratePerSecond: 1_001 }, 400, 'validation-failed', '/ratePerSecond'],
    ['slower than is possible', { ratePerSecond: 0 }, 400, 'validation-failed', '/ratePerSecond'],
    ['of an unknown lane', { filter: { lane: 'fast' } }, 400, 'validation-failed', '/filter/lane'],
    ['with an unknown member', { colour: 'red' }, 400, 'validation-failed', '/colour'],
    ['under a name that is none', { id: 'a b' }, 400, 'validation-failed', '/id'],
  ])('refuses to replay %s', async (_what, body, status, code, where) => {
    expectRefusal(await start(body), status, code, where);
  });

  it('refuses to tell of replays, dead letters and histories of others', async () => {
    expect(await start({ id: 'mine' })).toMatchObject({ status: 202 });
    for (const [method, path] of [
      ['GET', '/v1/replays/mine'],
      ['POST', '/v1/replays/mine/cancel'],
      ['GET', '/v1/replays/none'],
      ['GET', '/v1/replays/%00'],
    ] as const) {
      expectRefusal(await ask(method, path, undefined, cities.traffic.token), 404, 'not-found');
    }
    const letters = twinPath(FIRE, '/inbox/dead-letters');
    for (const [method, path, body] of [
      ['GET', letters, undefined],
      ['POST', `${letters}/replay`, {}],
      ['POST', `${letters}/discard`, {}],
      ['DELETE', `${letters}/1`, undefined],
    ] as const) {
      expectRefusal(await ask(method, path, body, cities.traffic.token), 403, 'forbidden', /does not act/);
    }
    expectRefusal(await ask('GET', `${letters}?from=yesterday`), 400, 'validation-failed', '/from');
    expectRefusal(await ask('GET', `${letters}?id=x`), 400, 'validation-failed', '/id');
    expectRefusal(await ask('GET', `${letters}?cursor=x`), 400, 'invalid-cursor', /./);
    expectRefusal(await ask('POST', `${letters}/discard`, { ids: ['x'] }), 400, 'validation-failed', '/ids');
    for (const what of ['history', 'tree']) {
      for (const id of ['none', '%00', 'a%20b', 'a'.repeat(2_000)]) {
        expectRefusal(await ask('GET', `/v1/messages/${id}/${what}?sender=${encodeURIComponent(FIRE)}`), 404, 'not-found');
      }
      expectRefusal(await ask('GET', `/v1/messages/a/${what}`), 400, 'validation-failed', '/sender');
      expectRefusal(await ask('GET', `/v1/messages/a/${what}?sender=a%20b`), 400, 'invalid-id', /URI/);
    }
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
