import type { InjectOptions } from 'fastify';
import { MAX_SETS } from '../../src/federation/candidates/candidate-set.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import { aTwin, anActiveFederation, someFederations, type TestFederation, type TestFederations } from './federation-fixture.js';
import { OPERATOR, organization, twinOf } from './registry-fixture.js';

const fire = organization('fire');
const city = organization('city');
const stranger = organization('stranger');

let broker: TestFederations;
let federation: TestFederation;
let domain: string;
let count = 0;

interface Entry {
  twin: string;
  rank?: number;
  outcome?: string;
  features?: unknown;
}
interface Answer {
  status: number;
  body: {
    candidates: Entry[];
    newlyMatching: Entry[];
    items: { name: string }[];
    next?: string;
    foundAt: string;
    type: string;
    pointer?: string;
  };
}

async function call(who: Principal, method: 'GET' | 'PUT' | 'DELETE', path = '', payload?: unknown): Promise<Answer> {
  const url = `/v1/federations/${encodeURIComponent(federation.id)}/candidate-sets${path}`;
  const headers = { 'x-principal': JSON.stringify(who), ...(payload === undefined ? {} : { 'content-type': 'application/json' }) };
  const request: InjectOptions = { method, url, headers, ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }) };
  const response = await broker.app.inject(request);
  return { status: response.statusCode, body: (response.body === '' ? {} : response.json()) as Answer['body'] };
}

const put = (search: Record<string, unknown> = {}, query = '', who: Principal = fire): Promise<Answer> =>
  call(who, 'PUT', `/near${query}`, { search: { domain, ...search } });
