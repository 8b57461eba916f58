import { parseTwinId } from '../../src/kernel/ids.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinVersionService } from '../../src/registry/version/twin-version.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const city = organization('city');
const rival = organization('rival');

let registry: TestRegistry;
let twins: TwinService;
let versions: TwinVersionService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
  versions = registry.get(TwinVersionService);
});
afterAll(() => registry.close());

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error('not refused', { cause: error });
  return error.code;
}

describe('the history of a twin', () => {
  it('holds every version and deregistration, newest first, with what changed and who did it', async () => {
    const dto = aDto({ labels: { a: '1' } });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    await twins.replace(twinOf('city', id), id, aDto({ id, name: dto.name, labels: { b: '2' } }));
    await twins.deregister(city, id);
    await twins.register(city, dto);
    const { items, next } = await versions.list(city, id);
    expect(next).toBeUndefined();
    expect(items.map(({ incarnation, version, change, changedBy }) => [incarnation, version, change, changedBy.subject])).toEqual([
      [2, 1, 'registered', 'org_city'],
      [1, 3, 'deregistered', 'org_city'],
      [1, 2, 'changed', `twin_${id}`],
      [1, 1, 'registered', 'org_city'],
    ]);
    expect(items[2]?.difference).toEqual({
      count: 2,
      patch: { labels: { a: null, b: '2' } },
      places: [
        { pointer: '/labels/a', change: 'removed' },
        { pointer: '/labels/b', change: 'added' },
      ],
    });
    const times = items.map(({ changedAt }) => changedAt.getTime());
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
  });

  it('comes in pages that neither skip nor repeat, each compared with what is before it', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    for (let version = 2; version <= 5; version += 1) await twins.replace(city, id, aDto({ id, name: `Version ${version}` }));
    const first = await versions.list(city, id, { limit: 2 });
    const second = await versions.list(city, id, { limit: 2, cursor: first.next });
    const third = await versions.list(city, id, { limit: 2, cursor: second.next });
    const items = [...first.items, ...second.items, ...third.items];
    expect(items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
    expect(items.map(({ difference }) => difference?.patch?.name)).toEqual(['Version 5', 'Version 4', 'Version 3', 'Version 2', undefined]);
    expect(third.next).toBeUndefined();
  });

  it('does not grow with renewals, status and what says the same', async () => {
    const dto = aDto({ lease: { ttlSeconds: 60 } });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    await twins.renew(city, id);
    await twins.replace(city, id, dto);
    expect((await versions.list(city, id)).items).toHaveLength(1);
    expect(await registry.database.query('SELECT FROM twin_version WHERE twin_id = $1', [id])).toHaveLength(0);
  });

  it('is read by version, of an earlier incarnation too, and by moment', async () => {
    const dto = aDto({ name: 'First life' });
    const id = parseTwinId(dto.id);
    const { twin: first } = await twins.register(city, dto);
    const { twin: second } = await twins.replace(city, id, aDto({ id, name: 'Second version' }));
    await twins.deregister(city, id);
    const [gone] = (await versions.list(city, id)).items;
    const { twin: third } = await twins.register(city, aDto({ id, name: 'Second life' }));
    expect((await versions.read(city, id, 1)).profile.name).toBe('Second life');
    expect((await versions.read(city, id, 2, 1)).profile.name).toBe('Second version');
    expect(await codeOf(versions.read(city, id, 3, 1))).toBe('not-found');
    expect(await codeOf(versions.read(city, id, 9))).toBe('not-found');

    const nameAt = async (at: Date): Promise<string> => (await versions.readAt(city, id, at.toISOString())).profile.name;
    expect([await nameAt(first.updatedAt), await nameAt(second.updatedAt), await nameAt(third.updatedAt)]).toEqual(['First life', 'Second version', 'Second life']); // prettier-ignore
    expect(await codeOf(nameAt(new Date(first.updatedAt.getTime() - 1)))).toBe('not-found');
    expect(await codeOf(nameAt(gone?.changedAt ?? new Date()))).toBe('not-found');
    expect(await nameAt(new Date(Date.now() + 86_400_000))).toBe('Second life');
    expect(await codeOf(versions.readAt(city, id, 'yesterday'))).toBe('validation-failed');
  });

  it('keeps instants in order although the clock steps back', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    await registry.database.query(`UPDATE twin SET updated_at = updated_at + interval '1 hour' WHERE id = $1`, [id]);
    const { twin: second } = await twins.replace(city, id, aDto({ id, name: 'After the step' }));
    const { twin: third } = await twins.replace(city, id, aDto({ id, name: 'And once more' }));
    expect(third.updatedAt.getTime()).toBeGreaterThan(second.updatedAt.getTime());
    expect((await versions.readAt(city, id, second.updatedAt.toISOString())).profile.name).toBe('After the step');
  });

  it('hides private versions from those who may not see private twins, without an older one in their place', async () => {
    const dto = aDto({ access: 'listed' });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const { twin: hidden } = await twins.replace(city, id, aDto({ id, access: 'private', name: 'Secret' }));
    expect(await codeOf(versions.list(rival, id))).toBe('not-found');
    await twins.replace(city, id, aDto({ id, access: 'listed', name: 'Public again' }));
    const seen = (await versions.list(rival, id)).items;
    expect(seen.map(({ version, changedBy, difference }) => [version, changedBy, difference])).toEqual([
      [3, { organization: 'city' }, undefined],
      [1, { organization: 'city' }, undefined],
    ]);
    expect(await codeOf(versions.read(rival, id, 2))).toBe('not-found');
    expect(await codeOf(versions.readAt(rival, id, hidden.updatedAt.toISOString()))).toBe('not-found');
    expect((await versions.list(OPERATOR, id)).items.map(({ version, changedBy }) => [version, changedBy.subject])).toEqual([
      [3, 'org_city'],
      [2, 'org_city'],
      [1, 'org_city'],
    ]);
    await registry.database.query(`INSERT INTO twin_circle (twin_id, circle, organization) VALUES ($1, 'urn:f', 'city'), ('urn:r', 'urn:f', 'rival')`, [id]); // prettier-ignore
    expect((await versions.list(rival, id)).items).toHaveLength(3);
    expect(registry.get(TwinCircles)).toBeDefined();
  });

  it('stays readable to the owner after a deregistration, and to nobody else but operators', async () => {
    const dto = aDto({ access: 'listed' });
    const id = parseTwinId(dto.id);
    const { twin } = await twins.register(city, dto);
    await twins.deregister(city, id);
    expect((await versions.list(city, id)).items).toHaveLength(2);
    expect((await versions.read(city, id, 1)).profile.name).toBe(dto.name);
    expect((await versions.readAt(OPERATOR, id, twin.updatedAt.toISOString())).profile.name).toBe(dto.name);
    expect(await codeOf(versions.list(rival, id))).toBe('not-found');
    expect(await codeOf(versions.readAt(rival, id, twin.updatedAt.toISOString()))).toBe('not-found');
  });

  it('numbers the versions of concurrent writers without gaps, each readable at its instant', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const written = await Promise.all(
      Array.from({ length: 16 }, (_, writer) => twins.replace(city, id, aDto({ id, name: `Writer ${writer}` }))),
    );
    expect(written.map(({ twin }) => twin.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i + 2));
    for (const { twin } of written) {
      expect((await versions.readAt(city, id, twin.updatedAt.toISOString())).profile.name).toBe(twin.profile.name);
      expect((await versions.read(city, id, twin.version)).profile.name).toBe(twin.profile.name);
    }
  });
});

describe('lookup by the id of a physical thing', () => {
  it('finds the twins about it that the caller may see, by the index', async () => {
    const object = 'urn:test:thing:1';
    const [shown, hidden, other] = [aDto({ access: 'listed', objectOfInterest: ['urn:test:thing:0', object] }), aDto({ objectOfInterest: [object] }), aDto()]; // prettier-ignore
    for (const dto of [shown, hidden, other]) await twins.register(city, dto);
    const idsOf = async (principal: typeof city): Promise<string[]> =>
      (await twins.list(principal, { objectOfInterest: object })).items.map(({ id }) => id);
    expect(await idsOf(city)).toEqual([shown.id, hidden.id]);
    expect(await idsOf(rival)).toEqual([shown.id]);
    await twins.deregister(city, parseTwinId(shown.id));
    expect(await idsOf(rival)).toEqual([]);
  });
});
