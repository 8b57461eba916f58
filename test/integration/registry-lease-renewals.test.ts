import { parseTwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { RenewLeasesDto } from '../../src/registry/dto/renew-leases.dto.js';
import { LeaseRenewalService } from '../../src/registry/lease/lease-renewal.service.js';
import { LeaseSweeper } from '../../src/registry/lease/lease-sweeper.js';
import { TwinStatusService } from '../../src/registry/twin-status.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, ageLease, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let twins: TwinService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
});
afterAll(() => registry.close());

async function aTwin(ttlSeconds?: number, owner = city): Promise<string> {
  const dto = aDto(ttlSeconds === undefined ? {} : { lease: { ttlSeconds } });
  await twins.register(owner, dto);
  return dto.id;
}

function renew(body: object, principal: Parameters<LeaseRenewalService['renew']>[0] = city): ReturnType<LeaseRenewalService['renew']> {
  return registry.get(LeaseRenewalService).renew(principal, parseDto(RenewLeasesDto, body));
}

/** So many leased twins, made by one statement. */
async function manyTwins(count: number, prefix: string): Promise<string[]> {
  const template = await aTwin(30);
  await registry.database.query(
    `INSERT INTO twin SELECT (jsonb_populate_record(t, jsonb_build_object('id', $2::text || n))).* FROM twin t, generate_series(1, $3::int) n WHERE t.id = $1`,
    [template, prefix, count],
  );
  const rows = await registry.database.query<{ twin_id: string }>(
    `INSERT INTO twin_lease (twin_id, status, ttl_seconds, renewed_at, expires_at, due_at)
     SELECT $1::text || n, 'ACTIVE', 30, now(), now() + interval '30 seconds', now() + interval '30 seconds' FROM generate_series(1, $2::int) n
     RETURNING twin_id`,
    [prefix, count],
  );
  return rows.map(({ twin_id }) => twin_id);
}

