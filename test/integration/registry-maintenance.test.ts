import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { MaintenanceDto } from '../../src/registry/dto/maintenance.dto.js';
import { LeaseSweeper } from '../../src/registry/lease/lease-sweeper.js';
import { MaintenanceService } from '../../src/registry/maintenance/maintenance.service.js';
import { TwinDirectory } from '../../src/registry/twin-directory.js';
import { TwinStatusService } from '../../src/registry/twin-status.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, ageLease, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const city = organization('city');
const MINUTE = 60_000;

let registry: TestRegistry;
let twins: TwinService;
let maintenance: MaintenanceService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
  maintenance = registry.get(MaintenanceService);
});
afterAll(() => registry.close());

async function aTwin(ttlSeconds?: number): Promise<TwinId> {
  const dto = aDto(ttlSeconds === undefined ? { access: 'listed' } : { access: 'listed', lease: { ttlSeconds } });
  await twins.register(city, dto);
  return parseTwinId(dto.id);
}

/** A window that begins and ends so many minutes from now. */
function window(from: number, to: number, reason?: string): { from: string; to: string; reason?: string } {
  const at = (minutes: number): string => new Date(Date.now() + minutes * MINUTE).toISOString();
  return { from: at(from), to: at(to), ...(reason === undefined ? {} : { reason }) };
}

function plan(id: TwinId, ...windows: object[]): ReturnType<MaintenanceService['plan']> {
  return maintenance.plan(city, id, parseDto(MaintenanceDto, { windows }).windows);
}

/** Lets so many minutes pass for the twin's windows and lease, and sweeps. */
async function pass(id: TwinId, minutes: number): Promise<void> {
  await registry.database.query(
    `WITH windows AS (UPDATE twin_maintenance SET from_at = from_at - make_interval(mins => $2), to_at = to_at - make_interval(mins => $2) WHERE twin_id = $1)
     UPDATE twin_lease SET maintenance_at = maintenance_at - make_interval(mins => $2), maintenance_since = maintenance_since - make_interval(mins => $2),
            maintenance_until = maintenance_until - make_interval(mins => $2) WHERE twin_id = $1`,
    [id, minutes],
  );
  await ageLease(registry, id, minutes * 60);
  await registry.get(LeaseSweeper).sweep();
}

async function told(id: TwinId, kind: 'twin.maintenance-changed' | 'twin.status-changed'): Promise<unknown[]> {
  const key = kind === 'twin.status-changed' ? 'status' : 'change';
  return (await eventsOf(registry, id)).filter((event) => event.kind === kind).map(({ data }) => data[key]);
}

