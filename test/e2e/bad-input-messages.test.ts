import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { FIRE, LADDER, type Parts, SECRET, TRAFFIC, TwoCities } from './support/two-cities.js';

const party = (id: string, role = 'DT'): Parts => ({ id, role });
const hence = (ms: number): string => new Date(Date.now() + ms).toISOString();
const HOUR = 3_600_000;

type Case = [what: string, header: Parts, data: Parts, status: number, code: string, place: string | RegExp];

const HEADERS: Case[] = [
  ['an unknown member', { colour: 'red' }, {}, 400, 'validation-failed', '/header/colour'],
  ['no message type', { messageType: undefined }, {}, 400, 'validation-failed', '/header/messageType'],
  [
    'a message type that does not belong to the action',
    { messageType: 'NOTIFICATION' },
    {},
    400,
    'validation-failed',
    '/header/messageType',
  ],
  ['an unknown version', { version: '9.9' }, {}, 400, 'version-unsupported', '/header/version'],
  ['a number for a version', { version: 1 }, {}, 400, 'validation-failed', '/header/version'],
  ['a message id with a space', { messageId: 'a b' }, {}, 400, 'validation-failed', '/header/messageId'],
  ['a message id beyond ASCII', { messageId: 'ü' }, {}, 400, 'validation-failed', '/header/messageId'],
  ['a message id of 201 characters', { messageId: 'a'.repeat(201) }, {}, 400, 'validation-failed', '/header/messageId'],
  ['a message id without timestamp', { timestamp: undefined }, {}, 400, 'validation-failed', '/header/timestamp'],
  ['no sender', { sender: undefined }, {}, 400, 'validation-failed', '/header/sender'],
  ['an invalid sender', { sender: party('a b') }, {}, 400, 'invalid-id', '/header/sender/id'],
  ['a role that there is not', { sender: party(FIRE, 'KING') }, {}, 400, 'validation-failed', '/header/sender/role'],
  ['an invalid receiver', { receiver: party('traffic') }, {}, 400, 'invalid-id', '/header/receiver/id'],
  ['a receiver of 513 characters', { receiver: party(`urn:x:${'a'.repeat(507)}`) }, {}, 400, 'validation-failed', '/header/receiver/id'],
  ['no receiver', { receiver: undefined }, {}, 400, 'validation-failed', '/header/receiver'],
  ['a negative ttlMs', { ttlMs: -1 }, {}, 400, 'validation-failed', '/header/ttlMs'],
  ['a ttlMs of zero', { ttlMs: 0 }, {}, 400, 'validation-failed', '/header/ttlMs'],
  ['half a ttlMs', { ttlMs: 0.5 }, {}, 400, 'validation-failed', '/header/ttlMs'],
  ['a huge ttlMs', { ttlMs: 1e15 }, {}, 400, 'validation-failed', '/header/ttlMs'],
  ['a ttlMs in words', { ttlMs: '1000' }, {}, 400, 'validation-failed', '/header/ttlMs'],
  ['a negative hop limit', { hopLimit: -1 }, {}, 400, 'validation-failed', '/header/hopLimit'],
  ['an unknown lane', { lane: 'urgent' }, {}, 400, 'validation-failed', '/header/lane'],
  ['a trace that is none', { traceparent: 'zz' }, {}, 400, 'validation-failed', '/header/traceparent'],
  ['a list for extensions', { extensions: [] }, {}, 400, 'validation-failed', '/header/extensions'],
  ['an unknown action', {}, { action: 'EXPLODE' }, 405, 'action-not-applicable', '/data/action'],
  ['the action __proto__', {}, { action: '__proto__' }, 405, 'action-not-applicable', '/data/action'],
  ['the action constructor', {}, { action: 'constructor' }, 405, 'action-not-applicable', '/data/action'],
  ['an unknown object', {}, { object: { type: 'bomb' } }, 405, 'action-not-applicable', '/data/object/type'],
  [
    'a combination that there is not',
    {},
    { object: { type: 'federation', id: 'urn:x:y' } },
    405,
    'action-not-applicable',
    /INVOKE cannot be performed on federation/,
  ],
  [
    'a request to invoke the registry',
    { receiver: party('urn:twinfed:registry', 'REGISTRY') },
    {},
    405,
    'action-not-applicable',
    '/data/action',
  ],
  ['a status in a REQUEST', {}, { status: { code: 'OK' } }, 400, 'validation-failed', '/data/status'],
  ['a RESPONSE to nothing', { messageType: 'RESPONSE' }, {}, 400, 'validation-failed', '/header/correlationId'],
  ['a moment of observation that is none', {}, { observedAt: 'yesterday' }, 400, 'validation-failed', '/data/observedAt'],
];

