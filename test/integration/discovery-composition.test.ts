import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { DiscoveryService, type SearchAnswer } from '../../src/discovery/discovery.service.js';
import { SearchDto } from '../../src/discovery/dto/search.dto.js';
import { StandingQueryService } from '../../src/discovery/standing/standing-query.service.js';
import { WhyNotService } from '../../src/discovery/why-not/why-not.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const CITY = organization('city');
const STRANGER = organization('stranger');

let registry: TestRegistry;
let twins: TwinService;

const register = async (parts: Record<string, unknown> = {}, owner = CITY): Promise<TwinId> =>
  (await twins.register(owner, aDto(parts))).twin.id;
const whole = (parts: readonly string[], more: Record<string, unknown> = {}): Promise<TwinId> =>
  register({ ...more, composition: { parts } });
const search = (criteria: Record<string, unknown>, asker = CITY): Promise<SearchAnswer> =>
  registry.get(DiscoveryService).search(asker, parseDto(SearchDto, criteria));
const idsOf = ({ items }: SearchAnswer): TwinId[] => items.map(({ twin }) => twin.id);
const found = async (criteria: Record<string, unknown>, asker = CITY): Promise<TwinId[]> => idsOf(await search(criteria, asker)).toSorted();
const point = (lon: number, lat: number): object => ({ area: { type: 'Point', coordinates: [lon, lat] } });
const refusal = (criteria: Record<string, unknown>) =>
  registry.call(CITY, { method: 'POST', url: '/v1/discovery/search', payload: criteria });

async function all(criteria: Record<string, unknown>, between?: (page: number) => Promise<void>): Promise<TwinId[]> {
  const seen: TwinId[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page += 1) {
    const answer = await search({ ...criteria, ...(cursor !== undefined && { cursor }) });
    seen.push(...idsOf(answer));
    if (answer.next === undefined) return seen;
    cursor = answer.next;
    await between?.(page);
  }
}

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
});
beforeEach(async () => {
  await registry.database.query('TRUNCATE twin, twin_lease, twin_search, twin_part, twin_assembly, twin_circle');
});
afterAll(() => registry.close());

describe('expanding aggregated twins', () => {
  it('tells the parts of all levels, with their place', async () => {
    const [a, b] = [await register({ name: 'A', domain: 'air' }), await register({ name: 'B' })];
    const inner = await whole([a], { name: 'Inner' });
    const outer = await whole([inner, b], { name: 'Outer' });
    const { items, partsCut } = await search({ composition: 'expand' });
    const parts = new Map(items.map(({ twin, parts }) => [twin.id, parts]));
    expect(parts.get(outer)).toEqual([
      { id: b, name: 'B', domain: 'traffic', partOf: outer, depth: 1 },
      { id: inner, name: 'Inner', domain: 'traffic', partOf: outer, depth: 1 },
      { id: a, name: 'A', domain: 'air', partOf: inner, depth: 2 },
    ]);
    expect(parts.get(inner)).toEqual([{ id: a, name: 'A', domain: 'air', partOf: inner, depth: 1 }]);
    expect([parts.get(a), partsCut]).toEqual([undefined, undefined]);
    const response = await registry.call(CITY, {
      method: 'POST',
      url: '/v1/discovery/search',
      payload: { ids: inner, composition: 'expand' },
    });
    expect(response.json()).toMatchObject({ items: [{ id: inner, parts: [{ id: a, partOf: inner, depth: 1 }] }] });
  });

  it('shows nothing that the asker may not see, nor what is reached through it alone', async () => {
    const deep = await register({ access: 'listed' });
    const hidden = await whole([deep], { access: 'private' });
    const open = await register({ access: 'listed' });
    const id = await whole([hidden, open], { access: 'listed' });
    const partsOf = async (asker = CITY) =>
      (await search({ ids: id, composition: 'expand' }, asker)).items[0]?.parts?.map((part) => part.id).toSorted();
    expect(await partsOf()).toEqual([hidden, open, deep].toSorted());
    expect(await partsOf(STRANGER)).toEqual([open]);
    expect(await found({ partOf: id }, STRANGER)).toEqual([open]);
    expect(await found({ partOf: hidden }, STRANGER)).toEqual([]);
  });

  it('tells the members of a federation that a twin stands for', async () => {
    const [a, b] = [await register(), await register({ access: 'private' }, STRANGER)];
    const circle = 'urn:test:circle';
    await registry.get(UnitOfWork).run((tx) => registry.get(TwinCircles).join(tx, a, circle));
    const id = await register({ composition: { federation: circle } });
    await registry.get(UnitOfWork).run((tx) => registry.get(TwinCircles).join(tx, b, circle));
    const { items } = await search({ aggregated: true, composition: 'expand' });
    expect(items.map(({ twin, parts }) => [twin.id, parts?.map((part) => part.id)])).toEqual([[id, [a, b].toSorted()]]);
  });

  it('cuts at a thousand parts of a page', async () => {
    const parts: string[] = [];
    for (let i = 0; i < 251; i += 1) parts.push(await register());
    const wholes = [];
    for (let i = 0; i < 4; i += 1) wholes.push(await whole(parts));
    const { items, partsCut } = await search({ ids: wholes, composition: 'expand' });
    expect(items.flatMap(({ parts }) => parts ?? [])).toHaveLength(1_000);
    expect(partsCut).toBe(true);
  });
});

