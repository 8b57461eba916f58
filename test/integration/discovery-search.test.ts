import { DiscoveryService } from '../../src/discovery/discovery.service.js';
import { SearchDto } from '../../src/discovery/dto/search.dto.js';
import { parseTwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinStatusService } from '../../src/registry/twin-status.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let named: Map<string, string>;

/** Names of the twins found, in order of id. */
async function find(criteria: Record<string, unknown>): Promise<string[]> {
  const page = await registry.get(DiscoveryService).search(city, parseDto(SearchDto, criteria));
  return page.items.map(({ twin }) => named.get(twin.id) ?? twin.id);
}

async function aTwin(name: string, parts: Record<string, unknown> = {}): Promise<string> {
  const dto = aDto({ name, ...parts });
  await registry.get(TwinService).register(city, dto);
  named.set(dto.id, name);
  return dto.id;
}

const point = (lon: number, lat: number): object => ({ area: { type: 'Point', coordinates: [lon, lat] } });
const square = (west: number, south: number, size: number): object => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [west + size, south],
      [west + size, south + size],
      [west, south + size],
      [west, south],
    ],
  ],
});

beforeAll(async () => {
  registry = await aRegistry();
});
beforeEach(async () => {
  await registry.database.query('TRUNCATE twin, twin_lease, twin_search');
  named = new Map();
});
afterAll(() => registry.close());

