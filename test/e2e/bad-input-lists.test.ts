import { encodeCursor } from '../../src/kernel/page.js';
import { fingerprint } from '../../src/kernel/canonical-json.js';
import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

const A = 'urn:example:twin:a';
const B = 'urn:example:twin:b';
const UNFILTERED = fingerprint({}).toString('base64url');
/** Lists with a cursor, each with the name under which its cursors are made. */
const LISTS: [path: string, kind: string][] = [
  ['/v1/twins', `twins:${UNFILTERED}`],
  ['/v1/federations', `federations:${UNFILTERED}`],
  ['/v1/connections', `connections:${UNFILTERED}`],
  ['/v1/organizations', 'organizations'],
  ['/v1/organizations/city/credentials', 'credentials:city'],
  [twinPath(A, '/credentials'), `credentials:${A}`],
  ['/v1/audit', 'audit:city'],
  [twinPath(A, '/inbox'), 'inbox'],
  [twinPath(A, '/inbox/dead-letters'), 'dead-letters'],
];

describe('pages that there are not', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    city = await broker.createOrganization('city');
    for (const id of [A, B]) {
      const twin = { name: 'A twin', domain: 'traffic', features: [{ kind: 'data', name: 'd', schema: true }] };
      expect((await broker.api('PUT', twinPath(id), twin, city.token)).status).toBe(201);
    }
  });
  afterAll(() => broker.close());

  async function page(path: string, query: string): Promise<Answer> {
    const token = path === '/v1/organizations' ? await broker.operatorToken() : city.token;
    return broker.api('GET', `${path}?${query}`, undefined, token);
  }

  it.each(LISTS)('refuses limits that are none: %s', async (path) => {
    for (const limit of ['-1', '0', '1001', '1.5', 'abc', '', '99999999999999999999', '1e400', 'NaN', 'null', '1&limit=2']) {
      expectRefusal(await page(path, `limit=${limit}`), 400, 'validation-failed', '/limit');
    }
    expectRefusal(await page(path, 'everything=true'), 400, 'validation-failed', '/everything');
    expectRefusal(await page(path, '__proto__=1'), 400, 'validation-failed', '/__proto__');
  });

  it.each(LISTS)('refuses cursors that are none, or another list’s: %s', async (path) => {
    const foreign = encodeCursor(path === '/v1/twins' ? 'organizations' : `twins:${UNFILTERED}`, [A]);
    for (const cursor of [
      '',
      'a',
      'a.b',
      'a.b.c',
      '%00',
      '%ZZ',
      '...',
      foreign,
      '0',
      'null',
      encodeURIComponent("'; DROP TABLE twin; --"),
    ]) {
      expectRefusal(await page(path, `cursor=${cursor}`), 400, 'invalid-cursor', '/cursor');
    }
    expectRefusal(await page(path, 'cursor=a&cursor=b'), 400, 'validation-failed', '/cursor');
  });

  it.each(LISTS)('never fails on a cursor whose checksum was computed by hand: %s', async (path, kind) => {
    for (const key of [[], [null], ['\0'], ['abc'], [1e30], [-1], [{}], [[]], ['9999999999999999999'], ['1', '2'], {}, 'x']) {
      const answer = await page(path, `cursor=${encodeCursor(kind, key as unknown[])}`);
      if (answer.status !== 200) expectRefusal(answer, 400, 'invalid-cursor', '/cursor');
    }
    const whole = encodeCursor(kind, [A]);
    const torn = whole.slice(1);
    expectRefusal(await page(path, `cursor=${torn}`), 400, 'invalid-cursor', '/cursor');
  });

  it('refuses a cursor with other filters than it was made with', async () => {
    const first = await broker.api<{ next?: string }>('GET', '/v1/twins?limit=1', undefined, city.token);
    const cursor = encodeURIComponent(first.body.next ?? '');
    expect(await page('/v1/twins', `cursor=${cursor}`)).toMatchObject({ status: 200, body: { items: [{ id: B }] } });
    expectRefusal(await page('/v1/twins', `domain=traffic&cursor=${cursor}`), 400, 'invalid-cursor', '/cursor');
    const search = await broker.api('POST', '/v1/discovery/search', { cursor: first.body.next }, city.token);
    expectRefusal(search, 400, 'invalid-cursor', '/cursor');
    expectRefusal(await broker.api('POST', '/v1/discovery/search', { cursor: 5 }, city.token), 400, 'validation-failed', '/cursor');
  });

  describe('of an inbox', () => {
    const inbox = twinPath(A, '/inbox');
    const encoded = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');
    let epoch: string;
    beforeAll(async () => {
      const wish = { objectType: 'digitalTwin', objectId: B };
      expect((await broker.api('PUT', twinPath(A, '/subscriptions/b'), wish, city.token)).status).toBe(201);
      expect((await broker.api('PATCH', twinPath(B), { name: 'Changed' }, city.token, { 'if-match': '*' })).status).toBe(200);
      const claim = { claimId: 'wait', max: 1, waitSeconds: 20 };
      expect(await broker.api('POST', `${inbox}/claims`, claim, city.token)).toMatchObject({ body: { deliveries: [{}] } });
      const { body } = await broker.api<{ next?: string }>('GET', `${inbox}?limit=1`, undefined, city.token);
      [epoch] = JSON.parse(Buffer.from(body.next ?? '', 'base64url').toString()) as [string];
    });

    const stream = (place: string): Promise<Answer> =>
      broker.api('GET', `${inbox}/stream?maxSeconds=1`, undefined, city.token, { 'last-event-id': place });

    it.each<[what: string, place: (epoch: string) => unknown]>([
      ['of another epoch', () => ['elsewhere', {}]],
      ['with a position that is no number', (own) => [own, { 1: 'abc' }]],
      ['with a negative position', (own) => [own, { 1: '-1' }]],
      [
        'with a position beyond all positions',
        (own) => [own, { 0: '9999999999999999999', 1: '9999999999999999999', 2: '9999999999999999999' }],
      ],
      ['with numbers for digits', (own) => [own, { 1: 5 }]],
      ['with null for positions', (own) => [own, null]],
      ['without epoch', () => [null, {}]],
      ['that is an object', () => ({})],
      ['that is a number', () => 5],
    ])('refuses a place %s, as a cursor and as Last-Event-ID', async (_what, place) => {
      const text = encoded(place(epoch));
      expectRefusal(await page(inbox, `cursor=${text}`), 400, 'invalid-cursor', '/cursor');
      expectRefusal(await stream(text), 400, 'invalid-cursor');
    });

    it.each(['garbage', '0', '%00', 'null', 'ÿÿ', 'a'.repeat(9_000), '{}', '[]'])('refuses the Last-Event-ID %.20s', async (place) => {
      expectRefusal(await stream(place), 400, 'invalid-cursor', /position/);
    });

    it.each(['ack=maybe', 'ack=auto&ack=none', 'maxSeconds=0', 'maxSeconds=-1', 'maxSeconds=abc', 'maxSeconds=86401', 'everything=true'])(
      'refuses a stream with %s',
      async (query) => {
        const place = `/${query.split('=')[0] ?? ''}`;
        expectRefusal(await page(`${inbox}/stream`, query), 400, 'validation-failed', place);
      },
    );
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"(?:error|warn)"/);
  });
});