const TIMES: [what: string, timestamp: () => unknown, status: number, code: string][] = [
  ['older than the window', () => hence(-25 * HOUR), 410, 'expired'],
  ['the year 1', () => '0001-01-01T00:00:00Z', 410, 'expired'],
  ['the year 0', () => '0000-01-01T00:00:00Z', 400, 'validation-failed'],
  ['ten minutes in the future', () => hence(600_000), 400, 'validation-failed'],
  ['the year 9999', () => '9999-12-31T23:59:59Z', 400, 'validation-failed'],
  ['the far past in the farthest zone', () => '2026-01-01T00:00:00+23:59', 410, 'expired'],
  ['the 13th month', () => '2026-13-01T00:00:00Z', 400, 'validation-failed'],
  ['the 30th of February', () => '2026-02-30T00:00:00Z', 400, 'validation-failed'],
  ['a leap second', () => '2016-12-31T23:59:60Z', 400, 'validation-failed'],
  ['no zone', () => '2026-01-01T00:00:00', 400, 'validation-failed'],
  ['words', () => 'yesterday', 400, 'validation-failed'],
  ['infinity, as PostgreSQL would read it', () => 'infinity', 400, 'validation-failed'],
  ['a number', () => Date.now(), 400, 'validation-failed'],
  ['null', () => null, 400, 'validation-failed'],
];

