import { randomUUID } from 'node:crypto';
import { EventConsumers } from '../../src/database/event-consumers.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { SubscriptionService, type SubscriptionWish } from '../../src/exchange/subscription/subscription.service.js';
import { type OrganizationId, parseOrganizationId, parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { OrganizationPrincipal } from '../../src/security/principal.js';
import { TestCity } from './exchange-fixture.js';

interface Told {
  object: string;
  type: string;
  twin: string;
}

describe('subscriptions to the registry', () => {
  let city: TestCity;
  beforeAll(async () => {
    city = await TestCity.build(2);
  });
  afterAll(() => city.close());

  const principal = (organization: string): OrganizationPrincipal => {
    const id: OrganizationId = parseOrganizationId(organization);
    return { kind: 'organization', organization: id, subject: `org_${organization}` };
  };

  async function anOrganization(): Promise<OrganizationPrincipal> {
    const name = `org-${randomUUID().slice(0, 8)}`;
    await city.broker().database.query(`INSERT INTO organization (id, name, status, created_at) VALUES ($1, $1, 'ACTIVE', now())`, [name]);
    return principal(name);
  }

  async function register(owner: OrganizationPrincipal, parts: object = {}, broker = 0): Promise<TwinId> {
    const profile = { id: `urn:test:${randomUUID()}`, name: 'a twin', domain: 'traffic', access: 'listed', ...parts };
    return (await city.broker(broker).get(TwinService).register(owner, parseDto(TwinProfileDto, profile))).twin.id;
  }

  async function subscribe(owner: OrganizationPrincipal, subscriber: TwinId, wish: SubscriptionWish): Promise<void> {
    await city.broker().get(SubscriptionService).subscribe(owner, subscriber, wish);
  }

  const feature = (name: string, version = '1.0.0') => ({ kind: 'data', name, version, schema: { type: 'number' } });

  /** What the inbox holds once both brokers are through with the events so far. */
  async function told(subscriber: TwinId): Promise<Told[]> {
    for (const broker of city.brokers) await broker.get(EventConsumers).settled();
    for (const broker of city.brokers) await broker.get(EventConsumers).settled();
    const { deliveries } = await city.broker().claim(subscriber);
    return deliveries.map(({ candidate }) => {
      const { data } = JSON.parse(candidate.envelope) as { data: { object: { type: string } } };
      const { type, twin } = JSON.parse(candidate.payload ?? '{}') as { type: string; twin: string };
      return { object: data.object.type, type, twin };
    });
  }

  it('tells of one twin to whoever names it', async () => {
    const [owner, other] = [await anOrganization(), await anOrganization()];
    const [watched, unwatched, watcher] = [await register(owner), await register(owner), await register(other)];
    await subscribe(other, watcher, { objectType: 'digitalTwin', objectId: watched });
    for (const id of [watched, unwatched]) await city.broker(1).get(TwinService).patch(owner, id, { name: 'renamed' });
    expect(await told(watcher)).toEqual([{ object: 'digitalTwin', type: 'twinUpdated', twin: watched }]);
  });

  it('tells of all twins that the filter lets through and the subscriber may see', async () => {
    const [owner, other] = [await anOrganization(), await anOrganization()];
    const watcher = await register(other);
    await subscribe(other, watcher, { objectType: 'digitalTwin', filter: { owner: owner.organization, types: ['twinRegistered'] } });
    const seen = await register(owner, {}, 1);
    await register(owner, { access: 'private' });
    await register(other);
    expect(await told(watcher)).toEqual([{ object: 'digitalTwin', type: 'twinRegistered', twin: seen }]);
  });

  it('tells of a feature by its name, of one twin or of any', async () => {
    const [owner, other] = [await anOrganization(), await anOrganization()];
    const [any, one] = [await register(other), await register(other)];
    const name = `f${randomUUID().slice(0, 8)}`;
    const first = await register(owner);
    await subscribe(other, any, { objectType: 'feature', objectId: name });
    await subscribe(other, one, { objectType: 'feature', objectId: name, provider: first });
    const second = await register(owner, { features: [feature(name)] });
    await city
      .broker()
      .get(TwinService)
      .patch(owner, first, { features: [feature('other')] }, {}, undefined, { force: true });
    await city
      .broker()
      .get(TwinService)
      .patch(owner, first, { features: [feature('other'), feature(name)] });
    expect((await told(any)).map(({ twin }) => twin)).toEqual([second, first]);
    expect((await told(one)).map(({ twin }) => twin)).toEqual([first]);
  });

  it('tells of the withdrawal and ends with it', async () => {
    const [owner, other] = [await anOrganization(), await anOrganization()];
    const [watched, watcher] = [await register(owner), await register(other)];
    await subscribe(other, watcher, { objectType: 'digitalTwin', objectId: watched });
    await city.broker().get(TwinService).patch(owner, watched, { access: 'private' });
    expect(await told(watcher)).toContainEqual({ object: 'digitalTwin', type: 'twinWithdrawn', twin: watched });
    await city.broker().get(TwinService).patch(owner, watched, { name: 'a secret' });
    expect(await told(watcher)).toEqual([]);
    expect(await city.broker().get(SubscriptionService).list(watcher)).toEqual([]);
  });

  it('ends when the federation that let the subscriber see the twin is left', async () => {
    const [owner, other] = [await anOrganization(), await anOrganization()];
    const [watched, watcher] = [await register(owner, { access: 'private' }), await register(other)];
    const { database } = city.broker();
    const uow = city.broker().get(UnitOfWork);
    const circles = city.broker().get(TwinCircles);
    await uow.run(async (tx) => {
      await circles.join(tx, watched, 'a-circle');
      await circles.join(tx, watcher, 'a-circle');
      tx.record({ kind: 'member.changed', subject: 'a-circle', data: { twin: watcher, state: 'ACTIVE' } });
    });
    await subscribe(other, watcher, { objectType: 'digitalTwin', objectId: watched });
    await uow.run(async (tx) => {
      await circles.leave(tx, watcher, 'a-circle');
      tx.record({ kind: 'member.changed', subject: 'a-circle', data: { twin: watcher, state: 'LEFT' } });
    });
    await city.broker().get(TwinService).patch(owner, watched, { name: 'a secret' });
    expect(await told(watcher)).toEqual([]);
    expect(await database.query('SELECT id FROM subscription WHERE subscriber = $1', [watcher])).toEqual([]);
  });

  it('tells each once and in order under 8 writers in two brokers', async () => {
    const [owner, other] = [await anOrganization(), await anOrganization()];
    const watcher = await register(other);
    await subscribe(other, watcher, { objectType: 'digitalTwin', filter: { owner: owner.organization } });
    const written = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const ids: TwinId[] = [];
        for (let round = 0; round < 5; round += 1) {
          const id = await register(owner, {}, n % 2);
          await city
            .broker(n % 2)
            .get(TwinService)
            .deregister(owner, id);
          ids.push(id);
        }
        return ids;
      }),
    );
    const heard = await told(watcher);
    expect(heard).toHaveLength(80);
    for (const id of written.flat()) {
      expect(heard.filter(({ twin }) => twin === id).map(({ type }) => type)).toEqual(['twinRegistered', 'twinDeregistered']);
    }
  });

  it('refuses a filter beside a named twin, and twins that are not seen', async () => {
    const owner = await anOrganization();
    const watcher = await register(owner);
    const hidden = await register(await anOrganization(), { access: 'private' });
    await expect(
      subscribe(owner, watcher, { objectType: 'digitalTwin', objectId: watcher, filter: { domain: 'air' } }),
    ).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(subscribe(owner, watcher, { objectType: 'digitalTwin', objectId: hidden })).rejects.toMatchObject({ code: 'not-found' });
    expect(parseTwinId(hidden)).toBe(hidden);
  });
});
