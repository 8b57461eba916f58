import { DiscoveryService } from '../../src/discovery/discovery.service.js';
import { SearchDto } from '../../src/discovery/dto/search.dto.js';
import { QueryEngine } from '../../src/discovery/search/query-engine.js';
import { parseTwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { SearchReindexer } from '../../src/registry/search/search-reindexer.js';
import { SearchWords } from '../../src/registry/search/search-words.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');
const stranger = organization('stranger');

let registry: TestRegistry;
let named: Map<string, string>;

async function search(
  criteria: Record<string, unknown>,
  who = city,
): Promise<{ names: string[]; next?: string; answer: Awaited<ReturnType<DiscoveryService['search']>> }> {
  const answer = await registry.get(DiscoveryService).search(who, parseDto(SearchDto, criteria));
  return {
    names: answer.items.map(({ twin }) => named.get(twin.id) ?? twin.id),
    ...(answer.next !== undefined && { next: answer.next }),
    answer,
  };
}

async function find(criteria: Record<string, unknown>, who = city): Promise<string[]> {
  return (await search(criteria, who)).names;
}

async function aTwin(name: string, parts: Record<string, unknown> = {}): Promise<string> {
  const dto = aDto({ name, ...parts });
  await registry.get(TwinService).register(city, dto);
  named.set(dto.id, name);
  return dto.id;
}

/** Every page of a search, one twin at a time or more. */
async function pages(
  criteria: Record<string, unknown>,
  limit: number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { names, next } = await search({ ...criteria, limit, ...(cursor !== undefined && { cursor }) });
    seen.push(...names);
    cursor = next;
    await between();
  } while (cursor !== undefined);
  return seen;
}

const point = (lon: number, lat: number): object => ({ area: { type: 'Point', coordinates: [lon, lat] } });
const box = (west: number, south: number, east: number, north: number): { type: string; coordinates: number[][][] } => ({
  type: 'Polygon',
  coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
}); // prettier-ignore
const data = (name: string, parts: object = {}): object => ({ kind: 'data', name, schema: { type: 'number' }, ...parts });

beforeAll(async () => {
  registry = await aRegistry();
});
beforeEach(async () => {
  await registry.database.query('TRUNCATE twin, twin_lease, twin_search');
  named = new Map();
});
afterAll(() => registry.close());

