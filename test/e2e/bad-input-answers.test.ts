import { randomUUID } from 'node:crypto';
import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { CONNECTION, FIRE, LADDER, type Parts, SECRET, TRAFFIC, TwoCities } from './support/two-cities.js';

interface Claim {
  leaseToken: string;
  deliveries: { id: string }[];
}

describe('answers, leases and subscriptions that cannot be', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
  });
  beforeEach(async () => {
    await cities.empty(TRAFFIC, cities.traffic);
    await cities.empty(FIRE, cities.fire);
  });
  afterAll(() => broker.close());

  async function accepted(message: { header: Parts } | string, from = cities.fire): Promise<void> {
    expect(await cities.send(message, from)).toMatchObject({ status: 202 });
  }

  const settle = (what: string, selection: object, twin = TRAFFIC): Promise<Answer> =>
    broker.api('POST', twinPath(twin, `/inbox/${what}`), selection, cities.traffic.token);

  async function claim(): Promise<Claim> {
    const { body } = await broker.api<Claim>(
      'POST',
      twinPath(TRAFFIC, '/inbox/claims'),
      { claimId: randomUUID(), leaseSeconds: 600 },
      cities.traffic.token,
    );
    return body;
  }

  it('refuses another message under an id that was used, whatever differs, and keeps the first', async () => {
    const first = cities.invoke();
    await accepted(first);
    const kept = await cities.inboxes();
    const differing: [Parts, Parts][] = [[{}, { payload: { road: 'a' } }], [{ ttlMs: 5 }, {}], [{ timestamp: new Date(0).toISOString() }, {}], [{ lane: 'bulk' }, {}]]; // prettier-ignore
    for (const [header, data] of differing) {
      const other = { header: { ...first.header, ...header }, data: { ...first.data, ...data } };
      expectRefusal(await cities.send(other), 409, 'message-conflict', '/header/messageId');
    }
    expect(await cities.send(first)).toMatchObject({ status: 202, body: { repeated: true } });
    expect(await cities.inboxes()).toBe(kept);
  });

  it('refuses the answer to a request that is another’s, or nobody’s', async () => {
    const request = cities.invoke();
    await accepted(request);
    const before = await cities.inboxes();
    const id = request.header['messageId'];
    const from = (sender: string, as: 'fire' | 'traffic', receiver = FIRE): Promise<Answer> => {
      const parties = { sender: { id: sender, role: 'DT' }, receiver: { id: receiver, role: 'DT' } };
      return cities.send(cities.respond(id, { closed: true }, parties), cities[as]);
    };
    expectRefusal(await from(SECRET, 'traffic'), 404, 'not-found', '/header/correlationId');
    expectRefusal(await from(LADDER, 'fire'), 404, 'not-found', '/header/correlationId');
    expectRefusal(await from(TRAFFIC, 'fire'), 403, 'forbidden', '/header/sender/id');
    expectRefusal(await from(TRAFFIC, 'traffic', LADDER), 404, 'not-found', '/header/correlationId');
    expectRefusal(
      await cities.send(cities.respond('never-asked', { closed: true }), cities.traffic),
      404,
      'not-found',
      '/header/correlationId',
    );
    expectRefusal(
      await cities.send(cities.respond(5, { closed: true }), cities.traffic),
      400,
      'validation-failed',
      '/header/correlationId',
    );
    expect(await cities.inboxes()).toBe(before);
  });

  it('refuses an answer that is not what the function promised, and takes one that is, once', async () => {
    const request = cities.invoke();
    await accepted(request);
    const id = request.header['messageId'];
    const before = await cities.inboxes();
    const answer = (payload: unknown, data: Parts = {}): Promise<Answer> =>
      cities.send(cities.respond(id, payload, {}, data), cities.traffic);
    expectRefusal(await answer({ closed: 'yes' }), 422, 'payload-invalid', '/data/payload/closed');
    expectRefusal(await answer({}), 422, 'payload-invalid', /closed/);
    expectRefusal(await answer(undefined), 422, 'payload-invalid', '/data/payload');
    expectRefusal(await answer({ closed: true }, { status: undefined }), 400, 'validation-failed', '/data/status');
    expectRefusal(await answer({ closed: true }, { status: { code: 'GREAT' } }), 400, 'validation-failed', '/data/status/code');
    expectRefusal(
      await answer({ closed: true }, { action: 'RETRIEVE', object: { type: 'data', id: 'flow' } }),
      409,
      'state-conflict',
      '/data/action',
    );
    expect(await cities.inboxes()).toBe(before);
    expect((await answer({ closed: true })).status).toBe(202);
    const after = await cities.inboxes();
    expectRefusal(await answer({ closed: true }), 410, 'already-answered', '/header/correlationId');
    expectRefusal(await answer({ closed: false }), 410, 'already-answered', '/header/correlationId');
    expect(await cities.inboxes()).toBe(after);
  });

  it('refuses leases that there are not, and settles nothing', async () => {
    await accepted(cities.provide('1'));
    const { leaseToken, deliveries } = await claim();
    const before = await cities.inboxes();
    const [id = ''] = deliveries.map((delivery) => delivery.id);
    for (const what of ['acks', 'nacks', 'extensions']) {
      const more = what === 'extensions' ? { leaseSeconds: 60 } : {};
      expectRefusal(await settle(what, { leaseToken: randomUUID(), ...more }), 409, 'not-leased', '/leaseToken');
      expectRefusal(await settle(what, { claimId: 'never', ...more }), 409, 'not-leased', '/claimId');
      expectRefusal(await settle(what, { leaseToken: 'stale', deliveries: [id], ...more }), 409, 'not-leased', '/leaseToken');
      expectRefusal(await settle(what, more), 400, 'validation-failed', '/leaseToken');
      expectRefusal(await settle(what, { leaseToken: 5, ...more }), 400, 'validation-failed', '/leaseToken');
      expectRefusal(await settle(what, { leaseToken: 'a'.repeat(65), ...more }), 400, 'validation-failed', '/leaseToken');
      expectRefusal(await settle(what, { claimId: 'a b', ...more }), 400, 'validation-failed', '/claimId');
      expectRefusal(await settle(what, { claimId: 'never', deliveries: 'all', ...more }), 400, 'validation-failed', '/deliveries');
      expectRefusal(await settle(what, { claimId: 'never', deliveries: [5], ...more }), 400, 'validation-failed', '/deliveries');
      expectRefusal(await settle(what, { claimId: 'never', everything: true, ...more }), 400, 'validation-failed', '/everything');
    }
    expectRefusal(await settle('nacks', { claimId: 'never', delayMs: -1 }), 400, 'validation-failed', '/delayMs');
    expectRefusal(await settle('nacks', { claimId: 'never', reason: 5 }), 400, 'validation-failed', '/reason');
    expectRefusal(await settle('extensions', { claimId: 'never', leaseSeconds: 1e10 }), 400, 'validation-failed', '/leaseSeconds');
    expect(await cities.inboxes()).toBe(before);
    expect(await settle('acks', { leaseToken })).toMatchObject({ status: 200, body: { settled: 1 } });
  });

  it('refuses deliveries that are not in the lease, also beside some that are', async () => {
    await accepted(cities.provide('1'));
    const { leaseToken, deliveries } = await claim();
    const [id = ''] = deliveries.map((delivery) => delivery.id);
    const before = await cities.inboxes();
    const elsewhere = Buffer.from('1 9999999999999999999').toString('base64url');
    for (const what of ['acks', 'nacks']) {
      expectRefusal(await settle(what, { leaseToken, deliveries: [id, elsewhere] }), 409, 'not-leased', '/deliveries/1');
      expectRefusal(await settle(what, { leaseToken, upTo: elsewhere }), 409, 'not-leased', '/upTo');
      for (const none of ['', 'zzz', '%%%', Buffer.from('1 -1').toString('base64url'), Buffer.from('1 \0').toString('base64url')]) {
        expectRefusal(await settle(what, { leaseToken, deliveries: [id, none] }), 400, 'validation-failed', '/deliveries/1');
        expectRefusal(await settle(what, { leaseToken, upTo: none }), 400, 'validation-failed', '/upTo');
      }
      expectRefusal(await settle(what, { leaseToken }, SECRET), 409, 'not-leased', '/leaseToken');
    }
    expect(await cities.inboxes()).toBe(before);
    expect(await settle('acks', { leaseToken, deliveries: [id] })).toMatchObject({ status: 200, body: { settled: 1 } });
    expectRefusal(await settle('acks', { leaseToken, deliveries: [id] }), 409, 'not-leased', '/leaseToken');
  });

  it.each([
    ['{"max":0}', '/max'],
    ['{"max":1001}', '/max'],
    ['{"max":1.5}', '/max'],
    ['{"max":"5"}', '/max'],
    ['{"waitSeconds":-1}', '/waitSeconds'],
    ['{"waitSeconds":61}', '/waitSeconds'],
    ['{"waitSeconds":1e400}', '/waitSeconds'],
    ['{"leaseSeconds":0}', '/leaseSeconds'],
    ['{"leaseSeconds":1e9}', '/leaseSeconds'],
    ['{"claimId":""}', '/claimId'],
    ['{"claimId":"a b"}', '/claimId'],
    ['{"claimId":["a"]}', '/claimId'],
    ['{"consumer":""}', '/consumer'],
    ['{"everything":true}', '/everything'],
    ['{"__proto__":{"max":1}}', '/__proto__'],
  ])('refuses the claim %s, and leases nothing', async (body, pointer) => {
    await accepted(cities.provide('1'));
    const before = await cities.inboxes();
    expectRefusal(
      await broker.api('POST', twinPath(TRAFFIC, '/inbox/claims'), body, cities.traffic.token),
      400,
      'validation-failed',
      pointer,
    );
    expect(await cities.inboxes()).toBe(before);
  });

  it('refuses subscriptions under ids that are none, to what there is not, and ends none', async () => {
    const path = (id: string): string => twinPath(FIRE, `/subscriptions/${id}`);
    const flow = { objectType: 'data', objectId: 'flow', provider: TRAFFIC };
    const wish = (body: unknown, id = 's'): Promise<Answer> => broker.api('PUT', path(id), body, cities.fire.token);
    for (const id of ['%00', 'a%20b', '%0A', '%F0%9F%98%80', 'a'.repeat(201)]) {
      expectRefusal(await wish(flow, id), 400, 'invalid-id', /subscription/);
      expectRefusal(await broker.api('DELETE', path(id), undefined, cities.fire.token), 400, 'invalid-id', /subscription/);
    }
    expectRefusal(await wish({ ...flow, provider: undefined }), 400, 'validation-failed', '/provider');
    expectRefusal(await wish({ ...flow, provider: 'a b' }), 400, 'invalid-id', /URI/);
    expectRefusal(await wish({ ...flow, objectType: 'everything' }), 400, 'validation-failed', '/objectType');
    expectRefusal(await wish({ ...flow, expiresInSeconds: -1 }), 400, 'validation-failed', '/expiresInSeconds');
    expectRefusal(await wish({ ...flow, constructor: 1 }), 400, 'validation-failed', '/constructor');
    expectRefusal(await wish({ ...flow, objectId: 'speed' }), 409, 'state-conflict', /covers the data speed/);
    expectRefusal(await wish({ ...flow, provider: SECRET }), 409, 'state-conflict', /No open connection/);
    expectRefusal(await wish({ objectType: 'digitalTwin', objectId: SECRET }), 404, 'not-found', /no twin/);
    expectRefusal(await wish({ objectType: 'federationStatus', objectId: 'urn:x:y' }), 404, 'not-found', /no federation/);
    expectRefusal(await broker.api('DELETE', path('never'), undefined, cities.fire.token), 404, 'not-found', /no subscription/);
    const list = await broker.api('GET', twinPath(FIRE, '/subscriptions'), undefined, cities.fire.token);
    expect(list.body).toEqual({ items: [] });
  });

  it('refuses messages once the connection is released, and nothing comes of them', async () => {
    const released = await broker.api('POST', `/v1/connections/${encodeURIComponent(CONNECTION)}/release`, undefined, cities.fire.token);
    expect(released).toMatchObject({ status: 200, body: { state: 'RELEASED' } });
    await cities.empty(TRAFFIC, cities.traffic);
    const before = await cities.inboxes();
    expectRefusal(await cities.send(cities.invoke()), 409, 'state-conflict', '/data/object/id');
    expectRefusal(await cities.send(cities.provide('1')), 409, 'state-conflict', '/data/object/id');
    expectRefusal(await cities.send(cities.invoke({ connectionId: CONNECTION })), 409, 'state-conflict', '/data/object/id');
    expect(await cities.inboxes()).toBe(before);
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
