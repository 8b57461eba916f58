import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { LeaseSweeper } from '../../src/registry/lease/lease-sweeper.js';
import { TwinStatusService } from '../../src/registry/twin-status.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, ageLease, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let twins: TwinService;
let statuses: TwinStatusService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
  statuses = registry.get(TwinStatusService);
});
afterAll(() => registry.close());

async function aTwin(ttlSeconds?: number): Promise<TwinId> {
  const dto = aDto(ttlSeconds === undefined ? {} : { lease: { ttlSeconds } });
  await twins.register(city, dto);
  return parseTwinId(dto.id);
}

async function sweep(): Promise<void> {
  await registry.get(LeaseSweeper).sweep();
}

async function statusOf(id: TwinId): Promise<string> {
  return (await twins.read(city, id)).status;
}

async function moves(id: TwinId): Promise<unknown[]> {
  return (await eventsOf(registry, id)).filter(({ kind }) => kind === 'twin.status-changed').map(({ data }) => data['status']);
}

describe('a lease', () => {
  it('goes stale when missed and expires after the grace time, with news of both', async () => {
    const id = await aTwin(30);
    await sweep();
    expect(await statusOf(id)).toBe('ACTIVE');
    await ageLease(registry, id, 33);
    await sweep();
    expect(await statusOf(id)).toBe('ACTIVE');
    await ageLease(registry, id, 6);
    await sweep();
    expect(await statusOf(id)).toBe('STALE');
    await ageLease(registry, id, 54);
    await sweep();
    expect(await statusOf(id)).toBe('STALE');
    await ageLease(registry, id, 6);
    await sweep();
    expect([await statusOf(id), await moves(id)]).toEqual(['EXPIRED', ['STALE', 'EXPIRED']]);
  });

  it('expires at once when it was missed long ago', async () => {
    const id = await aTwin(30);
    await ageLease(registry, id, 1000);
    await sweep();
    expect(await moves(id)).toEqual(['STALE', 'EXPIRED']);
  });

  it('never ends when there is none', async () => {
    const id = await aTwin();
    await sweep();
    const twin = await twins.read(city, id);
    expect([twin.status, twin.lease]).toEqual(['ACTIVE', undefined]);
    await expect(twins.renew(city, id)).rejects.toMatchObject({ code: 'validation-failed', pointer: '/ttlSeconds' });
    expect((await twins.renew(city, id, 60)).lease.ttlSeconds).toBe(60);
  });

  it.each([39, 1000])('is brought back by a renewal %i seconds after its beginning, without a new version', async (age) => {
    const id = await aTwin(30);
    const before = await twins.read(city, id);
    await ageLease(registry, id, age);
    await sweep();
    const { status, lease } = await twins.renew(twinOf('city', id), id);
    expect([status, lease.ttlSeconds]).toEqual(['ACTIVE', 30]);
    expect(lease.expiresAt.getTime() - lease.renewedAt.getTime()).toBe(30_000);
    const after = await twins.read(city, id);
    expect([after.version, after.updatedAt, after.status]).toEqual([before.version, before.updatedAt, 'ACTIVE']);
    expect((await moves(id)).at(-1)).toBe('ACTIVE');
  });

  it('is renewed, changed and ended by the registration', async () => {
    const dto = aDto({ lease: { ttlSeconds: 30 } });
    const id = parseTwinId(dto.id);
    await twins.register(city, dto);
    await ageLease(registry, id, 39);
    await sweep();
    const renewed = await twins.replace(city, id, dto);
    expect([renewed.change, renewed.twin.status]).toEqual(['unchanged', 'ACTIVE']);
    expect((await twins.patch(city, id, { labels: { a: 'b' } })).twin.lease).toEqual(renewed.twin.lease);
    expect((await twins.patch(city, id, { lease: { ttlSeconds: 99 } })).twin.lease?.ttlSeconds).toBe(99);
    const ended = await twins.patch(city, id, { lease: null });
    expect([ended.change, ended.twin.lease]).toEqual(['unchanged', undefined]);
    expect((await twins.read(city, id)).lease).toBeUndefined();
  });

  it('may not be renewed by others', async () => {
    const id = await aTwin(30);
    await expect(twins.renew(organization('rival'), id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(twins.renew(OPERATOR, id)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is swept once, whatever number of brokers sweeps', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => aTwin(30)));
    for (const id of ids) await ageLease(registry, id, 39);
    const other = await registry.another();
    try {
      const sweepers = [registry.get(LeaseSweeper), other.get(LeaseSweeper)];
      await Promise.all([...sweepers, ...sweepers].map((sweeper) => sweeper.sweep()));
    } finally {
      await other.close();
    }
    expect(await Promise.all(ids.map(moves))).toEqual(ids.map(() => ['STALE']));
  });

  it('keeps the sweeper from a twin that is being renewed', async () => {
    const id = await aTwin(30);
    await ageLease(registry, id, 39);
    await Promise.all([twins.renew(city, id), sweep()]);
    await sweep();
    expect(await statusOf(id)).toBe('ACTIVE');
  });
});

describe('a suspension', () => {
  it('holds a twin back, again and again without further effect, and leaves its version', async () => {
    const id = await aTwin();
    const twin = await statuses.suspend(OPERATOR, id);
    await statuses.suspend(OPERATOR, id);
    expect([twin.status, twin.version, await moves(id)]).toEqual(['SUSPENDED', 1, ['SUSPENDED']]);
    await statuses.resume(OPERATOR, id);
    expect((await statuses.resume(OPERATOR, id)).status).toBe('ACTIVE');
    expect(await moves(id)).toEqual(['SUSPENDED', 'ACTIVE']);
  });

  it.each([
    [10, 'ACTIVE'],
    [33, 'ACTIVE'],
    [39, 'STALE'],
    [1000, 'EXPIRED'],
  ])('lets the lease run on: %i seconds later it resumes as %s', async (age, status) => {
    const id = await aTwin(30);
    await statuses.suspend(OPERATOR, id);
    await ageLease(registry, id, age);
    await sweep();
    expect(await statusOf(id)).toBe('SUSPENDED');
    expect((await statuses.resume(OPERATOR, id)).status).toBe(status);
  });

  it('sweeps on after resuming', async () => {
    const id = await aTwin(30);
    await statuses.suspend(OPERATOR, id);
    await ageLease(registry, id, 39);
    await statuses.resume(OPERATOR, id);
    await ageLease(registry, id, 60);
    await sweep();
    expect(await statusOf(id)).toBe('EXPIRED');
  });

  it('outlasts renewals and replacements', async () => {
    const id = await aTwin(30);
    await statuses.suspend(OPERATOR, id);
    expect((await twins.renew(city, id)).status).toBe('SUSPENDED');
    expect((await twins.replace(city, id, aDto({ id, name: 'Other' }))).twin.status).toBe('SUSPENDED');
    expect((await statuses.resume(OPERATOR, id)).status).toBe('ACTIVE');
  });

  it('is for operators, and for twins that exist', async () => {
    const id = await aTwin();
    await expect(statuses.suspend(city, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(statuses.suspend(OPERATOR, parseTwinId('urn:test:nobody'))).rejects.toMatchObject({ code: 'not-found' });
    await twins.deregister(city, id);
    await expect(statuses.resume(OPERATOR, id)).rejects.toMatchObject({ code: 'not-found' });
  });
});