describe('the query document', () => {
  it('joins criteria by all, any and not', async () => {
    await aTwin('a', { domain: 'traffic', labels: { borough: 'Camden' } });
    await aTwin('b', { domain: 'energy', labels: { borough: 'Camden' } });
    await aTwin('c', { domain: 'air', labels: { vendor: 'x' } });
    expect(await find({ query: { any: [{ domain: 'traffic' }, { domain: 'air' }] } })).toEqual(['a', 'c']);
    expect(await find({ query: { not: { domain: ['traffic', 'air'] } } })).toEqual(['b']);
    expect(await find({ label: { name: 'borough' }, query: { not: { not: { domain: 'energy' } } } })).toEqual(['b']);
    expect(await find({ labels: { borough: 'Camden' } })).toEqual(['a', 'b']);
    expect(await find({ labels: [{ name: 'borough', value: 'Camden' }, { name: 'vendor' }] })).toEqual([]);
    expect(
      await find({ query: { all: [{ any: [{ label: { name: 'vendor' } }, { domain: 'traffic' }] }, { not: { text: 'camden' } }] } }),
    ).toEqual(['c']);
    expect(await find({ query: {} })).toEqual(['a', 'b', 'c']);
  });

  it('asks all of one feature at once', async () => {
    await aTwin('one', { features: [data('speed', { semanticType: 'urn:test:speed' }), data('count')] });
    await aTwin('two', { features: [data('speed'), data('count', { semanticType: 'urn:test:speed' })] });
    expect(await find({ feature: { name: 'speed', semanticTerm: 'urn:test:speed', exact: true } })).toEqual(['one']);
    expect(await find({ features: [{ name: 'speed' }, { semanticTerm: 'urn:test:speed' }] })).toEqual(['one', 'two']);
    const { answer } = await search({ feature: { semanticTerm: 'urn:test:speed' } });
    expect(answer.items.map(({ matchedFeatures }) => matchedFeatures.map(({ name }) => name))).toEqual([['speed'], ['count']]);
    const features = await registry.get(DiscoveryService).features(city, parseDto(SearchDto, { feature: { name: 'count' } }));
    expect(features.items.map(({ feature }) => feature.name)).toEqual(['count', 'count']);
  });

  it('finds by object of interest, ids, periods and ages', async () => {
    const id = await aTwin('a', {
      objectOfInterest: ['urn:thing:1'],
      synchronization: { direction: 'physical-to-twin', periodMs: 1000, desiredAgeMs: 50 },
    });
    await aTwin('b', { synchronization: { direction: 'physical-to-twin', periodMs: 5000 } });
    await aTwin('c');
    expect(await find({ objectOfInterest: 'urn:thing:1' })).toEqual(['a']);
    expect(await find({ ids: [id] })).toEqual(['a']);
    expect(await find({ maxPeriodMs: 1000 })).toEqual(['a']);
    expect(await find({ query: { not: { maxPeriodMs: 1000 } } })).toEqual(['b', 'c']);
    expect(await find({ maxAgeMs: 60 })).toEqual(['a']);
  });

  it('knows within, contains and areas beneath any and not, by the geometry', async () => {
    await aTwin('square', { coverage: { area: box(0, 0, 2, 2) } });
    await aTwin('diagonal', { coverage: { area: { type: 'LineString', coordinates: [[0, 0], [10, 10]] } } }); // prettier-ignore
    await aTwin('point', { coverage: point(1, 1) });
    await aTwin('nowhere', { domain: 'air' });
    expect(await find({ area: { within: box(0, 0, 3, 3) } })).toEqual(['square', 'point']);
    expect(await find({ area: { within: box(0, 0, 2, 2) } })).toEqual(['square', 'point']);
    expect(await find({ area: { contains: box(0.5, 0.5, 1, 1) } })).toEqual(['square']);
    expect(await find({ area: { contains: { type: 'Point', coordinates: [5, 5] } } })).toEqual(['diagonal']);
    const upper = { area: { intersects: box(0, 5, 4, 9) } };
    expect(await find(upper)).toEqual([]);
    expect(await find({ query: { not: upper } })).toEqual(['square', 'diagonal', 'point', 'nowhere']);
    expect(await find({ query: { not: { area: { intersects: box(6, 6, 7, 7) } } } })).toEqual(['square', 'point', 'nowhere']);
    expect(await find({ query: { any: [{ area: { intersects: box(6, 6, 7, 7) } }, { domain: 'air' }] } })).toEqual(['diagonal', 'nowhere']);
  });

  it('finds areas that are cut at the antimeridian, on both sides', async () => {
    const fiji = { type: 'MultiPolygon', coordinates: [box(177, -19, 180, -16).coordinates, box(-180, -19, -178, -16).coordinates] };
    await aTwin('fiji', { coverage: { area: fiji } });
    await aTwin('london', { coverage: point(0, 51) });
    expect(await find({ area: { intersects: box(-179, -18, -178.5, -17) } })).toEqual(['fiji']);
    expect(await find({ area: { intersects: box(178, -18, 179, -17) } })).toEqual(['fiji']);
    expect(await find({ area: { intersects: box(-10, -18, 10, -17) } })).toEqual([]);
    expect(await find({ area: { near: { type: 'Point', coordinates: [-177.9, -17] }, withinMeters: 20_000 } })).toEqual(['fiji']);
    expect(
      (await search({ sort: 'distance', from: { type: 'Point', coordinates: [-179.5, -17] } })).answer.items.map(
        ({ meters }) => meters === 0,
      ),
    ).toEqual([true, false]);
  });

  it('forgives a typing error where no profile has the word', async () => {
    await aTwin('Traffic lights');
    await aTwin('Concert hall', { domain: 'culture' });
    await registry.get(SearchWords).store();
    expect(await find({ text: 'trafic' })).toEqual(['Traffic lights']);
    expect(await find({ text: 'trafic lightss' })).toEqual(['Traffic lights']);
    expect(await find({ text: 'traffic' })).toEqual(['Traffic lights']);
    expect(await find({ text: 'zzzzzz' })).toEqual([]);
  });

  it('takes JSONPath', async () => {
    await aTwin('a', { labels: { borough: 'Camden' }, features: [data('x'), { kind: 'function', name: 'f', input: true }] });
    await aTwin('b', { features: [data('y', { description: 'text' })] });
    expect(await find({ jsonPath: '$.labels.borough' })).toEqual(['a']);
    expect(await find({ jsonPath: '$.features[?@.kind == "function" && @.name == "f"]' })).toEqual(['a']);
    expect(await find({ jsonPath: '$.features[?@.kind == "data" && @.name == "f"]' })).toEqual([]);
    expect(await find({ jsonPath: '$..description' })).toEqual(['b']);
    expect(await find({ query: { not: { jsonPath: '$.features[?match(@.name, "[xf]")]' } } })).toEqual(['b']);
    expect(await find({ jsonPath: '$.features[*].schema.type' })).toEqual(['a', 'b']);
  });

  it('shows nobody what is not theirs to see, in pages and in counts', async () => {
    await aTwin('private');
    await aTwin('listed', { access: 'listed' });
    const { names, answer } = await search({ facets: ['domain'] }, stranger);
    expect([names, answer.counts?.total]).toEqual([['listed'], { count: 1, isExact: true }]);
    expect(await find({ query: { not: { domain: 'air' } } }, stranger)).toEqual(['listed']);
  });

  it('sorts by name, freshness, relevance and distance, page by page', async () => {
    await aTwin('b', { description: 'bridge', coverage: point(0, 0.3) });
    await aTwin('a', { description: 'a bridge over a bridge by a bridge', coverage: point(0, 0.1) });
    await aTwin('bridge', { coverage: { area: box(0, 0.15, 0.1, 0.2) } });
    for (const limit of [1, 2, 3]) {
      expect(await pages({ sort: 'name' }, limit)).toEqual(['a', 'b', 'bridge']);
      expect(await pages({ sort: 'freshness' }, limit)).toEqual(['bridge', 'a', 'b']);
      expect(await pages({ sort: 'relevance', text: 'bridge' }, limit)).toEqual(['bridge', 'a', 'b']);
      expect(await pages({ sort: 'distance', from: { type: 'Point', coordinates: [0, 0] } }, limit)).toEqual(['a', 'bridge', 'b']);
    }
  });

  it('neither skips nor repeats what stays while others come and go', async () => {
    for (let i = 0; i < 12; i += 1)
      await aTwin(`stays ${String(i).padStart(2, '0')}`, { coverage: point(i / 100, 0), description: 'bridge' });
    const stays = [...named.values()];
    for (const sort of ['id', 'name', 'relevance', 'distance']) {
      let count = 0;
      const seen = await pages(
        { sort, text: 'bridge', ...(sort === 'distance' && { from: { type: 'Point', coordinates: [0, 0] } }) },
        3,
        async () => {
          count += 1;
          const id = await aTwin(`comes ${sort} ${count}`, { coverage: point(0.05, 0), description: 'bridge' });
          if (count % 2 === 0) await registry.get(TwinService).deregister(city, parseTwinId(id), {});
        },
      );
      expect([sort, seen.filter((name) => name.startsWith('stays')).sort()]).toEqual([sort, stays]);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it('counts matches and what they have', async () => {
    await aTwin('a', { domain: 'traffic', labels: { borough: 'Camden' } });
    await aTwin('b', { domain: 'traffic', labels: { borough: 'Camden', vendor: 'x' } });
    await aTwin('c', { domain: 'air', labels: { borough: 'Ealing' }, coverage: point(0, 0) });
    const response = await registry.call(city, {
      method: 'POST',
      url: '/v1/discovery/search',
      payload: { limit: 1, facets: ['domain', 'owner', 'status', 'feature', 'label:borough'] },
    });
    expect(response.json()).toMatchObject({
      total: { exact: 3 },
      facets: {
        domain: [{ value: 'traffic', exact: 2 }, { value: 'air', exact: 1 }],
        owner: [{ value: 'city', exact: 3 }],
        status: [{ value: 'ACTIVE', exact: 3 }],
        feature: [{ value: 'flow', exact: 3 }],
        'label:borough': [{ value: 'Camden', exact: 2 }, { value: 'Ealing', exact: 1 }],
      },
    }); // prettier-ignore
    const { answer } = await search({ area: { intersects: box(-1, -1, 1, 1) }, facets: ['domain'] });
    expect(answer.counts).toEqual({ total: { count: 1, isExact: true }, facets: { domain: [{ value: 'air', count: 1 }] } });
  });

  it('says of each criterion whether a twin meets it, and which of some twins match', async () => {
    const [a, b] = [await aTwin('a', { coverage: { area: box(0, 0, 2, 2) } }), await aTwin('b', { domain: 'air' })];
    const engine = registry.get(QueryEngine);
    const query = await engine.prepare(city, { domain: 'traffic', any: [{ area: { intersects: box(1, 1, 5, 5) } }, { text: 'nothing' }] });
    expect(await engine.matching(query, [a, b].map(parseTwinId))).toEqual(new Set([a]));
    const answers = await engine.answers(query, parseTwinId(b));
    expect([...(answers ?? [])].map(([leaf, holds]) => [leaf.pointer, holds])).toEqual([['/domain', false], ['/any/0/area', false], ['/any/1/text', false], ['', true]]); // prettier-ignore
    const strangers = await engine.prepare(stranger, { domain: 'traffic' });
    expect(await engine.answers(strangers, parseTwinId(a))).toBeUndefined();
  });

  it('derives rows of an older version anew', async () => {
    await aTwin('a', { labels: { x: 'y' } });
    await registry.database.query(`UPDATE twin_search SET keys = '{}', search_version = 0`);
    expect(await find({ label: { name: 'x' } })).toEqual([]);
    await registry.get(SearchReindexer).run();
    expect(await find({ label: { name: 'x' } })).toEqual(['a']);
  });

  const deep = (levels: number): object => (levels === 0 ? { domain: 'air' } : { not: deep(levels - 1) });
  it.each([
    [{ query: deep(9) }, 400],
    [{ query: { any: Array.from({ length: 101 }, () => ({ domain: 'air' })) } }, 400],
    [{ query: { all: Array.from({ length: 60 }, () => ({ domain: 'air', owner: 'x' })) } }, 400],
    [{ query: { any: [] } }, 400],
    [{ query: [] }, 400],
    [{ query: { constructor: 1 } }, 400],
    [{ jsonPath: "$[?match(@.x, '(a+)+b')]" }, 400],
    [{ sort: 'relevance' }, 400],
    [{ sort: 'distance' }, 400],
    [{ from: { type: 'Point', coordinates: [0, 0] } }, 400],
    [{ facets: ['profile'] }, 400],
    [{ area: { intersects: { type: 'MultiPoint', coordinates: Array.from({ length: 1001 }, () => [0, 0]) } } }, 400],
    [{ area: { within: { type: 'Polygon', coordinates: [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]] } } }, 400],
    [{ area: { within: box(0, 0, 1, 1), intersects: box(0, 0, 1, 1) } }, 400],
    [{ feature: {} }, 400],
    [{ feature: { name: 'x', exact: true } }, 400],
    [{ ids: ['no uri'] }, 400],
    [{ text: 'x'.repeat(10_000) }, 400],
    [{ query: deep(7) }, 200],
  ])('answers %j with %i', async (payload, status) => {
    const response = await registry.call(city, { method: 'POST', url: '/v1/discovery/search', payload });
    expect(response.statusCode).toBe(status);
    if (status === 400) expect(response.json<{ pointer?: string }>().pointer).toBeDefined();
  }); // prettier-ignore

  it('refuses cursors of another query or order, and forged ones', async () => {
    await aTwin('a');
    await aTwin('b');
    const { next } = await search({ sort: 'name', limit: 1 });
    for (const criteria of [{ sort: 'id' }, { sort: 'name', domain: 'traffic' }, { sort: 'name', query: { domain: 'traffic' } }]) {
      await expect(search({ ...criteria, cursor: next })).rejects.toThrow('not a cursor');
    }
    await expect(search({ sort: 'name', cursor: `${next ?? ''}x` })).rejects.toThrow('not a cursor');
    expect(await find({ sort: 'name', limit: 1, cursor: next })).toEqual(['b']);
  });
});
