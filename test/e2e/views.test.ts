import { randomUUID } from 'node:crypto';
import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// A broker starts here: that takes seconds, and more on a busy machine.

const FEDERATION = 'urn:test:federation';
const HOST = 'urn:test:host';
const SENSOR = 'urn:test:sensor';
const HIDDEN = 'urn:test:hidden';
const COLUMN = { name: 'speed', members: [{ twin: SENSOR, feature: 'flow' }], pointer: '/n', aggregation: 'mean', unit: 'km/h' };
const VIEW = { name: 'a view', federationId: FEDERATION, host: HOST, feature: 'joined', slotMs: 1_000, columns: [COLUMN] };
const PLACE = { id: 'urn:test:place', area: { type: 'Point', coordinates: [0, 0] } };

describe('/v1/views', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  let stranger: TestOrganization;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    [city, stranger] = [await broker.createOrganization(), await broker.createOrganization()];
    const schema = { type: 'object', properties: { n: { type: 'number', 'x-unit': 'm/s' }, bare: { type: 'number' } } };
    const functions = [{ kind: 'function', name: 'work', input: true }];
    await must(city, 'PUT', twinPath(HOST), { name: 'host', domain: 'traffic', features: functions });
    await must(city, 'PUT', twinPath(SENSOR), { name: 'sensor', domain: 'traffic', features: [{ kind: 'data', name: 'flow', schema }] });
    await must(stranger, 'PUT', twinPath(HIDDEN), {
      name: 'hidden',
      domain: 'traffic',
      features: [{ kind: 'data', name: 'flow', schema }],
    });
    await must(city, 'PUT', `/v1/federations/${encodeURIComponent(FEDERATION)}`, { purpose: 'test', initiator: HOST });
  });
  afterAll(() => broker.close());

  async function must(as: TestOrganization, method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await broker.api(method, path, body, as.token);
    expect({ path, status: answer.status, body: answer.status < 300 ? '' : answer.body }).toEqual({
      path,
      status: answer.status,
      body: '',
    });
    return answer.body;
  }

  const post = (body: unknown, as = city): Promise<Answer> => broker.api('POST', '/v1/views', body, as.token);
  const column = (parts: object): object => ({ ...VIEW, columns: [{ ...COLUMN, ...parts }] });

  it.each<[what: string, body: unknown, place: string]>([
    ['no column', { ...VIEW, columns: [] }, '/columns'],
    ['a slot of less than a second', { ...VIEW, slotMs: 999 }, '/slotMs'],
    ['a slot of half a millisecond more', { ...VIEW, slotMs: 1_000.5 }, '/slotMs'],
    ['a slot of words', { ...VIEW, slotMs: '1000' }, '/slotMs'],
    ['a member nobody knows', { ...VIEW, width: 1 }, '/width'],
    ['two columns of one name', { ...VIEW, columns: [COLUMN, COLUMN] }, '/columns/1/name'],
    ['a pointer without its stroke', column({ pointer: 'n' }), '/columns/0/pointer'],
    ['a pointer with a wrong escape', column({ pointer: '/~2' }), '/columns/0/pointer'],
    ['an aggregation nobody knows', column({ aggregation: 'median' }), '/columns/0/aggregation'],
    ['neither members nor a selection', column({ members: undefined }), '/columns/0'],
    ['members and a selection', column({ select: { domain: 'traffic' } }), '/columns/0'],
    ['a selection of everything', column({ members: undefined, select: {} }), '/columns/0/select'],
    ['a unit that is none', column({ unit: 'furlongs per fortnight' }), '/columns/0/unit'],
    ['a unit that does not commensurate', column({ unit: 'kW' }), '/columns/0/members/0'],
    ['a payload that declares no unit', column({ pointer: '/bare' }), '/columns/0/members/0'],
    ['a twin that nobody may see', column({ members: [{ twin: HIDDEN, feature: 'flow' }] }), '/columns/0/members/0'],
    ['a twin that does not exist', column({ members: [{ twin: 'urn:test:nobody', feature: 'flow' }] }), '/columns/0/members/0'],
    ['a feature that does not exist', column({ members: [{ twin: SENSOR, feature: 'none' }] }), '/columns/0/members/0'],
    ['one feature twice', column({ members: [...COLUMN.members, ...COLUMN.members] }), '/columns/0/members/1'],
    ['the host itself', column({ members: [{ twin: HOST, feature: 'other' }] }), '/columns/0/members/0/twin'],
    ['its own feature', column({ members: [{ twin: HOST, feature: 'joined' }] }), '/columns/0/members/0'],
    ['a limit over too many slots', column({ holdMs: 1_000_001 }), '/columns/0/holdMs'],
    ['a limit below zero', column({ holdMs: -1 }), '/columns/0/holdMs'],
    ['the name of a function', { ...VIEW, feature: 'work' }, '/feature'],
    ['places of rows by twin', { ...VIEW, rows: { by: 'twin', places: [PLACE] } }, '/rows/places'],
    ['rows by place without places', { ...VIEW, rows: { by: 'place', join: 'nearest' } }, '/rows/places'],
    ['rows by place without a way', { ...VIEW, rows: { by: 'place', places: [PLACE] } }, '/rows/join'],
    [
      'an area that is none',
      { ...VIEW, rows: { by: 'place', join: 'within', places: [{ ...PLACE, area: { type: 'Point', coordinates: [0, 91] } }] } },
      '/rows/places/0/area/coordinates/1',
    ],
    ['a place twice', { ...VIEW, rows: { by: 'place', join: 'within', places: [PLACE, PLACE] } }, '/rows/places/1/id'],
    ['a distance below zero', { ...VIEW, rows: { by: 'place', join: 'within', maxMeters: -1, places: [PLACE] } }, '/rows/maxMeters'],
    ['corrections of what is dropped', { ...VIEW, lateness: { correctMs: 1_000 } }, '/lateness/correctMs'],
    [
      'corrections beyond what is kept',
      { ...VIEW, retainSeconds: 60, lateness: { policy: 'correct', correctMs: 60_001 } },
      '/lateness/correctMs',
    ],
    ['slots kept for longer than messages', { ...VIEW, retainSeconds: 100_000_000 }, '/retainSeconds'],
    ['slots kept for less than their width', { ...VIEW, slotMs: 86_400_000, retainSeconds: 60 }, '/retainSeconds'],
  ])('refuses %s', async (_what, body, place) => {
    expectRefusal(await post(body), 400, 'validation-failed', place);
    expect(await must(city, 'GET', '/v1/views')).toEqual({ items: [] });
  });

  it('refuses what the caller does not act for or may not see', async () => {
    expectRefusal(await post(VIEW, stranger), 404, 'not-found', '/host');
    expectRefusal(await post({ ...VIEW, federationId: 'urn:test:other' }), 404, 'not-found', '/federationId');
    const places = [{ id: HIDDEN }];
    expectRefusal(await post({ ...VIEW, rows: { by: 'place', join: 'nearest', places } }), 404, 'not-found', '/rows/places/0/id');
  });

  it('lets those who act for the host make, change and delete one; for everybody else there is none', async () => {
    const id = `urn:test:${randomUUID()}`;
    const path = `/v1/views/${encodeURIComponent(id)}`;
    const created = await broker.api('PUT', path, VIEW, city.token);
    expect([created.status, created.headers.get('location')]).toEqual([201, path]);
    expect((await broker.api('PUT', path, VIEW, city.token)).status).toBe(200);
    expectRefusal(await post({ ...VIEW, id }), 409, 'already-exists');
    expectRefusal(await post({ ...VIEW, feature: 'other', id }), 409, 'already-exists', '/id');
    const features = async (): Promise<string[]> =>
      ((await must(city, 'GET', twinPath(HOST))) as { features: { name: string }[] }).features.map(({ name }) => name);
    expect(await features()).toEqual(['work', 'joined']);

    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body =
        method === 'PUT' ? { ...VIEW, host: HIDDEN, columns: [{ ...COLUMN, members: undefined, select: { feature: 'x' } }] } : undefined;
      expectRefusal(await broker.api(method, path, body, stranger.token), 404, 'not-found');
    }
    expectRefusal(await broker.api('GET', `${path}/slots`, undefined, stranger.token), 404, 'not-found');

    const stale = { 'if-match': '"7-1"' };
    const [changed, etag] = [{ ...VIEW, name: 'another', slotMs: 2_000 }, created.headers.get('etag') ?? ''];
    expectRefusal(await broker.api('PUT', path, changed, city.token, stale), 412, 'precondition-failed');
    const replaced = await broker.api<{ version: number }>('PUT', path, changed, city.token, { 'if-match': etag });
    expect([replaced.status, replaced.body.version]).toEqual([200, 2]);
    expect(await must(city, 'GET', path)).toMatchObject({
      slotMs: 2_000,
      status: { joined: 0, missing: [{ twin: SENSOR, reason: 'no-connection' }] },
    });

    await must(city, 'DELETE', path);
    expect(await features()).toEqual(['work']);
    expectRefusal(await broker.api('GET', path, undefined, city.token), 404, 'not-found');
    expectRefusal(await broker.api('DELETE', path, undefined, city.token), 404, 'not-found');
  });

  it('refuses times and cursors that are none', async () => {
    const { id } = (await must(city, 'POST', '/v1/views', { ...VIEW, feature: 'forSlots' })) as { id: string };
    const path = `/v1/views/${encodeURIComponent(id)}`;
    const slots = (query: string): Promise<Answer> => broker.api('GET', `${path}/slots?${query}`, undefined, city.token);
    expectRefusal(await slots('from=yesterday'), 400, 'validation-failed', '/from');
    expectRefusal(await slots('to=2026-02-30T00:00:00Z'), 400, 'validation-failed', '/to');
    expectRefusal(await slots('limit=0'), 400, 'validation-failed', '/limit');
    expectRefusal(await slots('cursor=AAAA.BBBB'), 400, 'invalid-cursor');
    expectRefusal(await broker.api('GET', '/v1/views?cursor=x', undefined, city.token), 400, 'invalid-cursor');
    expect((await slots('from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z')).status).toBe(200);
    await must(city, 'DELETE', path);
  });
});
