import { jest } from '@jest/globals';
import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { TRAFFIC, TwoCities } from './support/two-cities.js';

// The broker starts twice here: that takes seconds, and more on a busy machine.
jest.setTimeout(120_000);

/** As docs/operations.md has it done by hand after a restore. */
const NEW_EPOCH = "UPDATE log_epoch SET epoch = left(replace(gen_random_uuid()::text, '-', ''), 8)";
const STANDING = '/v1/discovery/standing-queries/of-traffic';
const JSON_PAGE = { accept: 'application/json' };
const EVENTS = { accept: 'text/event-stream' };

describe('places that readers hold from before a restore', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  const sent: unknown[] = [];
  const before = { inboxPage: '', inboxEvent: '', feedPage: '', feedEvent: '', standing: '' };

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    broker.api('GET', path, undefined, cities.traffic.token, headers);
  const inbox = (rest: string): string => twinPath(TRAFFIC, `/inbox${rest}`);
  const next = async (path: string): Promise<string> => String(((await get(path, JSON_PAGE)).body as { next: unknown }).next);
  const lastEvent = async (path: string): Promise<string> =>
    [...String((await get(path, EVENTS)).body).matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '';
  const messageIds = async (path: string): Promise<unknown[]> =>
    [...String((await get(path, EVENTS)).body).matchAll(/"messageId":"([^"]+)"/g)].map(([, id]) => id);

  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
    expect(await broker.api('PUT', STANDING, { query: { domain: 'traffic' } }, cities.traffic.token)).toMatchObject({ status: 201 });
    for (let n = 0; n < 2; n += 1) {
      const request = cities.invoke({ ttlMs: 3_600_000 });
      expect(await cities.send(request)).toMatchObject({ status: 202 });
      sent.push(request.header['messageId']);
    }
    before.inboxPage = await next(inbox('?limit=1'));
    before.inboxEvent = await lastEvent(inbox('/stream?maxSeconds=1'));
    before.feedPage = await next('/v1/registry/events?after=oldest');
    before.feedEvent = await lastEvent('/v1/registry/events?after=oldest&maxSeconds=1');
    before.standing = await next(`${STANDING}/events?after=oldest`);
    for (const place of Object.values(before)) expect(place).toMatch(/^[\w-]{8,}$/);

    await broker.stop();
    const database = await broker.database.open();
    await database.query(NEW_EPOCH);
    await database.close();
    await broker.restart();
  });
  afterAll(() => broker.close());

  it('of an inbox are refused, by page, stream and replay', async () => {
    for (const place of [before.inboxPage, before.inboxEvent]) {
      expectRefusal(await get(inbox(`?cursor=${place}`)), 400, 'invalid-cursor', /another epoch/);
      for (const ack of ['none', 'auto']) {
        expectRefusal(
          await get(inbox(`/stream?maxSeconds=1&ack=${ack}`), { 'last-event-id': place }),
          400,
          'invalid-cursor',
          /another epoch/,
        );
      }
      for (const bound of ['after', 'upTo']) {
        const replay = await broker.api('POST', '/v1/replays', { receiver: TRAFFIC, [bound]: place }, cities.traffic.token);
        expectRefusal(replay, 400, 'invalid-cursor', /another epoch/);
      }
    }
  });

  it('of the change feed and of a standing query are refused, by page and stream', async () => {
    for (const [path, places] of [
      ['/v1/registry/events', [before.feedPage, before.feedEvent]],
      [`${STANDING}/events`, [before.standing]],
    ] as const) {
      for (const place of places) {
        expectRefusal(await get(`${path}?after=${place}`, JSON_PAGE), 400, 'invalid-cursor');
        expectRefusal(await get(`${path}?maxSeconds=1`, { ...EVENTS, 'last-event-id': place }), 400, 'invalid-cursor');
      }
    }
  });

  it('are not needed to begin anew: nothing is missing, and new places are good', async () => {
    expect(await messageIds(inbox('/stream?maxSeconds=1'))).toEqual(sent);
    const place = await next(inbox('?limit=1'));
    expect(place).not.toBe(before.inboxPage);
    expect((await get(inbox(`?cursor=${place}`))).body).toMatchObject({ items: [{ message: { header: { messageId: sent[1] } } }] });
    expect(await get(`/v1/registry/events?after=${await next('/v1/registry/events?after=oldest')}`, JSON_PAGE)).toMatchObject({
      status: 200,
    });
    const claim = await broker.api<{ deliveries: unknown[] }>('POST', inbox('/claims'), { claimId: 'anew' }, cities.traffic.token);
    expect(claim.body.deliveries).toHaveLength(2);
    expect(await broker.api('POST', inbox('/acks'), { claimId: 'anew' }, cities.traffic.token)).toMatchObject({ body: { settled: 2 } });
  });
});
