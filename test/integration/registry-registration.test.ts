import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { parseTwinId } from '../../src/kernel/ids.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { entityTag } from '../../src/problems/entity-tag.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const city = organization('city');
const rival = organization('rival');

let registry: TestRegistry;
let twins: TwinService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
});
afterAll(() => registry.close());

async function refusalOf(attempt: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error('not refused', { cause: error });
  return error;
}

describe('registration', () => {
  it('stores the profile and gives it back as it was', async () => {
    const dto = aDto({
      coverage: { area: { type: 'Point', coordinates: [0.5, 51] }, validFrom: '2026-01-01T00:00:00Z', validTo: null },
      labels: { constructor: 'x' },
      features: [{ kind: 'data', name: 'f', schema: { type: 'object', properties: { toString: { type: 'string' }, a: { const: 1.5 } } } }],
    });
    await twins.register(city, dto);
    const { profile, owner, version, status } = await twins.read(city, parseTwinId(dto.id));
    expect({ owner, version, status }).toEqual({ owner: 'city', version: 1, status: 'ACTIVE' });
    expect(profile).toEqual({
      name: dto.name,
      domain: 'traffic',
      objectOfInterest: [],
      coverage: { area: { type: 'Point', coordinates: [0.5, 51] }, validFrom: '2026-01-01T00:00:00Z' },
      endpoints: [],
      labels: { constructor: 'x' },
      access: 'private',
      features: [{ ...dto.features?.[0], version: '1.0.0' }],
    });
  });

  it('mints a urn:uuid: for a twin without an id', async () => {
    const { twin } = await twins.register(city, aDto({ id: undefined }));
    expect(twin.id).toMatch(/^urn:uuid:/);
  });

  it('refuses an id that is live, to its owner and to others alike', async () => {
    const dto = aDto();
    await twins.register(city, dto);
    const [own, foreign] = [await refusalOf(twins.register(city, dto)), await refusalOf(twins.register(rival, dto))];
    expect([own.code, foreign.code]).toEqual(['already-exists', 'already-exists']);
    expect(foreign.detail).not.toContain('city');
  });

  it('lets exactly one of many concurrent registrations win', async () => {
    const dto = aDto();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => twins.register(i % 2 === 0 ? city : rival, dto)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await eventsOf(registry, dto.id)).map(({ kind }) => kind)).toEqual(['twin.registered']);
  });

  it('makes one version of many concurrent identical replacements', async () => {
    const dto = aDto();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => twins.replace(city, parseTwinId(dto.id), dto)));
    expect(outcomes.map(({ change }) => change).sort()).toEqual(['created', ...Array<string>(7).fill('unchanged')]);
    expect(outcomes.every(({ twin }) => twin.version === 1)).toBe(true);
  });

  it('leaves nothing behind when the transaction it joined is rolled back', async () => {
    const dto = aDto();
    const failure = registry.get(UnitOfWork).run(async (tx) => {
      await twins.register(city, dto, tx);
      throw new Error('no');
    });
    await expect(failure).rejects.toThrow('no');
    expect((await refusalOf(twins.read(city, parseTwinId(dto.id)))).code).toBe('not-found');
    expect(await eventsOf(registry, dto.id)).toEqual([]);
  });

  it('is for organizations: operators never, twins only what exists of themselves', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    expect((await refusalOf(twins.register(OPERATOR, dto))).code).toBe('forbidden');
    expect((await refusalOf(twins.replace(twinOf('city', dto.id), id, dto))).code).toBe('forbidden');
    await twins.register(city, dto);
    const renamed = await twins.replace(twinOf('city', dto.id), id, aDto({ id: dto.id, name: 'Renamed' }));
    expect(renamed.twin.profile.name).toBe('Renamed');
    expect((await refusalOf(twins.replace(twinOf('city', 'urn:test:other'), id, dto))).code).toBe('forbidden');
    expect((await refusalOf(twins.replace(OPERATOR, id, dto))).code).toBe('forbidden');
  });
});

describe('replacement', () => {
  it('makes a new version and keeps the old one in the history', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const { change, twin } = await twins.replace(city, id, aDto({ id: dto.id, name: 'Second' }));
    expect([change, twin.version]).toEqual(['replaced', 2]);
    const history = await registry.database.query('SELECT version, profile ->> \'name\' AS name, changed_by FROM twin_version WHERE twin_id = $1 ORDER BY version', [id]); // prettier-ignore
    expect(history).toEqual([{ version: 1, name: dto.name, changed_by: { organization: 'city', subject: 'org_city' } }]);
    expect((await eventsOf(registry, id)).map(({ kind }) => kind)).toEqual(['twin.registered', 'twin.updated']);
  });

  it('changes nothing when the profile says the same, in whatever order and number format', async () => {
    const dto = aDto({ coverage: { area: { type: 'Point', coordinates: [-0, 1] } }, labels: { a: '1', b: '2' } });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const again = await twins.replace(city, id, aDto({ id, name: dto.name, labels: { b: '2', a: '1' }, coverage: dto.coverage }));
    expect([again.change, again.twin.version]).toEqual(['unchanged', 1]);
    expect(await eventsOf(registry, id)).toHaveLength(1);
  });

  it('honours what is expected to be there', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    const absent = await refusalOf(twins.replace(city, id, dto, { expected: 'any' }));
    expect(absent.code).toBe('precondition-failed');
    const { twin } = await twins.replace(city, id, dto, { absent: true });
    expect((await refusalOf(twins.replace(city, id, dto, { absent: true }))).code).toBe('precondition-failed');
    await twins.replace(city, id, aDto({ id, name: 'Second' }), { expected: [twin] });
    expect((await refusalOf(twins.replace(city, id, aDto({ id, name: 'Third' }), { expected: [twin] }))).code).toBe('precondition-failed');
  });

  it('is refused to a stranger: forbidden when it sees the twin, already-exists when it does not', async () => {
    const [shown, hidden] = [aDto({ access: 'listed' }), aDto()];
    await twins.register(city, shown);
    await twins.register(city, hidden);
    expect((await refusalOf(twins.replace(rival, parseTwinId(shown.id), shown))).code).toBe('forbidden');
    expect((await refusalOf(twins.replace(rival, parseTwinId(hidden.id), hidden))).code).toBe('already-exists');
  });
});