describe('collapsing aggregated twins', () => {
  it('leaves out matches beneath another match, on any level, in every order and in counts', async () => {
    const a = await register({ name: 'part one', domain: 'air', coverage: point(0, 0) });
    const unmatched = await whole([a], { name: 'between', domain: 'noise', coverage: point(0, 1) });
    const top = await whole([unmatched], { name: 'part whole', domain: 'air', coverage: point(0, 2) });
    const other = await register({ name: 'part other', domain: 'air', coverage: point(0, 3) });
    const criteria = { domain: 'air', composition: 'collapse' };
    const area = { intersects: { type: 'Polygon', coordinates: [[[-1, -1], [1, -1], [1, 5], [-1, 5], [-1, -1]]] } }; // prettier-ignore
    const from = { type: 'Point', coordinates: [0, 0] };
    for (const more of [
      {},
      { sort: 'name' },
      { sort: 'freshness' },
      { text: 'part', sort: 'relevance' },
      { sort: 'distance', from },
      { area },
    ]) {
      expect(await found({ ...criteria, ...more })).toEqual([top, other].toSorted());
    }
    expect(await found({ domain: 'air' })).toEqual([a, top, other].toSorted());
    const { counts } = await search({ ...criteria, facets: ['domain'] });
    expect(counts).toEqual({ total: { count: 2, isExact: true }, facets: { domain: [{ value: 'air', count: 2 }] } });
    expect(await found({ domain: ['air', 'noise'], composition: 'collapse' })).toEqual([top, other].toSorted());
    const features = await registry.get(DiscoveryService).features(CITY, parseDto(SearchDto, criteria));
    expect(features.items.map(({ twin }) => twin).toSorted()).toEqual([top, other].toSorted());
  });

  it('keeps a part whose whole does not match, may not be seen, or has no place in the order', async () => {
    const part = await register({ access: 'listed', coverage: point(0, 0) });
    const hidden = await whole([part], { access: 'private' });
    expect(await found({ composition: 'collapse' })).toEqual([hidden]);
    expect(await found({ composition: 'collapse' }, STRANGER)).toEqual([part]);
    expect(await found({ composition: 'collapse', aggregated: false })).toEqual([part]);
    expect(await found({ composition: 'collapse', sort: 'distance', from: { type: 'Point', coordinates: [0, 0] } })).toEqual([part]);
  });

  it('neither skips nor repeats while twins come and go', async () => {
    const stay: TwinId[] = [];
    const covered: TwinId[] = [];
    const passing: TwinId[] = [];
    for (let i = 0; i < 30; i += 1) {
      stay.push(await register());
      covered.push(await register());
      passing.push(await register());
    }
    const top = await whole(covered);
    const seen = await all({ composition: 'collapse', limit: 4 }, async (page) => {
      const gone = passing[page * 3];
      await Promise.all([
        gone === undefined ? undefined : twins.deregister(CITY, gone),
        register(),
        page === 2 ? twins.patch(CITY, top, { name: 'Renamed' }) : undefined,
      ]);
    });
    expect(new Set(seen).size).toBe(seen.length);
    expect(stay.filter((id) => !seen.includes(id))).toEqual([]);
    expect(covered.filter((id) => seen.includes(id))).toEqual([]);
    expect(seen).toContain(top);
  });

  it('binds cursors to the option', async () => {
    for (let i = 0; i < 3; i += 1) await register();
    const { next } = await search({ limit: 1, composition: 'collapse' });
    for (const composition of [undefined, 'asIs', 'expand']) {
      const answer = await refusal({ limit: 1, cursor: next, composition });
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        expect.objectContaining({ type: 'urn:twinfed:problem:invalid-cursor', pointer: '/cursor' }),
      ]);
    }
    expect((await refusal({ limit: 1, cursor: next, composition: 'collapse' })).statusCode).toBe(200);
  });
});