describe('a batch of renewals', () => {
  it('tells only the exceptions', async () => {
    const [kept, stale, free, held, foreign] = [
      await aTwin(30),
      await aTwin(30),
      await aTwin(),
      await aTwin(30),
      await aTwin(30, organization('rival')),
    ];
    await ageLease(registry, stale, 39);
    await registry.get(LeaseSweeper).sweep();
    await registry.get(TwinStatusService).suspend(OPERATOR, parseTwinId(held));
    const outcome = await renew({ ids: [kept, stale, free, held, foreign, kept, 'urn:test:nobody', 'no uri'] });
    expect(outcome).toEqual({
      renewed: 3,
      notActive: [{ id: held, status: 'SUSPENDED' }],
      withoutLease: [free],
      unknown: expect.arrayContaining(['no uri', foreign, 'urn:test:nobody']) as unknown,
    });
    const statuses = (await eventsOf(registry, stale))
      .filter(({ kind }) => kind === 'twin.status-changed')
      .map(({ data }) => data['status']);
    expect(statuses).toEqual(['STALE', 'ACTIVE']);
  });

  it('gives each lease terms of its own, and one to a twin that had none', async () => {
    const [first, second, free] = [await aTwin(30), await aTwin(30), await aTwin()];
    const renewals = [{ id: first, ttlSeconds: 90, toleranceSeconds: 5 }, { id: second }, { id: free, ttlSeconds: 50 }];
    expect(await renew({ renewals })).toMatchObject({ renewed: 3, withoutLease: [] });
    const leases = await Promise.all([first, second, free].map(async (id) => (await twins.read(city, parseTwinId(id))).lease));
    expect(leases).toMatchObject([
      { ttlSeconds: 90, toleranceSeconds: 5 },
      { ttlSeconds: 30, toleranceSeconds: 7 },
      { ttlSeconds: 50, toleranceSeconds: 12 },
    ]);
  });

  it('by a twin renews that twin alone; an operator renews none', async () => {
    const [own, other] = [await aTwin(30), await aTwin(30)];
    expect(await renew({ ids: [own, other] }, twinOf('city', own))).toMatchObject({ renewed: 1, unknown: [other] });
    await expect(renew({ ids: [own] }, OPERATOR)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each([
    [{}, '/ids'],
    [{ ids: ['urn:a:b'], renewals: [{ id: 'urn:a:b' }] }, '/renewals'],
    [{ ids: [] }, '/ids'],
    [{ ids: [1] }, '/ids'],
    [{ ids: Array.from({ length: 10_001 }, (_, n) => `urn:a:${n}`) }, '/ids'],
    [{ renewals: [{ id: 'urn:a:b' }, { id: 'urn:a:b' }] }, '/renewals/1/id'],
    [{ renewals: [{ id: 'urn:a:b', ttlSeconds: 4 }] }, '/renewals/0/ttlSeconds'],
    [{ renewals: [{ id: 'urn:a:b', toleranceSeconds: -1 }] }, '/renewals/0/toleranceSeconds'],
    [{ renewals: [{ id: 'urn:a:b' }, { id: 'urn:a:c', ttlSeconds: '60' }] }, '/renewals/1/ttlSeconds'],
    [{ renewals: [{ id: 5 }] }, '/renewals/0/id'],
    [{ renewals: [{ id: 'urn:a:b', more: 1 }] }, '/renewals/0/more'],
  ])('refuses %j at %s', async (body, pointer) => {
    await expect((async () => renew(body))()).rejects.toMatchObject({ code: 'validation-failed', pointer });
  });

  it('of many twins renews each of them, and changes no index', async () => {
    const ids = await manyTwins(2_500, 'urn:test:many:');
    const due = (): Promise<unknown[]> =>
      registry.database.query(`SELECT twin_id, due_at FROM twin_lease WHERE twin_id LIKE 'urn:test:many:%' ORDER BY twin_id`);
    const before = await due();
    expect(await renew({ ids })).toEqual({ renewed: 2_500, notActive: [], withoutLease: [], unknown: [] });
    expect(await due()).toEqual(before);
  });

  it('goes through with eight renewers of overlapping twins in different orders beside two sweepers', async () => {
    const ids = await manyTwins(1_200, 'urn:test:crowd:');
    const other = await registry.another();
    try {
      await registry.database.query(`UPDATE twin_lease SET due_at = now() WHERE twin_id LIKE 'urn:test:crowd:%'`);
      const sweepers = [registry.get(LeaseSweeper), other.get(LeaseSweeper)];
      const services = [registry.get(LeaseRenewalService), other.get(LeaseRenewalService)];
      const renewers = Array.from({ length: 8 }, async (_, n) => {
        const mine = ids.slice(n * 50, 1_200 - n * 50);
        const dto = parseDto(RenewLeasesDto, { ids: n % 2 === 0 ? mine : mine.toReversed() });
        const outcomes = [];
        for (let round = 0; round < 4; round += 1) outcomes.push(await services[n % 2]?.renew(city, dto));
        return outcomes.every((outcome) => outcome?.renewed === mine.length && outcome.notActive.length === 0);
      });
      const [renewed] = await Promise.all([Promise.all(renewers), ...sweepers.map((sweeper) => sweeper.sweep())]);
      expect(renewed).toEqual(renewers.map(() => true));
      // A sweep skips what a renewal holds: those leases come again, and are armed anew then.
      await registry.get(LeaseSweeper).sweep();
      const [row] = await registry.database.query<{ active: number }>(
        `SELECT count(*)::int AS active FROM twin_lease WHERE twin_id LIKE 'urn:test:crowd:%' AND status = 'ACTIVE' AND due_at > now()`,
      );
      expect(row?.active).toBe(1_200);
      const [deadlocks] = await registry.database.query<{ n: string }>(
        'SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()',
      );
      expect(deadlocks?.n).toBe('0');
    } finally {
      await other.close();
    }
  });
});