describe('merge patch', () => {
  it('changes a part, removes a part and leaves the rest', async () => {
    const dto = aDto({ description: 'old', labels: { a: '1', b: '2' } });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const { twin } = await twins.patch(city, id, { description: null, labels: { a: null, c: '3' } });
    expect([twin.version, twin.profile.description, twin.profile.labels]).toEqual([2, undefined, { b: '2', c: '3' }]);
    expect(twin.profile.features).toHaveLength(1);
  });

  it.each(['id', 'owner', 'status', 'version', 'createdAt', 'updatedAt'])('names %s as read-only', async (member) => {
    const dto = aDto();
    await twins.register(city, dto);
    const refusal = await refusalOf(twins.patch(city, parseTwinId(dto.id), { [member]: 'x' }));
    expect([refusal.code, refusal.pointer]).toEqual(['validation-failed', `/${member}`]);
  });

  it('accepts back what was read', async () => {
    const dto = aDto({ lease: { ttlSeconds: 60 } });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const read = await registry.call(city, { method: 'GET', url: `/v1/twins/${encodeURIComponent(id)}` });
    const { change } = await twins.patch(city, id, { ...read.json<Record<string, unknown>>(), lease: undefined });
    expect(change).toBe('unchanged');
  });

  it('validates the whole after merging and stores nothing of a bad one', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    const refusal = await refusalOf(
      twins.patch(city, id, { name: 'New', features: [{ kind: 'data', name: 'f', schema: { type: 'nonsense' } }] }),
    );
    expect(refusal.code).toBe('validation-failed');
    expect(refusal.pointer).toMatch(/^\/features\/0\/schema/);
    expect((await twins.read(city, id)).profile.name).toBe(dto.name);
    expect((await refusalOf(twins.patch(city, id, ['x']))).code).toBe('validation-failed');
    expect((await refusalOf(twins.patch(city, id, { unknown: 1 }))).pointer).toBe('/unknown');
    expect((await refusalOf(twins.patch(city, id, { name: null }))).pointer).toBe('/name');
  });

  it('loses no update among concurrent ones with the revision they read', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    const { twin } = await twins.register(city, dto);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => twins.patch(city, id, { labels: { [`k${i}`]: 'v' } }, { expected: [twin] })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(Object.keys((await twins.read(city, id)).profile.labels)).toHaveLength(1);
  });
});

describe('deregistration', () => {
  it('leaves a tombstone that keeps the id for its owner', async () => {
    const dto = aDto({ access: 'listed' });
    const id = parseTwinId(dto.id);
    const { twin: first } = await twins.register(city, dto);
    await twins.deregister(city, id);
    expect((await refusalOf(twins.read(city, id))).code).toBe('not-found');
    expect((await refusalOf(twins.read(OPERATOR, id))).code).toBe('not-found');
    expect((await refusalOf(twins.deregister(city, id))).code).toBe('not-found');
    expect((await refusalOf(twins.renew(city, id))).code).toBe('not-found');
    expect((await refusalOf(twins.register(rival, dto))).code).toBe('already-exists');
    expect((await refusalOf(twins.replace(rival, id, dto))).code).toBe('already-exists');
    const { change, twin: second } = await twins.register(city, dto);
    expect([change, second.incarnation, second.version]).toEqual(['created', 2, 1]);
    expect(entityTag(second)).not.toBe(entityTag(first));
    expect((await refusalOf(twins.patch(city, id, {}, { expected: [first] }))).code).toBe('precondition-failed');
  });

  it('keeps no profile in the tombstone', async () => {
    const dto = aDto();
    await twins.register(city, dto);
    await twins.deregister(city, parseTwinId(dto.id));
    const [row] = await registry.database.query('SELECT registration, profile FROM twin WHERE id = $1', [dto.id]);
    expect(row).toEqual({ registration: 'DEREGISTERED', profile: {} });
  });

  it('is refused to a stranger and when the twin has changed', async () => {
    const dto = aDto({ access: 'listed' });
    const id = parseTwinId(dto.id);
    const { twin } = await twins.register(city, dto);
    await twins.patch(city, id, { description: 'changed' });
    expect((await refusalOf(twins.deregister(rival, id))).code).toBe('forbidden');
    expect((await refusalOf(twins.deregister(city, id, { expected: [twin] }))).code).toBe('precondition-failed');
    await twins.deregister(twinOf('city', id), id);
  });

  it('survives a race of deregistering and registering', async () => {
    const dto = aDto();
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    await Promise.allSettled(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? twins.deregister(city, id) : twins.register(city, dto))));
    const [row] = await registry.database.query<{ sound: boolean }>(
      `SELECT (registration = 'REGISTERED') = EXISTS (SELECT FROM twin_lease WHERE twin_id = id) AS sound FROM twin WHERE id = $1`,
      [id],
    );
    expect(row?.sound).toBe(true);
  });
});