describe('a maintenance window', () => {
  it('pauses the lease while it runs, and gives it a full time to live afterwards', async () => {
    const id = await aTwin(60);
    await plan(id, window(10, 30, 'New firmware'));
    await pass(id, 0);
    await ageLease(registry, id, -11 * 60);
    await pass(id, 11);
    const during = await twins.read(city, id);
    expect([during.status, during.maintenance?.reason]).toEqual(['ACTIVE', 'New firmware']);
    await pass(id, 15);
    expect((await twins.read(city, id)).status).toBe('ACTIVE');
    await pass(id, 5);
    const after = await twins.read(city, id);
    expect([after.status, after.maintenance]).toEqual(['ACTIVE', undefined]);
    expect((after.lease?.expiresAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000);
    await pass(id, 2);
    expect((await twins.read(city, id)).status).toBe('STALE');
    expect(await told(id, 'twin.maintenance-changed')).toEqual(['scheduled', 'started', 'ended']);
    expect(await maintenance.list(city, id)).toEqual([]);
  });

  it('that began before the lease was due protects it, however late the sweep', async () => {
    const id = await aTwin(60);
    await plan(id, window(1, 30));
    await pass(id, 20);
    expect([(await twins.read(city, id)).status, await told(id, 'twin.status-changed')]).toEqual(['ACTIVE', []]);
  });

  it('that passed while no broker ran leaves a full time to live as well', async () => {
    const id = await aTwin(60);
    await plan(id, window(1, 30));
    await pass(id, 300);
    expect([(await twins.read(city, id)).status, await told(id, 'twin.maintenance-changed')]).toEqual(['ACTIVE', ['scheduled']]);
  });

  it('may begin at once, change, and be called off; each is told once', async () => {
    const id = await aTwin(60);
    const running = window(-5, 30);
    await plan(id, running);
    await plan(id, running);
    await plan(id, { ...running, to: window(0, 60).to });
    await plan(id, { ...running, to: window(0, 60).to }, window(100, 110));
    await plan(id);
    expect(await told(id, 'twin.maintenance-changed')).toEqual(['started', 'changed', 'changed', 'ended']);
    expect((await twins.read(city, id)).lease?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 50_000);
  });

  it('follows another without a gap, for a twin without a lease as well', async () => {
    const id = await aTwin();
    const first = window(-5, 10);
    await plan(id, first, { from: first.to, to: window(0, 20).to, reason: 'second' });
    await pass(id, 12);
    expect((await twins.read(city, id)).maintenance?.reason).toBe('second');
    expect(await told(id, 'twin.maintenance-changed')).toEqual(['started', 'changed']);
  });

  it('leaves renewals their effect and keeps a suspended twin suspended', async () => {
    const id = await aTwin(60);
    await pass(id, 2);
    await plan(id, window(-5, 30));
    expect((await twins.renew(city, id)).status).toBe('ACTIVE');
    await registry.get(TwinStatusService).suspend(OPERATOR, id);
    await pass(id, 40);
    expect((await twins.read(city, id)).status).toBe('SUSPENDED');
    await registry.get(TwinStatusService).resume(OPERATOR, id);
    expect((await twins.read(city, id)).status).toBe('ACTIVE');
  });

  it('is known to the directory of every broker once it is told', async () => {
    const id = await aTwin(60);
    const directory = registry.get(TwinDirectory);
    expect((await directory.find(id))?.maintenanceUntil).toBeUndefined();
    await plan(id, window(-5, 30));
    expect((await directory.find(id))?.maintenanceUntil).toBeInstanceOf(Date);
  });

  it('begins and ends once, whatever number of brokers sweeps', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, () => aTwin(60)));
    for (const id of ids) await plan(id, window(10, 30));
    const other = await registry.another();
    const sweepers = [registry.get(LeaseSweeper), other.get(LeaseSweeper)];
    const turn = async (minutes: number): Promise<void> => {
      await registry.database.query(
        `UPDATE twin_maintenance SET from_at = from_at - make_interval(mins => $2), to_at = to_at - make_interval(mins => $2) WHERE twin_id = ANY ($1)`,
        [ids, minutes],
      );
      await registry.database.query(
        `UPDATE twin_lease SET maintenance_at = maintenance_at - make_interval(mins => $2), maintenance_since = maintenance_since - make_interval(mins => $2),
                maintenance_until = maintenance_until - make_interval(mins => $2) WHERE twin_id = ANY ($1)`,
        [ids, minutes],
      );
      await Promise.all([...sweepers, ...sweepers].map((sweeper) => sweeper.sweep()));
    };
    try {
      await turn(15);
      await turn(20);
    } finally {
      await other.close();
    }
    const news = await Promise.all(ids.map((id) => told(id, 'twin.maintenance-changed')));
    expect(news).toEqual(ids.map(() => ['scheduled', 'started', 'ended']));
  });

  it('ends with the registration', async () => {
    const id = await aTwin(60);
    await plan(id, window(-5, 30));
    await twins.deregister(city, id);
    const revived = await twins.register(city, aDto({ id }));
    expect([revived.twin.maintenance, await maintenance.list(city, id)]).toEqual([undefined, []]);
  });
});

describe('a maintenance plan', () => {
  it('is made by the twin and its organization, and read by whoever sees the twin', async () => {
    const id = await aTwin();
    const { windows } = parseDto(MaintenanceDto, { windows: [window(10, 20)] });
    await expect(maintenance.plan(organization('rival'), id, windows)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(maintenance.plan(OPERATOR, id, windows)).rejects.toMatchObject({ code: 'forbidden' });
    await maintenance.plan(twinOf('city', id), id, windows);
    expect(await maintenance.list(organization('rival'), id)).toHaveLength(1);
    await expect(maintenance.list(city, parseTwinId('urn:test:nobody'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it.each<[string, () => object[], string]>([
    ['that ends before it begins', () => [window(20, 10)], '/windows/0/to'],
    ['that is over', () => [window(-20, -10)], '/windows/0/to'],
    ['of two months', () => [window(0, 60 * 24 * 60)], '/windows/0/to'],
    ['in three years', () => [window(3 * 366 * 24 * 60, 3 * 366 * 24 * 60 + 1)], '/windows/0/to'],
    ['that overlaps another', () => [window(30, 50), window(10, 40)], '/windows/0/from'],
    ['without a zone', () => [{ from: '2027-01-01T00:00:00', to: '2027-01-01T01:00:00Z' }], '/windows/0/from'],
    ['with a reason of two lines', () => [window(10, 20, 'a\nb')], '/windows/0/reason'],
    ['that is the 21st', () => Array.from({ length: 21 }, (_, n) => window(n * 10 + 1, n * 10 + 5)), '/windows'],
  ])('refuses a window %s', async (_what, windows, pointer) => {
    const id = await aTwin();
    await expect((async () => plan(id, ...windows()))()).rejects.toMatchObject({ code: 'validation-failed', pointer });
    expect(await maintenance.list(city, id)).toEqual([]);
  });
});
