import { WhyNotService } from '../../src/discovery/why-not/why-not.service.js';
import { DiscoveryService } from '../../src/discovery/discovery.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const OWNER = organization('owner');
const STRANGER = organization('stranger');
const SQUARE = { type: 'Polygon', coordinates: [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]] }; // prettier-ignore

describe('why a twin is not in the result', () => {
  let registry: TestRegistry;
  let id: TwinId;
  beforeAll(async () => {
    registry = await aRegistry();
    const dto = aDto({
      name: 'Bridge counter',
      domain: 'traffic',
      access: 'listed',
      labels: { borough: 'Camden' },
      coverage: { area: { type: 'Point', coordinates: [10.5, 50.5] }, validFrom: '2026-01-01T00:00:00Z' },
      synchronization: { direction: 'physical-to-twin', periodMs: 5_000 },
      features: [{ kind: 'data', name: 'speed', unit: 'km/h', schema: { type: 'number' } }],
    });
    id = (await registry.get(TwinService).register(OWNER, dto)).twin.id;
  });
  afterAll(() => registry.close());

  const ask = (query: unknown, asker = STRANGER) => registry.get(WhyNotService).explain(asker, id, query);
  /** The one criterion of a query that the search has no usual one beside. */
  const only = async (query: object): Promise<unknown> => (await ask(query)).criteria.find(({ pointer }) => pointer !== '');

  it('tells of each criterion whether it is met, with the values compared', async () => {
    expect(await ask({ domain: ['fire', 'air'], owner: 'owner', maxPeriodMs: 1_000 })).toEqual({
      twin: id,
      matches: false,
      criteria: expect.arrayContaining([
        { pointer: '/query/domain', criterion: 'domain', met: false, negated: false, wanted: ['fire', 'air'], actual: 'traffic' },
        { pointer: '/query/owner', criterion: 'owner', met: true, negated: false, wanted: ['owner'], actual: 'owner' },
        { pointer: '/query/maxPeriodMs', criterion: 'maxPeriodMs', met: false, negated: false, wanted: 1_000, actual: 5_000 },
        { pointer: '', criterion: 'status', met: true, negated: false, wanted: ['ACTIVE', 'STALE'], actual: 'ACTIVE' },
      ]) as unknown[],
    });
  });

  it('shows the nearest features and in what they differ', async () => {
    expect(await only({ feature: { kind: 'data', name: 'speed', unit: 'kg' } })).toMatchObject({
      met: false,
      actual: [{ name: 'speed', unit: 'km/h', differs: ['unit'] }],
    });
    expect(await only({ feature: { name: 'speed', unit: 'm/s' } })).toMatchObject({ met: true, actual: [{ differs: [] }] });
  });

  it('shows how far away the area is, the words lacking, the label and the validity', async () => {
    const far = await only({ area: { near: { type: 'Point', coordinates: [10.5, 51.5] }, withinMeters: 1_000 } });
    expect(far).toMatchObject({
      met: false,
      wanted: { relation: 'near', meters: 1_000 },
      actual: { meters: expect.any(Number) as number },
    });
    expect((far as { actual: { meters: number } }).actual.meters).toBeGreaterThan(100_000);
    expect(await only({ area: { within: SQUARE } })).toMatchObject({ met: true });
    expect(await only({ text: 'bridge hydrant' })).toMatchObject({ met: false, actual: { lacking: ['hydrant'] } });
    expect(await only({ label: { name: 'borough', value: 'Hackney' } })).toMatchObject({ met: false, actual: 'Camden' });
    expect(await only({ validAt: '2025-01-01T00:00:00Z' })).toMatchObject({
      met: false,
      actual: { validFrom: '2026-01-01T00:00:00Z' },
    });
    expect(await only({ jsonPath: '$.labels.borough' })).toMatchObject({ met: true });
  });

  it('reads the whole tree as the search does', async () => {
    const query = {
      any: [{ domain: 'fire' }, { not: { label: { name: 'borough' } } }, { all: [{ text: 'bridge' }, { feature: { name: 'speed' } }] }],
    };
    const answer = await ask(query);
    expect(answer.matches).toBe(true);
    expect(answer.criteria.find(({ criterion }) => criterion === 'label')).toMatchObject({ met: true, negated: true });
    for (const each of [query, { not: query }, { all: [query, { domain: 'fire' }] }, { text: 'brigde' }, { status: 'EXPIRED' }]) {
      const { items } = await registry.get(DiscoveryService).search(STRANGER, { query: each });
      expect({ each, matches: (await ask(each)).matches }).toEqual({ each, matches: items.some(({ twin }) => twin.id === id) });
    }
  });

  it('says nothing of a twin that the asker may not see', async () => {
    const hidden = (await registry.get(TwinService).register(OWNER, aDto())).twin.id;
    await expect(registry.get(WhyNotService).explain(STRANGER, hidden, {})).rejects.toMatchObject({ code: 'not-found' });
    const answer = await registry.call(STRANGER, { method: 'POST', url: '/v1/discovery/why-not', payload: { twin: hidden, query: {} } });
    expect(answer.statusCode).toBe(404);
  });

  it.each([
    [{ nonsense: 1 }, '/query/nonsense'],
    [7, '/query'],
    [{ any: [] }, '/query/any'],
    [{ all: [{ domain: 5 }] }, '/query/all/0/domain'],
  ])('refuses the query %j', async (query, pointer) => {
    await expect(ask(query)).rejects.toMatchObject({ code: 'validation-failed', pointer });
  });
});
