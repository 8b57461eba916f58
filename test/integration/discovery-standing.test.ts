import { EventConsumers } from '../../src/database/event-consumers.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { StandingFeed } from '../../src/discovery/standing/standing-feed.js';
import type { TriggerReason } from '../../src/discovery/standing/standing-query.js';
import { StandingQueryService } from '../../src/discovery/standing/standing-query.service.js';
import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import { aDto, aRegistry, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const OWNER = organization('owner');
const ASKER = organization('asker');
const NEVER = new AbortController().signal;

describe('standing queries', () => {
  let registry: TestRegistry;
  let twins: TwinService;
  let standing: StandingQueryService;
  let count = 0;
  beforeAll(async () => {
    registry = await aRegistry();
    twins = registry.get(TwinService);
    standing = registry.get(StandingQueryService);
  });
  afterAll(() => registry.close());

  const aName = (): string => `query-${(count += 1)}`;
  const register = async (parts: Record<string, unknown> = {}): Promise<TwinId> =>
    (await twins.register(OWNER, aDto({ access: 'listed', ...parts }))).twin.id;

  async function told(name: string, asker: Principal = ASKER, of = registry): Promise<[TriggerReason, string][]> {
    await of.get(EventConsumers).settled();
    await of.get(EventConsumers).settled();
    const query = await of.get(StandingQueryService).read(asker, name);
    const feed = of.get(StandingFeed);
    const { items } = await feed.page(query, await feed.placeAfter(query, 'oldest'), { limit: 500, waitMs: 0, signal: NEVER });
    return items.flatMap(({ notification }) => (notification ? [[notification.reason, notification.twin]] : []));
  }

  it('tells what newly matches, changes and matches no more, and not what matched from the start', async () => {
    const domain = `d${count}a`;
    const before = await register({ domain });
    const name = aName();
    const { query, created } = await standing.put(ASKER, name, { query: { domain } });
    expect(created).toBe(true);
    expect(await standing.countMatches(query)).toBe(1);
    const after = await register({ domain });
    await told(name);
    await twins.patch(OWNER, before, { name: 'renamed' });
    await told(name);
    await twins.patch(OWNER, after, { domain: 'elsewhere' });
    await twins.deregister(OWNER, before);
    await register({ domain: 'elsewhere' });
    expect(await told(name)).toEqual([
      ['newlyMatching', after],
      ['updated', before],
      ['noLongerMatching', after],
      ['noLongerMatching', before],
    ]);
  });

  it('tells nothing of what the asker may not see, and of its withdrawal', async () => {
    const domain = `d${count}b`;
    const name = aName();
    await standing.put(ASKER, name, { query: { domain } });
    await register({ domain, access: 'private' });
    const listed = await register({ domain });
    await told(name);
    await twins.patch(OWNER, listed, { access: 'private' });
    expect(await told(name)).toEqual([
      ['newlyMatching', listed],
      ['noLongerMatching', listed],
    ]);
  });

  it('tells of twins that a federation lets the asker see, and of its end', async () => {
    const domain = `d${count}c`;
    const name = aName();
    const hidden = await register({ domain, access: 'private' });
    const own = (await twins.register(ASKER, aDto())).twin.id;
    await standing.put(ASKER, name, { query: { domain } });
    const circles = registry.get(TwinCircles);
    const circle = `urn:test:circle:${name}`;
    await registry.get(UnitOfWork).run(async (tx) => {
      for (const twin of [hidden, own]) await circles.join(tx, twin, circle);
      tx.record({ kind: 'member.changed', subject: circle, data: { twin: own, state: 'JOINED' } });
    });
    expect(await told(name)).toEqual([['newlyMatching', hidden]]);
    await registry.get(UnitOfWork).run(async (tx) => {
      await circles.dissolve(tx, circle);
      tx.record({ kind: 'federation.changed', subject: circle, data: { state: 'DISSOLVED' } });
    });
    expect((await told(name)).at(-1)).toEqual(['noLongerMatching', hidden]);
  });

  it('is idempotent by name, and replaced by another query', async () => {
    const name = aName();
    const first = await standing.put(ASKER, name, { query: { domain: 'x1' } });
    const again = await standing.put(ASKER, name, { query: { domain: 'x1' }, expiresInSeconds: 60 });
    expect(again).toMatchObject({ created: false, query: { id: first.query.id } });
    expect(again.query.expiresAt).not.toBeNull();
    const other = await standing.put(ASKER, name, { query: { domain: 'x2' } });
    expect(other.query.id).not.toBe(first.query.id);
    expect((await standing.list(ASKER)).items.map((each) => each.name)).toContain(name);
    await standing.delete(ASKER, name);
    await expect(standing.read(ASKER, name)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('belongs to whoever made it', async () => {
    const name = aName();
    const id = (await twins.register(ASKER, aDto())).twin.id;
    const self = twinOf('asker', id);
    await standing.put(self, name, { query: {} });
    await expect(standing.read(OWNER, name)).rejects.toMatchObject({ code: 'not-found' });
    await expect(standing.read(twinOf('asker', 'urn:test:another'), name)).rejects.toMatchObject({ code: 'not-found' });
    expect((await standing.read(ASKER, name)).twin).toBe(id);
    await expect(standing.put(OPERATOR, name, { query: {} })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(standing.put(ASKER, aName(), { query: {}, inbox: await register() })).rejects.toMatchObject({ code: 'not-found' });
    await twins.deregister(ASKER, id);
    await registry.get(EventConsumers).settled();
    await expect(standing.read(ASKER, name)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('refuses a wrong query by its place, and leaves nothing behind', async () => {
    const name = aName();
    await expect(standing.put(ASKER, name, { query: { nonsense: 1 } })).rejects.toMatchObject({
      code: 'validation-failed',
      pointer: '/query/nonsense',
    });
    await expect(standing.read(ASKER, name)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('serves places of its own query only', async () => {
    const [one, two] = [aName(), aName()];
    const domain = `d${count}d`;
    await standing.put(ASKER, one, { query: { domain } });
    await standing.put(ASKER, two, { query: { domain } });
    await register({ domain });
    await told(one);
    const feed = registry.get(StandingFeed);
    const [first, second] = [await standing.read(ASKER, one), await standing.read(ASKER, two)];
    const { next } = await feed.page(first, '0', { limit: 10, waitMs: 0, signal: NEVER });
    expect(await feed.placeAfter(first, next)).toBe('1');
    await expect(feed.placeAfter(second, next)).rejects.toMatchObject({ name: 'InvalidCursor' });
    await expect(feed.placeAfter(first, next.replace(/\d+$/, '99'))).rejects.toMatchObject({ name: 'InvalidCursor' });
    await expect(feed.placeAfter(first, 'nonsense')).rejects.toMatchObject({ name: 'InvalidCursor' });
  });

  it('ends up with the truth under 8 writers in two brokers', async () => {
    const other = await registry.another();
    const domain = `d${count}e`;
    const name = aName();
    await standing.put(ASKER, name, { query: { domain } });
    const kept = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const service = (n % 2 === 0 ? registry : other).get(TwinService);
        const mine: string[] = [];
        for (let round = 0; round < 6; round += 1) {
          const { id } = (await service.register(OWNER, aDto({ domain, access: 'listed' }))).twin;
          await service.patch(OWNER, id, { name: `round ${round}` });
          if (round % 2 === 0) await service.deregister(OWNER, id);
          else mine.push(id);
        }
        return mine;
      }),
    );
    await other.get(EventConsumers).settled();
    const state = new Map<string, boolean>();
    for (const [reason, twin] of await told(name)) {
      const matched = state.get(twin) ?? false;
      expect(matched).toBe(reason !== 'newlyMatching');
      state.set(twin, reason !== 'noLongerMatching');
    }
    const matching = [...state].filter(([, matches]) => matches).map(([twin]) => twin);
    expect(matching.toSorted()).toEqual(kept.flat().toSorted());
    expect(await told(name, ASKER, other)).toEqual(await told(name));
    await other.close();
  });

  it('speaks HTTP', async () => {
    const url = `/v1/discovery/standing-queries/${aName()}`;
    const put = await registry.call(ASKER, { method: 'PUT', url, payload: { query: { domain: 'http' } } });
    expect(put.statusCode).toBe(201);
    const id = await register({ domain: 'http' });
    await registry.get(EventConsumers).settled();
    const page = await registry.call(ASKER, { method: 'GET', url: `${url}/events?after=oldest`, headers: { accept: 'application/json' } });
    expect(page.json()).toMatchObject({ items: [{ reason: 'newlyMatching', twin: id }] });
    const stream = await registry.call(ASKER, { method: 'GET', url: `${url}/events?after=oldest&maxSeconds=1` });
    expect(stream.body).toContain('event: newlyMatching');
    expect(
      (await registry.call(ASKER, { method: 'PUT', url: '/v1/discovery/standing-queries/%20', payload: { query: {} } })).statusCode,
    ).toBe(400);
    expect((await registry.call(ASKER, { method: 'DELETE', url })).statusCode).toBe(204);
    expect((await registry.call(ASKER, { method: 'GET', url })).statusCode).toBe(404);
    expect(parseTwinId(id)).toBe(id);
  });
});
