import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import type { RegistryEvent, RegistryEventFilter } from '../../src/registry/feed/registry-event.js';
import { RegistryFeed } from '../../src/registry/feed/registry-feed.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import { aDto, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';

const OWNER = organization('owner');
const STRANGER = organization('stranger');
const NEVER = new AbortController().signal;

describe('the change feed', () => {
  let registry: TestRegistry;
  let feed: RegistryFeed;
  let twins: TwinService;
  beforeEach(async () => {
    registry = await aRegistry();
    feed = registry.get(RegistryFeed);
    twins = registry.get(TwinService);
  });
  afterEach(() => registry.close());

  async function read(principal: Principal, filter: RegistryEventFilter = {}, after = 'oldest', of = feed): Promise<RegistryEvent[]> {
    const found: RegistryEvent[] = [];
    for (let place = await of.placeAfter(after); ;) {
      const { items, next } = await of.page(principal, filter, place, { limit: 3, waitMs: 0, signal: NEVER });
      found.push(...items.flatMap(({ event }) => (event ? [event] : [])));
      if (items.length === 0) return found;
      place = await of.placeAfter(next);
    }
  }

  const register = async (parts: Record<string, unknown> = {}): Promise<TwinId> => (await twins.register(OWNER, aDto(parts))).twin.id;

  it('tells the owner everything, in order, with the features touched', async () => {
    const id = await register();
    await twins.patch(OWNER, id, { features: [{ kind: 'data', name: 'speed', schema: true }] }, {}, undefined, { force: true });
    await twins.deregister(OWNER, id);
    expect(await read(OWNER)).toMatchObject([
      { type: 'twinRegistered', twin: id, owner: 'owner', domain: 'traffic', version: 1, features: { added: ['flow'] } },
      { type: 'twinUpdated', twin: id, version: 2, features: { added: ['speed'], removed: ['flow'] } },
      { type: 'twinDeregistered', twin: id, owner: 'owner', domain: 'traffic', features: { removed: ['speed'] } },
    ]);
    expect(await read(OPERATOR)).toHaveLength(3);
    for (const event of await read(OWNER)) {
      expect(event).not.toHaveProperty('circles');
      expect(event).not.toHaveProperty('access');
    }
  });

  it('tells strangers of what they could see when it happened, and of its withdrawal', async () => {
    const hidden = await register();
    const shown = await register({ access: 'listed' });
    await twins.patch(OWNER, shown, { access: 'private' });
    await twins.patch(OWNER, shown, { name: 'nobody hears of this' });
    await twins.deregister(OWNER, hidden);
    expect(await read(STRANGER)).toEqual([
      expect.objectContaining({ type: 'twinRegistered', twin: shown }),
      { type: 'twinWithdrawn', twin: shown, recordedAt: expect.any(String) as string },
    ]);
  });

  it('tells whoever shares an open federation, also of the end', async () => {
    const theirs = (await twins.register(STRANGER, aDto())).twin.id;
    const id = await register();
    const circles = registry.get(TwinCircles);
    await registry.get(UnitOfWork).run(async (tx) => {
      await circles.join(tx, id, 'circle');
      await circles.join(tx, theirs, 'circle');
    });
    await twins.patch(OWNER, id, { name: 'seen' });
    await twins.deregister(OWNER, id);
    const told = (await read(STRANGER)).filter(({ twin }) => twin === id);
    expect(told.map(({ type }) => type)).toEqual(['twinUpdated', 'twinDeregistered']);
  });

  it('filters by type, domain, twin and feature', async () => {
    const road = await register();
    const air = await register({ domain: 'air', features: [{ kind: 'data', name: 'no2', schema: true }] });
    await twins.patch(OWNER, air, { name: 'renamed' });
    expect(await read(OWNER, { domain: 'air' })).toHaveLength(2);
    expect(await read(OWNER, { types: ['twinUpdated'] })).toMatchObject([{ twin: air }]);
    expect(await read(OWNER, { twin: road })).toHaveLength(1);
    expect(await read(OWNER, { feature: 'no2' })).toMatchObject([{ type: 'twinRegistered', twin: air }]);
    expect(await read(OWNER, { owner: 'stranger' })).toEqual([]);
  });

  it('goes on after any event, through another broker too', async () => {
    for (let n = 0; n < 7; n += 1) await register();
    const all = await feed.page(OWNER, {}, await feed.placeAfter('oldest'), { limit: 100, waitMs: 0, signal: NEVER });
    const other = await registry.another();
    try {
      const rest = await read(OWNER, {}, all.items[3]?.id, other.get(RegistryFeed));
      expect(rest.map(({ twin }) => twin)).toEqual(all.items.slice(4).map(({ event }) => event?.twin));
    } finally {
      await other.close();
    }
  });

  it.each(['nonsense', '00000000-5', '-1', `x${'9'.repeat(30)}`])('refuses the place %j', async (place) => {
    await expect(feed.placeAfter(place)).rejects.toMatchObject({ name: 'InvalidCursor' });
  });

  it('refuses a place in the future, and one that is no longer retained', async () => {
    await register();
    const { next } = await feed.page(OWNER, {}, await feed.placeAfter(undefined), { limit: 1, waitMs: 0, signal: NEVER });
    const [epoch] = next.split('-');
    await expect(feed.placeAfter(`${epoch}-9000000000000000000`)).rejects.toMatchObject({ name: 'InvalidCursor' });
    await expect(feed.placeAfter(`${epoch}-1`)).rejects.toMatchObject({ code: 'expired' });
  });

  it('wakes a waiting reader, whichever broker made the change', async () => {
    const other = await registry.another();
    try {
      const place = await feed.placeAfter(undefined);
      const waiting = feed.page(OWNER, {}, place, { limit: 10, waitMs: 20_000, signal: NEVER });
      const id = (await other.get(TwinService).register(OWNER, aDto())).twin.id;
      expect((await waiting).items).toMatchObject([{ event: { twin: id } }]);
    } finally {
      await other.close();
    }
  });

  it('misses nothing under 8 writers in two brokers, and repeats nothing', async () => {
    const other = await registry.another();
    const readers = [feed, other.get(RegistryFeed)];
    const over = new AbortController();
    const seen: string[][] = readers.map(() => []);
    const reading = readers.map(async (reader, index) => {
      const place = await reader.placeAfter('oldest');
      for await (const { event, id } of reader.follow(OWNER, {}, place, over.signal)) {
        if (event) seen[index]?.push(`${id} ${event.type} ${event.twin}`);
        if (seen[index]?.length === 8 * 30) break;
      }
    });
    const writers = Array.from({ length: 8 }, async (_, n) => {
      const service = (n % 2 === 0 ? registry : other).get(TwinService);
      for (let round = 0; round < 10; round += 1) {
        const { id } = (await service.register(OWNER, aDto())).twin;
        await service.patch(OWNER, id, { name: `round ${round}` });
        await service.deregister(OWNER, id);
      }
    });
    await Promise.all(writers);
    await Promise.all(reading);
    over.abort();
    expect(seen[0]).toEqual(seen[1]);
    expect(new Set(seen[0]).size).toBe(240);
    await other.close();
  });

  it('serves SSE and JSON by what the caller accepts', async () => {
    const id = await register();
    const get = (url: string, accept: string) =>
      registry.call(OWNER, { method: 'GET', url: `/v1/registry/events${url}`, headers: { accept } });
    const page = await get('?after=oldest', 'application/json');
    expect(page.json()).toMatchObject({ items: [{ type: 'twinRegistered', twin: id }] });
    const stream = await get('?after=oldest&maxSeconds=1&types=twinRegistered,twinUpdated', 'text/event-stream');
    expect(stream.body).toMatch(/event: twinRegistered\ndata: \{"id":/);
    expect((await get('', 'image/png')).statusCode).toBe(406);
    expect((await get('?types=nonsense', 'application/json')).statusCode).toBe(400);
    expect((await get('?after=nonsense', 'text/event-stream')).statusCode).toBe(400);
  });

  it('records what the database knows of the twin with every event', async () => {
    const id = await register();
    expect((await eventsOf(registry, parseTwinId(id)))[0]?.data).toMatchObject({
      owner: 'owner',
      access: 'private',
      circles: [],
      incarnation: 1,
    });
  });
});