describe('discovery', () => {
  it('combines domain, features, text, area, validity and status', async () => {
    const wanted = {
      domain: 'traffic',
      description: 'Counts vehicles',
      coverage: { ...point(0.5, 51.5), validFrom: '2026-01-01T00:00:00Z', validTo: '2027-01-01T00:00:00Z' },
      features: [
        { kind: 'data', name: 'flow', schema: true },
        { kind: 'function', name: 'close', input: true },
      ],
    };
    const id = await aTwin('wanted', wanted);
    await aTwin('other domain', { ...wanted, domain: 'air' });
    await aTwin('other feature', { ...wanted, features: [{ kind: 'function', name: 'flow', input: true }] });
    await aTwin('other text', { ...wanted, description: 'Sees nothing' });
    await aTwin('other place', { ...wanted, coverage: { ...wanted.coverage, ...point(0.5, 52.5) } });
    await aTwin('other time', { ...wanted, coverage: { ...wanted.coverage, validTo: '2026-02-01T00:00:00Z' } });
    const suspended = await aTwin('other status', wanted);
    await registry.get(TwinStatusService).suspend(OPERATOR, parseTwinId(suspended));
    const criteria = {
      domain: 'traffic',
      owner: 'city',
      features: [{ kind: 'data', name: 'flow' }],
      text: 'vehicle',
      area: { intersects: square(0, 51, 1) },
      validAt: '2026-06-01T00:00:00Z',
    };
    expect(await find(criteria)).toEqual(['wanted']);
    expect(await find({ ...criteria, status: ['ACTIVE', 'SUSPENDED'] })).toEqual(['wanted', 'other status']);
    const page = await registry.get(DiscoveryService).search(city, parseDto(SearchDto, criteria));
    expect(page.items[0]?.matchedFeatures.map(({ kind, name }) => [kind, name])).toEqual([['data', 'flow']]);
    const response = await registry.call(city, { method: 'POST', url: '/v1/discovery/search', payload: criteria });
    expect([response.statusCode, response.json()]).toEqual([200, { items: [expect.objectContaining({ id, matchedFeatures: [{ kind: 'data', name: 'flow' }] })] }]); // prettier-ignore
  });

  it('finds features by kind, by name and all of several', async () => {
    const data = (name: string): object => ({ kind: 'data', name, schema: true });
    const call = (name: string): object => ({ kind: 'function', name, input: true });
    await aTwin('a', { features: [data('x')] });
    await aTwin('b', { features: [call('x'), data('y')] });
    await aTwin('c', { features: [] });
    expect(await find({ features: [{ kind: 'data' }] })).toEqual(['a', 'b']);
    expect(await find({ features: [{ name: 'x' }] })).toEqual(['a', 'b']);
    expect(await find({ features: [{ kind: 'function', name: 'x' }] })).toEqual(['b']);
    expect(await find({ features: [{ name: 'x' }, { name: 'y' }] })).toEqual(['b']);
    expect(await find({ features: [{ name: 'X' }] })).toEqual([]);
    expect(await find({ features: [] })).toEqual(['a', 'b', 'c']);
  });

  it('decides by the geometry, not by its box or its center', async () => {
    const ring = { type: 'Polygon', coordinates: [...outerAndHole()] };
    await aTwin('ring', { coverage: { area: ring } });
    await aTwin('diagonal', { coverage: { area: { type: 'LineString', coordinates: [[0, 0], [10, 10]] } } }); // prettier-ignore
    await aTwin('nowhere');
    expect(await find({ area: { intersects: { type: 'Point', coordinates: [5, 5] } } })).toEqual(['diagonal']);
    expect(await find({ area: { intersects: { type: 'Point', coordinates: [1, 1] } } })).toEqual(['ring', 'diagonal']);
    expect(await find({ area: { intersects: { type: 'Point', coordinates: [9.5, 0.5] } } })).toEqual(['ring']);
    expect(await find({ area: { intersects: square(0, 0, 0.5) } })).toEqual(['ring', 'diagonal']);
  });

  it('finds within a distance, over the antimeridian and by a pole', async () => {
    await aTwin('near', { coverage: point(0, 51) });
    await aTwin('far', { coverage: point(0, 51.01) });
    await aTwin('fiji', { coverage: point(-179.99, -17) });
    await aTwin('pole', { coverage: point(90, 89.99) });
    const near = (lon: number, lat: number, withinMeters: number) =>
      find({ area: { near: { type: 'Point', coordinates: [lon, lat] }, withinMeters } });
    expect(await near(0, 51.001, 200)).toEqual(['near']);
    expect(await near(0, 51.001, 1_200)).toEqual(['near', 'far']);
    expect(await near(0, 51, 0)).toEqual(['near']);
    expect(await near(179.99, -17, 3_000)).toEqual(['fiji']);
    expect(await near(-90, 89.99, 3_000)).toEqual(['pole']);
    expect(await near(0, 0, 20_050_000)).toEqual(['near', 'far', 'fiji', 'pole']);
  });

  it('compares spans of time, open ones too', async () => {
    await aTwin('always');
    await aTwin('2026', { coverage: { validFrom: '2026-01-01T00:00:00Z', validTo: '2027-01-01T00:00:00Z' } });
    await aTwin('from 2027', { coverage: { validFrom: '2027-01-01T00:00:00Z' } });
    expect(await find({ validAt: '2026-12-31T23:59:59.999Z' })).toEqual(['always', '2026']);
    expect(await find({ validAt: '2027-01-01T00:00:00Z' })).toEqual(['always', 'from 2027']);
    expect(await find({ validity: { to: '2026-01-01T00:00:00Z' } })).toEqual(['always']);
    expect(await find({ validity: { from: '2026-12-01T00:00:00Z', to: '2027-02-01T01:00:00+01:00' } })).toEqual([
      'always',
      '2026',
      'from 2027',
    ]);
    expect(await find({ validity: {} })).toEqual(['always', '2026', 'from 2027']);
  });

  it('finds words, their stems, their beginnings, phrases and parts of names', async () => {
    await aTwin('Traffic lights', { domain: 'traffic', labels: { borough: 'Camden' } });
    await aTwin('Air', {
      domain: 'air',
      description: 'Measured emissions of vehicles',
      features: [{ kind: 'data', name: 'nitrogenDioxide', schema: true }],
    });
    await aTwin('Straße', { domain: 'noise' });
    expect(await find({ text: 'camden' })).toEqual(['Traffic lights']);
    expect(await find({ text: 'light' })).toEqual(['Traffic lights']);
    expect(await find({ text: 'measure emission' })).toEqual(['Air']);
    expect(await find({ text: 'emis' })).toEqual(['Air']);
    expect(await find({ text: 'dioxide' })).toEqual(['Air']);
    expect(await find({ text: 'nitrogenDioxide' })).toEqual(['Air']);
    expect(await find({ text: '"emissions of vehicles"' })).toEqual(['Air']);
    expect(await find({ text: 'camden or emissions' })).toEqual(['Traffic lights', 'Air']);
    expect(await find({ text: 'traffic -lights' })).toEqual([]);
    expect(await find({ text: 'STRASSE' })).toEqual([]);
    expect(await find({ text: 'straße' })).toEqual(['Straße']);
  });

  it.each([
    "'",
    '"',
    '\\',
    '&|!()<->:*',
    ':*',
    "a' | b",
    '-',
    'or or or',
    "'; DROP TABLE twin; --",
    'x'.repeat(1000),
    '語'.repeat(1000),
    'İ'.repeat(1000),
    '\u{1F600}',
    '%_',
    '"unclosed phrase',
    'a:b:c',
    '((((',
    '<2>',
    '\t\n',
    '- - -',
    'the of and',
    "a' ".repeat(300),
    'İstanbul',
  ])('never fails on the text %j', async (text) => {
    // prettier-ignore
    await aTwin('a');
    await expect(find({ text })).resolves.toBeInstanceOf(Array);
  });

  it('gives every twin once, page by page, with and without an area', async () => {
    for (let i = 0; i < 9; i += 1) await aTwin(`t${i}`, { coverage: point(i % 3 === 2 ? 5 : 0, i / 10) });
    for (const [area, expected] of [
      [{}, ['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8']],
      [{ area: { intersects: square(-1, -1, 3) } }, ['t0', 't1', 't3', 't4', 't6', 't7']],
    ] as const) {
      const seen: string[] = [];
      const sizes: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await registry
          .get(DiscoveryService)
          .search(city, parseDto(SearchDto, { ...area, limit: 2, ...(cursor && { cursor }) }));
        seen.push(...page.items.map(({ twin }) => named.get(twin.id) ?? ''));
        sizes.push(page.items.length);
        cursor = page.next;
      } while (cursor !== undefined);
      expect([seen, sizes.every((size) => size > 0)]).toEqual([expected, true]);
    }
  });

  it('looks through more candidates than it gathers at once', async () => {
    await aTwin('only', { coverage: point(0, 0) });
    await registry.database.query(
      `INSERT INTO twin (id, incarnation, version, registration, owner, domain, access, profile, profile_bytes, changed_by, created_at, updated_at)
       SELECT 'urn:bulk:' || lpad(i::text, 6, '0'), 1, 1, 'REGISTERED', 'city', 'traffic', 'private',
              jsonb_build_object('name', 'b', 'domain', 'traffic', 'objectOfInterest', '[]'::jsonb, 'endpoints', '[]'::jsonb, 'labels', '{}'::jsonb,
                'access', 'private', 'features', '[]'::jsonb, 'coverage', jsonb_build_object('area', '{"type":"Point","coordinates":[9,9]}'::jsonb)),
              200, '{}'::jsonb, now(), now() FROM generate_series(1, 6000) i`,
    );
    await registry.database.query(
      `INSERT INTO twin_search (twin_id, owner, domain, access, name_key, updated_at, validity, area_box, keys, facet_values, search, search_version)
       SELECT id, owner, domain, access, 'b', updated_at, '(,)', '((9,9),(9,9))', '{}', '{}', '', 1 FROM twin WHERE id LIKE 'urn:bulk:%'`,
    );
    await registry.database.query(`INSERT INTO twin_lease (twin_id, status) SELECT id, 'ACTIVE' FROM twin WHERE id LIKE 'urn:bulk:%'`);
    const corners = { type: 'MultiPoint', coordinates: [[0, 0], [10, 10]] }; // prettier-ignore
    const found: string[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const criteria = parseDto(SearchDto, { area: { intersects: corners }, ...(cursor && { cursor }) });
      const page = await registry.get(DiscoveryService).search(city, criteria);
      found.push(...page.items.map(({ twin }) => named.get(twin.id) ?? twin.id));
      cursor = page.next;
      pages += 1;
    } while (cursor !== undefined);
    expect([found, pages > 1]).toEqual([['only'], true]);
    const whole = await registry
      .get(DiscoveryService)
      .search(city, parseDto(SearchDto, { area: { intersects: square(0, 0, 20) }, limit: 1000 }));
    expect([whole.items.length, whole.next]).toEqual([1000, expect.any(String)]);
  });

  it.each([
    [{ nonsense: 1 }, '/nonsense'],
    [{ domain: 7 }, '/domain'],
    [{ features: [{}] }, '/features/0'],
    [{ features: [{ kind: 'event' }] }, '/features/0/kind'],
    [{ text: 'x'.repeat(1001) }, '/text'],
    [{ text: 'a\u0000b' }, '/text'],
    [{ area: {} }, '/area'],
    [{ area: { near: { type: 'Point', coordinates: [0, 0] } } }, '/area/withinMeters'],
    [{ area: { near: { type: 'Point', coordinates: [0, 0] }, withinMeters: -1 } }, '/area/withinMeters'],
    [{ area: { intersects: { type: 'Point', coordinates: [0, 0] }, withinMeters: 1 } }, '/area/withinMeters'],
    [{ area: { intersects: { type: 'Point', coordinates: [0, 100] } } }, '/area/intersects/coordinates/1'],
    [{ area: { near: { type: 'Point', coordinates: ['NaN', 0] }, withinMeters: 1 } }, '/area/near/coordinates/0'],
    [{ validAt: 'yesterday' }, '/validAt'],
    [{ validity: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } }, '/validity/to'],
    [{ status: ['DEREGISTERED'] }, '/status/0'],
    [{ limit: 0 }, '/limit'],
    [{ limit: '5' }, '/limit'],
    [{ cursor: 'x' }, '/cursor'],
  ])('names what is wrong in %j', async (criteria, pointer) => {
    const response = await registry.call(city, { method: 'POST', url: '/v1/discovery/search', payload: criteria });
    expect([response.statusCode, response.json<{ pointer: string }>().pointer]).toEqual([400, pointer]);
  });

  it('refuses the cursor of another search', async () => {
    await aTwin('a');
    await aTwin('b');
    const search = (criteria: object) => registry.call(city, { method: 'POST', url: '/v1/discovery/search', payload: criteria });
    const { next } = (await search({ domain: 'traffic', limit: 1 })).json<{ next: string }>();
    expect((await search({ domain: 'traffic', limit: 5, cursor: next })).json<{ items: unknown[] }>().items).toHaveLength(1);
    const other = await search({ domain: 'air', cursor: next });
    expect([other.statusCode, other.json<{ type: string }>().type]).toEqual([400, 'urn:twinfed:problem:invalid-cursor']);
  });
});

/** A large square with a hole from 2 to 8. */
function outerAndHole(): number[][][] {
  return [
    [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]],
    [[2, 2], [2, 8], [8, 8], [8, 2], [2, 2]],
  ]; // prettier-ignore
}
