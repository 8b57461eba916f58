import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { LeaseSweeper } from '../../src/registry/lease/lease-sweeper.js';
import { Presence } from '../../src/registry/lease/presence.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, ageLease, aRegistry, eventsOf, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let twins: TwinService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
});
afterAll(() => registry.close());

async function aTwin(lease?: { ttlSeconds: number; toleranceSeconds?: number }): Promise<TwinId> {
  const dto = aDto(lease === undefined ? {} : { lease });
  await twins.register(city, dto);
  return parseTwinId(dto.id);
}

/** Lets so many seconds pass for the twin, and whatever is due then happen. */
async function pass(id: TwinId, seconds: number): Promise<void> {
  await ageLease(registry, id, seconds);
  await registry.get(LeaseSweeper).sweep();
}

async function moves(id: TwinId): Promise<unknown[]> {
  return (await eventsOf(registry, id)).filter(({ kind }) => kind === 'twin.status-changed').map(({ data }) => data['status']);
}

describe('the tolerance of a lease', () => {
  it('is a quarter of it unless the lease says otherwise', async () => {
    const usual = await twins.read(city, await aTwin({ ttlSeconds: 40 }));
    const own = await twins.read(city, await aTwin({ ttlSeconds: 40, toleranceSeconds: 0 }));
    expect([usual.lease?.toleranceSeconds, own.lease?.toleranceSeconds]).toEqual([10, 0]);
  });

  it('absorbs renewals that come late by less, without any news', async () => {
    const id = await aTwin({ ttlSeconds: 40 });
    for (const seconds of [40, 47, 45, 41]) {
      await pass(id, seconds);
      await twins.renew(city, id);
    }
    expect(await moves(id)).toEqual([]);
  });

  it('is kept by a renewal without terms, and follows a new time to live', async () => {
    const id = await aTwin({ ttlSeconds: 40, toleranceSeconds: 20 });
    expect((await twins.renew(city, id)).lease.toleranceSeconds).toBe(20);
    expect((await twins.renew(city, id, undefined, 30)).lease).toMatchObject({ ttlSeconds: 40, toleranceSeconds: 30 });
    expect((await twins.renew(city, id, 80)).lease.toleranceSeconds).toBe(20);
    expect((await twins.patch(city, id, { lease: { ttlSeconds: 100 } })).twin.lease?.toleranceSeconds).toBe(25);
  });
});

describe('a twin whose renewals come too late again and again', () => {
  /** Stale for the second time within five leases. */
  async function aFlappingTwin(): Promise<TwinId> {
    const id = await aTwin({ ttlSeconds: 40 });
    await pass(id, 52);
    await twins.renew(city, id);
    await pass(id, 52);
    return id;
  }

  it('stays stale instead of flapping', async () => {
    const id = await aFlappingTwin();
    for (let n = 0; n < 5; n += 1) {
      expect((await twins.renew(city, id)).status).toBe('STALE');
      await pass(id, 52);
    }
    expect(await moves(id)).toEqual(['STALE', 'ACTIVE', 'STALE']);
  });

  it('is active again once it has renewed in time for as long as its lease', async () => {
    const id = await aFlappingTwin();
    const statuses: string[] = [];
    for (const seconds of [0, 0, 20, 15, 10]) {
      await pass(id, seconds);
      statuses.push((await twins.renew(city, id)).status);
    }
    expect(statuses).toEqual(['STALE', 'STALE', 'STALE', 'STALE', 'ACTIVE']);
    expect(await moves(id)).toEqual(['STALE', 'ACTIVE', 'STALE', 'ACTIVE']);
  });

  it('is forgiven with new terms', async () => {
    const id = await aFlappingTwin();
    expect((await twins.renew(city, id, 60)).status).toBe('ACTIVE');
  });

  it('is stale, not active, when it comes back after expiring', async () => {
    const id = await aFlappingTwin();
    await pass(id, 200);
    expect((await twins.renew(city, id)).status).toBe('STALE');
    expect(await moves(id)).toEqual(['STALE', 'ACTIVE', 'STALE', 'EXPIRED', 'STALE']);
  });

  it('is forgiven a lapse that comes long after the last', async () => {
    const id = await aTwin({ ttlSeconds: 40 });
    await pass(id, 52);
    await twins.renew(city, id);
    for (let n = 0; n < 5; n += 1) {
      await pass(id, 40);
      await twins.renew(city, id);
    }
    await pass(id, 52);
    expect((await twins.renew(city, id)).status).toBe('ACTIVE');
  });
});

describe('a contact', () => {
  it('renews the lease and is shown, for twins without a lease as well', async () => {
    const [leased, free] = [await aTwin({ ttlSeconds: 40 }), await aTwin()];
    await pass(leased, 52);
    expect((await twins.read(city, free)).lastSeenAt).toBeUndefined();
    const presence = registry.get(Presence);
    presence.saw(leased);
    presence.saw(free);
    await presence.flush();
    const [first, second] = [await twins.read(city, leased), await twins.read(city, free)];
    expect([first.status, second.status, second.lease]).toEqual(['ACTIVE', 'ACTIVE', undefined]);
    expect(first.lastSeenAt).toEqual(first.lease?.renewedAt);
    expect(second.lastSeenAt).toBeInstanceOf(Date);
    expect(await moves(leased)).toEqual(['STALE', 'ACTIVE']);
  });

  it('is written once for many within a quarter of the lease', async () => {
    const id = await aTwin({ ttlSeconds: 400 });
    const presence = registry.get(Presence);
    presence.saw(id);
    presence.saw(id);
    await presence.flush();
    const first = (await twins.read(city, id)).lastSeenAt;
    presence.saw(id);
    await presence.flush();
    expect((await twins.read(city, id)).lastSeenAt).toEqual(first);
  });

  it('that waits behind a lock is written later and holds up no other', async () => {
    const [locked, free] = [await aTwin({ ttlSeconds: 400 }), await aTwin({ ttlSeconds: 400 })];
    const before = (await twins.read(city, locked)).lastSeenAt;
    const presence = registry.get(Presence);
    const client = await registry.database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT FROM twin_lease WHERE twin_id = $1 FOR UPDATE', [locked]);
      for (const id of [locked, free]) presence.saw(id);
      await presence.flush();
      expect((await twins.read(city, locked)).lastSeenAt).toEqual(before);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    await presence.flush();
    expect((await twins.read(city, locked)).lastSeenAt).not.toEqual(before);
  });

  it('that is open counts until it ends', async () => {
    const id = await aTwin({ ttlSeconds: 5 });
    const presence = registry.get(Presence);
    const leave = presence.stays(id);
    await presence.flush();
    const first = (await twins.read(city, id)).lastSeenAt;
    leave();
    leave();
    expect(first).toBeInstanceOf(Date);
  });

  it('of a twin that is gone is forgotten', async () => {
    const presence = registry.get(Presence);
    presence.saw(parseTwinId('urn:test:nobody'));
    for (let n = 0; n < 6; n += 1) await expect(presence.flush()).resolves.toBeUndefined();
  });
});