describe('messages that cannot be sent', () => {
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

  /** What the broker remembers of a message, by its sender's word. */
  async function expectForgotten(messageId: unknown, sender = FIRE): Promise<void> {
    const path = `/v1/messages/${encodeURIComponent(String(messageId))}?sender=${encodeURIComponent(sender)}`;
    expectRefusal(await broker.api('GET', path, undefined, cities.fire.token), 404, 'not-found');
  }

  it.each(HEADERS)('refuses %s', async (_what, header, data, status, code, place) => {
    const message = cities.invoke(header, data);
    expectRefusal(await cities.send(message), status, code, place);
    await expectForgotten(message.header['messageId']);
  });

  it.each(TIMES)('refuses as a timestamp: %s', async (_what, timestamp, status, code) => {
    const message = cities.invoke({ timestamp: timestamp() });
    expectRefusal(await cities.send(message), status, code, '/header/timestamp');
    await expectForgotten(message.header['messageId']);
  });

  it.each([
    ['to a twin that there is not', { receiver: party('urn:x:nobody') }, 404, 'receiver-unknown', '/header/receiver/id'],
    ['to a private twin of strangers, in the same words', { receiver: party(SECRET) }, 404, 'receiver-unknown', '/header/receiver/id'],
    [
      'in the name of another organization’s twin',
      { sender: party(TRAFFIC), receiver: party(FIRE) },
      403,
      'forbidden',
      '/header/sender/id',
    ],
    ['in the name of nobody', { sender: party('urn:x:nobody') }, 403, 'forbidden', '/header/sender/id'],
    ['in the name of the registry', { sender: party('urn:twinfed:registry', 'REGISTRY') }, 405, 'action-not-applicable', '/data/action'],
    ['from a twin that is not connected', { sender: party(LADDER) }, 409, 'state-conflict', '/data/object/id'],
    ['across federations', { federationId: 'urn:x:other' }, 403, 'policy-denied', '/header/federationId'],
    ['over another connection', { connectionId: 'urn:x:other' }, 403, 'policy-denied', '/header/connectionId'],
  ])('refuses a message %s', async (_what, header, status, code, place) => {
    const message = cities.invoke(header);
    expectRefusal(await cities.send(message), status, code, place);
    await expectForgotten(message.header['messageId']);
  });

  it('refuses a function that the connection does not carry', async () => {
    for (const id of ['openRoad', '__proto__', 'flow', undefined]) {
      expectRefusal(await cities.send(cities.invoke({}, { object: { type: 'function', id } })), 409, 'state-conflict', '/data/object/id');
    }
  });

  it.each(['', 'null', '5', '"message"', '{', '{}', '[', '[1', '[{]', '[1,]', '{"header":[],"data":[]}'])(
    'refuses the body %j',
    async (text) => {
      const answer = await cities.send(text);
      const isJson = ['null', '5', '"message"', '{}', '{"header":[],"data":[]}'].includes(text);
      expectRefusal(answer, 400, isJson ? 'validation-failed' : 'malformed-message');
    },
  );

  it('refuses prototypes, duplicates and NULs around the payload', async () => {
    const text = JSON.stringify(cities.invoke());
    expectRefusal(await cities.send(text.replace('{"header"', '{"__proto__":{},"header"')), 400, 'validation-failed', '/__proto__');
    expectRefusal(await cities.send(text.replace('"version"', '"__proto__":{},"version"')), 400, 'validation-failed', '/header/__proto__');
    expectRefusal(await cities.send(`{"__proto__":${text}}`), 400, 'validation-failed', '/header');
    expectRefusal(await cities.send(text.replace('"version"', '"version":"1.0","version"')), 400, 'malformed-message', '/header/version');
    expectRefusal(await cities.send(text.replace('"road"', '"road":"b","road"')), 400, 'malformed-message', '/data/payload/road');
    expectRefusal(
      await cities.send(text.replace('"version"', '"orderingKey":"\\u0000","version"')),
      400,
      'malformed-message',
      '/header/orderingKey',
    );
    expectRefusal(await cities.send(text.replace('closeRoad', 'close\\u0000Road')), 400, 'malformed-message', '/data/object/id');
  });

  it.each(['-1', '61', 'abc', '1e400', 'NaN', '1&wait=2'])('refuses to wait for %s seconds', async (wait) => {
    expectRefusal(await cities.send(cities.invoke(), cities.fire, `?wait=${wait}`), 400, 'validation-failed', '/wait');
  });

  it('refuses to tell of messages under ids that are none', async () => {
    const sender = encodeURIComponent(FIRE);
    for (const id of ['%00', 'a%20b', '%F0%9F%98%80', 'a'.repeat(2_000)]) {
      expectRefusal(await broker.api('GET', `/v1/messages/${id}?sender=${sender}`, undefined, cities.fire.token), 404, 'not-found');
    }
    expectRefusal(await broker.api('GET', '/v1/messages/a', undefined, cities.fire.token), 400, 'validation-failed', '/sender');
    expectRefusal(await broker.api('GET', '/v1/messages/a?sender=a%20b', undefined, cities.fire.token), 400, 'invalid-id', /URI/);
    const theirs = `/v1/messages/a?sender=${encodeURIComponent(TRAFFIC)}`;
    expectRefusal(await broker.api('GET', theirs, undefined, cities.fire.token), 403, 'forbidden', /does not act/);
  });

  it('refuses requests to the registry whose payload it would refuse over REST, and changes nothing', async () => {
    const registry = { receiver: party('urn:twinfed:registry', 'REGISTRY') };
    const update = (payload: unknown) => cities.invoke(registry, { action: 'UPDATE', object: { type: 'digitalTwin' }, payload });
    const shown = await cities.text(twinPath(FIRE), cities.fire.token);
    expectRefusal(await cities.send(update({ colour: 'red' })), 400, 'validation-failed', '/data/payload/colour');
    expectRefusal(await cities.send(update({ owner: 'traffic' })), 400, 'validation-failed', '/data/payload/owner');
    expectRefusal(await cities.send(update([])), 400, 'validation-failed', '/data/payload');
    expectRefusal(
      await cities.send(JSON.stringify(update({ name: 'A0' })).replace('A0', 'A\\u0000')),
      400,
      'validation-failed',
      '/data/payload/name',
    );
    expectRefusal(
      await cities.send(JSON.stringify(update(0)).replace('"payload":0', '"payload":{"__proto__":{}}')),
      400,
      'validation-failed',
      '/data/payload/__proto__',
    );
    expect(await cities.text(twinPath(FIRE), cities.fire.token)).toBe(shown);
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