describe('criteria on composition', () => {
  it('finds parts of all levels, and aggregated twins, also negated and joined', async () => {
    const [a, b, free] = [await register(), await register(), await register()];
    const inner = await whole([a]);
    const outer = await whole([inner, b]);
    expect(await found({ partOf: outer })).toEqual([a, b, inner].toSorted());
    expect(await found({ partOf: outer, aggregated: true })).toEqual([inner]);
    expect(await found({ aggregated: true })).toEqual([inner, outer].toSorted());
    expect(await found({ aggregated: false })).toEqual([a, b, free].toSorted());
    expect(await found({ query: { not: { partOf: outer } } })).toEqual([outer, free].toSorted());
    expect(await found({ query: { any: [{ aggregated: true }, { ids: free }] } })).toEqual([inner, outer, free].toSorted());
    expect(await found({ query: { not: { aggregated: true } } })).toEqual([a, b, free].toSorted());
    expect(await found({ partOf: 'urn:test:nobody' })).toEqual([]);
  });

  it('tells why a twin is not among the parts', async () => {
    const a = await register();
    const [outer, other] = [await whole([a]), await whole([a])];
    const why = await registry.get(WhyNotService).explain(CITY, outer, { partOf: other, aggregated: false });
    expect(why.matches).toBe(false);
    expect(why.criteria).toContainEqual(expect.objectContaining({ criterion: 'partOf', met: false, wanted: other, actual: [] }));
    expect(why.criteria).toContainEqual(expect.objectContaining({ criterion: 'aggregated', met: false, wanted: false, actual: true }));
    const part = await registry.get(WhyNotService).explain(CITY, a, { partOf: other });
    expect(part.criteria).toContainEqual(expect.objectContaining({ met: true, actual: expect.arrayContaining([outer, other]) as unknown }));
  });

  it('refuses what is no such criterion, by its place', async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ partOf: 'no uri' }, '/partOf'],
      [{ partOf: ['urn:a:b'] }, '/partOf'],
      [{ aggregated: 'yes' }, '/aggregated'],
      [{ composition: 'fold' }, '/composition'],
      [{ query: { composition: 'collapse' } }, '/query/composition'],
      [{ query: { all: Array.from({ length: 11 }, () => ({ partOf: 'urn:a:b' })) } }, '/query/all/10/partOf'],
    ];
    for (const [criteria, pointer] of wrong) {
      const answer = await refusal(criteria);
      expect([pointer, answer.statusCode, answer.json()]).toEqual([
        pointer,
        400,
        expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
      ]);
    }
    const features = await registry.call(CITY, { method: 'POST', url: '/v1/discovery/features', payload: { composition: 'expand' } });
    expect([features.statusCode, features.json()]).toEqual([400, expect.objectContaining({ pointer: '/composition' })]);
    await expect(registry.get(StandingQueryService).put(CITY, 'parts', { query: { partOf: 'urn:a:b' } })).rejects.toMatchObject({
      code: 'validation-failed',
      pointer: '/query/partOf',
    });
  });
});
