import type { LightMyRequestResponse } from 'fastify';
import { DataSource } from 'typeorm';
import { FIRE_TWIN, TEMPORARY_TWIN, TRAFFIC_TWIN } from '../../src/registry/dto/examples.js';
import { TwinEntity } from '../../src/registry/twin.entity.js';
import { aProfile, aRegistry, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');
const rival = organization('rival');

let registry: TestRegistry;

beforeAll(async () => {
  registry = await aRegistry();
});
afterAll(() => registry.close());

const at = (id: string, rest = ''): string => `/v1/twins/${encodeURIComponent(id)}${rest}`;

function put(profile: { id: string }, headers: Record<string, string> = {}, id = profile.id): Promise<LightMyRequestResponse> {
  return registry.call(city, { method: 'PUT', url: at(id), headers, payload: profile });
}

function patch(id: string, body: unknown, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
  const payload = JSON.stringify(body);
  return registry.call(city, {
    method: 'PATCH',
    url: at(id),
    headers: { 'content-type': 'application/merge-patch+json', ...headers },
    payload,
  });
}

function problemOf(response: LightMyRequestResponse): { http: number; type: string; pointer?: string } {
  expect(response.headers['content-type']).toContain('application/problem+json');
  const { type, pointer } = response.json<{ type: string; pointer?: string }>();
  return { http: response.statusCode, type: type.replace('urn:twinfed:problem:', ''), ...(pointer === undefined ? {} : { pointer }) };
}

describe('the REST face of the registry', () => {
  it('answers 201 with Location and ETag to a new twin, 200 with the same ETag to its repetition', async () => {
    const profile = aProfile();
    const [created, repeated] = [await put(profile), await put(profile)];
    expect([created.statusCode, created.headers.location, created.headers.etag]).toEqual([201, at(profile.id), '"1-1"']);
    expect([repeated.statusCode, repeated.headers.location, repeated.headers.etag]).toEqual([200, undefined, '"1-1"']);
    expect(repeated.json()).toMatchObject({ id: profile.id, owner: 'city', status: 'ACTIVE', version: 1 });
  });

  it('answers conditional reads with 304', async () => {
    const profile = aProfile();
    await put(profile);
    const read = (tag: string) => registry.call(city, { method: 'GET', url: at(profile.id), headers: { 'if-none-match': tag } });
    for (const tag of ['"1-1"', 'W/"1-1"', '*', '"x", "1-1"']) {
      const response = await read(tag);
      expect([response.statusCode, response.headers.etag, response.body]).toEqual([304, '"1-1"', '']);
    }
    expect((await read('"2-1"')).statusCode).toBe(200);
    expect(problemOf(await read('1-1'))).toEqual({ http: 400, type: 'validation-failed' });
  });

  it('honours If-Match and If-None-Match of PUT', async () => {
    const profile = aProfile();
    expect(problemOf(await put(profile, { 'if-match': '*' }))).toEqual({ http: 412, type: 'precondition-failed' });
    expect((await put(profile, { 'if-none-match': '*' })).statusCode).toBe(201);
    expect(problemOf(await put(profile, { 'if-none-match': '*' }))).toEqual({ http: 412, type: 'precondition-failed' });
    expect(problemOf(await put(profile, { 'if-match': '"9-1"' }))).toEqual({ http: 412, type: 'precondition-failed' });
    expect(problemOf(await put(profile, { 'if-match': 'W/"1-1"' }))).toEqual({ http: 412, type: 'precondition-failed' });
    expect((await put(profile, { 'if-match': '"1-1"' })).statusCode).toBe(200);
  });

  it('requires If-Match of PATCH', async () => {
    const profile = aProfile();
    await put(profile);
    expect(problemOf(await patch(profile.id, { name: 'A' }))).toEqual({ http: 428, type: 'precondition-required' });
    expect(problemOf(await patch(profile.id, { name: 'A' }, { 'if-match': '"2-1"' }))).toEqual({ http: 412, type: 'precondition-failed' });
    const patched = await patch(profile.id, { name: 'A' }, { 'if-match': '"1-1"' });
    expect([patched.statusCode, patched.headers.etag]).toEqual([200, '"2-1"']);
    expect((await patch(profile.id, { name: 'B' }, { 'if-match': '*' })).headers.etag).toBe('"3-1"');
  });

  it('renews with and without a body, leaving the ETag', async () => {
    const profile = aProfile({ lease: { ttlSeconds: 60 } });
    await put(profile);
    const renewed = await registry.call(city, { method: 'PUT', url: at(profile.id, '/lease') });
    expect([renewed.statusCode, renewed.json()]).toEqual([200, expect.objectContaining({ ttlSeconds: 60, status: 'ACTIVE' })]);
    const longer = await registry.call(city, { method: 'PUT', url: at(profile.id, '/lease'), payload: { ttlSeconds: 90 } });
    expect(longer.json()).toMatchObject({ ttlSeconds: 90 });
    const read = await registry.call(city, { method: 'GET', url: at(profile.id) });
    expect([read.headers.etag, read.json<{ lease: unknown }>().lease]).toEqual(['"1-1"', expect.objectContaining({ ttlSeconds: 90 })]);
  });

  it('takes ids with slashes, queries and fragments, percent-encoded, up to 512 characters', async () => {
    for (const id of ['https://city.example/twins/a?b=c#d', `urn:x:${'y'.repeat(506)}`, 'urn:a%20b:%2F']) {
      expect((await put(aProfile({ id }))).statusCode).toBe(201);
      expect((await registry.call(city, { method: 'GET', url: at(id) })).json()).toMatchObject({ id });
    }
  });

  it.each(['urn:a b', 'urn:a\u0007', `urn:${'y'.repeat(509)}`, 'no-scheme', 'urn:ä'])('refuses the id %j', async (id) => {
    const response = await put({ ...aProfile(), id: 'urn:ok' }, {}, id);
    expect(problemOf(response)).toEqual({ http: 400, type: 'invalid-id' });
    const posted = await registry.call(city, { method: 'POST', url: '/v1/twins', payload: aProfile({ id }) });
    expect(problemOf(posted)).toEqual({ http: 400, type: 'validation-failed', pointer: '/id' });
  });

  it('walks a list page by page, each twin once', async () => {
    const lister = organization('lister');
    const ids = Array.from({ length: 7 }, () => aProfile({ domain: 'water' }));
    for (const profile of ids) await registry.call(lister, { method: 'POST', url: '/v1/twins', payload: profile });
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const url = `/v1/twins?domain=water&owner=lister&status=ACTIVE&limit=3${next === undefined ? '' : `&cursor=${next}`}`;
      const page = (await registry.call(lister, { method: 'GET', url })).json<{ items: { id: string }[]; next?: string }>();
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    } while (next !== undefined);
    expect(seen).toEqual(ids.map(({ id }) => id).sort());
  });

  it('names a cursor of another list, a bad limit and an unknown filter', async () => {
    await put(aProfile({ domain: 'noise' }));
    await put(aProfile({ domain: 'noise' }));
    const list = (query: string) => registry.call(city, { method: 'GET', url: `/v1/twins?${query}` });
    const { next } = (await list('domain=noise&limit=1')).json<{ next: string }>();
    expect((await list(`domain=noise&limit=1&cursor=${next}`)).statusCode).toBe(200);
    expect(problemOf(await list(`domain=air&cursor=${next}`))).toEqual({ http: 400, type: 'invalid-cursor', pointer: '/cursor' });
    expect(problemOf(await list('cursor=nonsense'))).toEqual({ http: 400, type: 'invalid-cursor', pointer: '/cursor' });
    for (const limit of ['0', '-1', '1001', '1.5', 'x', '', 'NaN']) {
      expect(problemOf(await list(`limit=${limit}`))).toEqual({ http: 400, type: 'validation-failed', pointer: '/limit' });
    }
    expect(problemOf(await list('nonsense=1'))).toEqual({ http: 400, type: 'validation-failed', pointer: '/nonsense' });
    expect(problemOf(await list('status=DEREGISTERED'))).toEqual({ http: 400, type: 'validation-failed', pointer: '/status' });
  });

  it('hides from strangers what is private, and refuses them what is listed', async () => {
    const [hidden, shown] = [aProfile(), aProfile({ access: 'listed' })];
    await put(hidden);
    await put(shown);
    const headers = { 'if-match': '*', 'content-type': 'application/merge-patch+json' };
    for (const [profile, status] of [
      [hidden, 404],
      [shown, 403],
    ] as const) {
      // prettier-ignore
      const attempts = [
        registry.call(rival, { method: 'DELETE', url: at(profile.id) }),
        registry.call(rival, { method: 'PUT', url: at(profile.id, '/lease'), payload: { ttlSeconds: 60 } }),
        registry.call(rival, { method: 'PATCH', url: at(profile.id), headers, payload: '{}' }),
      ];
      for (const response of await Promise.all(attempts)) expect(response.statusCode).toBe(status);
    }
  });

  it('registers a batch item by item', async () => {
    const batch = (twins: unknown) => registry.call(city, { method: 'POST', url: '/v1/twins/batch', payload: { twins } });
    const [good, other] = [aProfile(), aProfile()];
    const mixed = await batch([good, { ...aProfile(), id: undefined }, 7, { ...aProfile(), domain: 'X' }]);
    expect(mixed.statusCode).toBe(207);
    expect(mixed.json<{ items: unknown[] }>().items).toEqual([
      { id: good.id, status: 201, etag: '"1-1"' },
      { status: 400, problem: expect.objectContaining({ pointer: '/twins/1/id' }) as unknown },
      { status: 400, problem: expect.objectContaining({ errors: [{ pointer: '/twins/2', detail: 'must be an object' }] }) as unknown },
      { status: 400, problem: expect.objectContaining({ pointer: '/twins/3/domain' }) as unknown },
    ]);
    const again = await batch([good, other]);
    expect([again.statusCode, again.json<{ items: { status: number }[] }>().items.map(({ status }) => status)]).toEqual([200, [200, 201]]);
    for (const twins of [undefined, [], {}, Array(101).fill(good)]) {
      expect(problemOf(await batch(twins))).toEqual({ http: 400, type: 'validation-failed', pointer: '/twins' });
    }
  });

  it('runs its own examples, twice', async () => {
    for (let round = 1; round <= 2; round += 1) {
      const json = { 'content-type': 'application/merge-patch+json', 'if-match': '*' };
      const answers = [
        await put(TRAFFIC_TWIN),
        await registry.call(city, { method: 'POST', url: '/v1/twins/batch', payload: { twins: [TRAFFIC_TWIN, FIRE_TWIN] } }),
        await registry.call(city, { method: 'POST', url: '/v1/twins', payload: TEMPORARY_TWIN }),
        await registry.call(city, { method: 'PATCH', url: at(TRAFFIC_TWIN.id), headers: json, payload: '{"description":"x"}' }),
        await registry.call(city, { method: 'PUT', url: at(TRAFFIC_TWIN.id, '/lease'), payload: { ttlSeconds: 86_400 } }),
        await registry.call(city, { method: 'DELETE', url: at(TEMPORARY_TWIN.id) }),
        await registry.call(OPERATOR, { method: 'POST', url: at(TRAFFIC_TWIN.id, '/suspend') }),
        await registry.call(OPERATOR, { method: 'POST', url: at(TRAFFIC_TWIN.id, '/resume') }),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([round === 1 ? 201 : 200, 200, 201, 200, 200, 204, 200, 200]);
      expect(answers.at(-1)?.json()).toMatchObject({ id: TRAFFIC_TWIN.id, status: 'ACTIVE' });
    }
  });

  it('has entities that match the migrations', async () => {
    const source = new DataSource({ ...registry.database.dataSource.options });
    await source.initialize();
    try {
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query).filter((query) => /"twin/.test(query))).toEqual([]);
      expect(source.hasMetadata(TwinEntity)).toBe(true);
    } finally {
      await source.destroy();
    }
  });
});