const twinsOf = ({ body }: Answer): string[] => body.candidates.map(({ twin }) => twin);
const compare = async (who: Principal = fire) => {
  const { body } = await call(who, 'GET', '/near/comparison');
  const outcomes = Object.fromEntries(body.candidates.map(({ twin, outcome }) => [twin, outcome]));
  return { outcomes, newly: body.newlyMatching.map(({ twin }) => twin), body };
};
const candidate = (parts: Record<string, unknown> = {}, owner = 'city'): Promise<TwinId> => aTwin(broker, owner, { domain, ...parts });
const service = (): TwinService => broker.get(TwinService);
const close = { kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object' } };
const flow = (version: string, name = 'flow'): object => ({ kind: 'data', name, version, schema: { type: 'number' } });

beforeAll(async () => {
  broker = await someFederations();
});
beforeEach(async () => {
  count += 1;
  domain = `d${count}`;
  federation = await anActiveFederation(broker);
});
afterAll(() => broker.close());

describe('candidate sets', () => {
  it('keep what a search found, in its order, with versions and matched features', async () => {
    const far = await candidate({ coverage: { area: { type: 'Point', coordinates: [0, 1] } } });
    const near = await candidate({ coverage: { area: { type: 'Point', coordinates: [0, 0.5] } } });
    const search = { sort: 'distance', from: { type: 'Point', coordinates: [0, 0] }, feature: { kind: 'data' } };
    const { status, body } = await put(search);
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'near', search: { domain, ...search }, foundBy: { organization: 'fire' } });
    const features = [{ kind: 'data', name: 'flow', version: '1.0.0' }];
    expect(body.candidates).toEqual([
      { rank: 1, twin: near, meters: expect.any(Number) as number, incarnation: 1, version: 1, features },
      { rank: 2, twin: far, meters: expect.any(Number) as number, incarnation: 1, version: 1, features },
    ]);
    expect((await call(fire, 'GET', '/near')).body).toEqual(body);
    expect((await call(OPERATOR, 'GET', '/near')).body).toEqual(body);
  });

  it('stay as they are for the same search, and are found anew on request or by another', async () => {
    const a = await candidate();
    const first = await put();
    const b = await candidate();
    const again = await put();
    expect([again.status, again.body]).toEqual([200, first.body]);
    const anew = await put({}, '?refresh=true');
    expect([anew.status, twinsOf(anew)]).toEqual([200, [a, b]]);
    expect(anew.body.foundAt > first.body.foundAt).toBe(true);
    const other = await put({ limit: 1 });
    expect([other.status, twinsOf(other)]).toEqual([200, [a]]);
  });

  it('are listed by name, page by page, and deleted', async () => {
    for (const name of ['b', 'c', 'a']) expect((await call(fire, 'PUT', `/${name}`, { search: { domain } })).status).toBe(201);
    const { body } = await call(fire, 'GET', '?limit=2');
    expect(body.items.map(({ name }) => name)).toEqual(['a', 'b']);
    const rest = await call(fire, 'GET', `?limit=2&cursor=${body.next ?? ''}`);
    expect([rest.body.items.map(({ name }) => name), rest.body.next]).toEqual([['c'], undefined]);
    expect((await call(fire, 'DELETE', '/b')).status).toBe(204);
    expect((await call(fire, 'DELETE', '/b')).status).toBe(204);
    expect((await call(fire, 'GET', '/b')).status).toBe(404);
  });

  it('are compared with today’s registry', async () => {
    const [same, changed, other, gone] = [await candidate(), await candidate(), await candidate(), await candidate()];
    await put({ feature: { kind: 'data' } });
    await service().patch(city, changed, { features: [flow('1.1.0'), flow('1.0.0', 'speed'), close] });
    await service().patch(city, other, { domain: 'elsewhere' });
    await service().deregister(city, gone);
    const newly = await candidate();
    const { outcomes, newly: found, body } = await compare();
    expect(outcomes).toEqual({ [same]: 'unchanged', [changed]: 'changed', [other]: 'noLongerMatching', [gone]: 'gone' });
    expect(body.candidates.find(({ twin }) => twin === changed)?.features).toEqual({ added: ['speed'], changed: ['flow'], removed: [] });
    expect(found).toEqual([newly]);
  });

  it('call a twin gone that is out of sight, and changed that came back', async () => {
    const [hidden, back] = [await candidate(), await candidate()];
    await put();
    await service().patch(city, hidden, { access: 'private' });
    await service().deregister(city, back);
    await aTwin(broker, 'city', { id: back, domain });
    expect((await compare()).outcomes).toEqual({ [hidden]: 'gone', [back]: 'changed' });
  });

  it('show a member what it may see itself, and no trace of the rest', async () => {
    const secret = await candidate({ access: 'private' }, 'fire');
    const listed = await candidate({}, 'fire');
    const leaving = await candidate({}, 'fire');
    const own = await candidate({ access: 'private' });
    expect(twinsOf(await put())).toEqual([secret, listed, leaving]);
    const seen = await call(city, 'GET', '/near');
    expect(seen.body.candidates.map(({ rank, twin }) => [rank, twin])).toEqual([
      [1, listed],
      [2, leaving],
    ]);
    await service().deregister(fire, leaving);
    const { outcomes, newly } = await compare(city);
    expect([outcomes, newly]).toEqual([{ [listed]: 'unchanged' }, [own]]);
    expect(JSON.stringify(await compare(city))).not.toContain(secret);
    expect((await compare(fire)).outcomes).toEqual({ [secret]: 'unchanged', [listed]: 'unchanged', [leaving]: 'gone' });
  });

  it('are written by the initiator, read by members, and are not there for others', async () => {
    await put();
    const initiating = twinOf('fire', federation.fire);
    expect((await put({ limit: 3 }, '', initiating)).status).toBe(200);
    expect((await call(initiating, 'GET', '/near')).body).toMatchObject({ foundBy: { organization: 'fire', twin: federation.fire } });
    for (const who of [city, twinOf('city', federation.traffic)]) {
      expect((await call(who, 'GET', '/near')).status).toBe(200);
      expect((await put({}, '', who)).status).toBe(403);
      expect((await call(who, 'DELETE', '/near')).status).toBe(403);
    }
    expect((await put({}, '', OPERATOR)).status).toBe(403);
    const open = await anActiveFederation(broker, { access: 'listed' });
    for (const each of [federation, open]) {
      federation = each;
      expect((await put({}, '', stranger)).status).toBe(404);
      for (const path of ['', '/near', '/near/comparison']) expect((await call(stranger, 'GET', path)).status).toBe(404);
      expect((await call(stranger, 'DELETE', '/near')).status).toBe(404);
    }
  });

  it('stay readable after the federation, as they are, and end with its next incarnation', async () => {
    const a = await candidate();
    await put();
    await broker.federations.dissolve(fire, federation.id);
    expect(twinsOf(await call(fire, 'GET', '/near'))).toEqual([a]);
    expect((await compare()).outcomes).toEqual({ [a]: 'unchanged' });
    expect((await put({ limit: 1 })).status).toBe(409);
    await broker.federations.create(fire, { id: federation.id, purpose: 'Again', initiator: federation.fire });
    expect((await call(fire, 'GET')).body.items).toEqual([]);
    expect(await broker.database.query('SELECT FROM candidate WHERE federation_id = $1', [federation.id])).toEqual([]);
  });

  it('are at most a hundred, also when many are put at once', async () => {
    for (let i = 0; i < MAX_SETS - 2; i += 1) await call(fire, 'PUT', `/s${i}`, { search: { domain, limit: 1 } });
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => call(fire, 'PUT', `/x${i}`, { search: { domain } })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409, 409, 409]);
    expect((await call(fire, 'PUT', '/s0', { search: { domain, limit: 2 } })).status).toBe(200);
  });

  it('are whole and of one search when several put at once', async () => {
    const twins = [await candidate(), await candidate(), await candidate()];
    const limits = [1, 2, 3, 1, 2, 3];
    const answers = await Promise.all(limits.map((limit) => put({ limit })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const { body } = await call(fire, 'GET', '/near');
    const { limit } = (body as unknown as { search: { limit: number } }).search;
    expect(body.candidates.map(({ twin }) => twin)).toEqual(twins.slice(0, limit));
  });

  it('refuse a wrong search by its place in the request, and keep nothing', async () => {
    const wrong: [unknown, string][] = [
      [{}, '/search'],
      [{ search: 'all' }, '/search'],
      [{ search: { limit: 1001 } }, '/search/limit'],
      [{ search: { cursor: 'x' } }, '/search/cursor'],
      [{ search: { facets: [] } }, '/search/facets'],
      [{ search: { composition: 'expand' } }, '/search/composition'],
      [{ search: { domain: 5 } }, '/search/domain'],
      [{ search: { query: { any: [] } } }, '/search/query/any'],
      [{ search: { sort: 'distance' } }, '/search/from'],
      [{ search: { sort: 'relevance' } }, '/search/sort'],
    ];
    for (const [payload, pointer] of wrong) {
      const { status, body } = await call(fire, 'PUT', '/near', payload);
      expect([pointer, status, body.pointer]).toEqual([pointer, 400, pointer]);
    }
    expect((await put({}, '?refresh=maybe')).status).toBe(400);
    expect((await call(fire, 'PUT', '/-bad', { search: {} })).status).toBe(400);
    expect((await call(fire, 'GET', '?cursor=x')).body.type).toBe('urn:twinfed:problem:invalid-cursor');
    expect((await call(fire, 'GET')).body.items).toEqual([]);
  });

  it('keep documents as they came, with members that no one reads', async () => {
    const from = { type: 'Point', coordinates: [0, 0], note: 'a\u0000b' };
    const { status, body } = await put({ sort: 'distance', from });
    expect([200, 201, 400]).toContain(status);
    if (status === 201) expect(body).toMatchObject({ search: { from } });
  });
});
