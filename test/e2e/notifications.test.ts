import { ContextBrokerServer } from '../support/context-broker-server.js';
import type { Entity, StoredSubscription } from '../support/context-subscriptions.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { EvenFront } from './support/even-front.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { type Api, aTwinNetwork, must, twinPath } from './support/twin-network.js';

interface Claim {
  leaseToken?: string;
  deliveries: { message: { data: { payload: { n: number } } } }[];
}

interface Binding {
  state: string;
  reason?: string;
  figures: { received: number; taken: number; repeated: number; refused: number };
  refusals: { code: string; excerpt: string }[];
  losses: { kind: string }[];
}

const car = (n: unknown, id = 'urn:ngsi-ld:Vehicle:1'): Entity => ({ id, type: 'Vehicle', n: { type: 'Property', value: n } });

describe('a context broker that notifies two brokers under one address', () => {
  let database: TestDatabase;
  let front: EvenFront;
  let city: ContextBrokerServer;
  let brokers: RunningBroker[];
  let organization: TestOrganization;
  let sender: string;
  let receiver: string;

  const alive = (): RunningBroker => {
    const broker = brokers.find(({ url }) => front.behind.includes(url));
    if (broker === undefined) throw new Error('no broker is left');
    return broker;
  };
  const api: Api = (method, path, body) => alive().api(method, path, body, organization.token);
  const path = (): string => `${twinPath(sender)}/bindings/cars`;
  const configure = (settings: object): Promise<Binding> =>
    must<Binding>(api, 'PUT', path(), {
      protocol: 'ngsi-ld',
      feature: 'flow',
      settings: { url: city.url, types: ['Vehicle'], representation: 'keyValues', intervalMs: 500, ...settings },
    });
  const bindingWhen = async (condition: (binding: Binding) => boolean): Promise<Binding> => {
    for (;;) {
      const binding = await must<Binding>(api, 'GET', path());
      if (condition(binding)) return binding;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const subscription = (): StoredSubscription => {
    const [found] = city.subscriptions.active;
    if (found === undefined) throw new Error('there is no subscription');
    return found;
  };
  const secretOf = ({ notification }: StoredSubscription): string => notification.endpoint.receiverInfo?.[0]?.value ?? '';
  /** Brings something as the context broker would, to this broker itself. */
  const bring = (broker: RunningBroker, body: unknown, secret = secretOf(subscription())) =>
    broker.api<{ type?: string; pointer?: string }>('POST', new URL(subscription().notification.endpoint.uri).pathname, body, undefined, {
      'x-notification-secret': secret,
    });
  /** The broker that holds the session. */
  async function listener(): Promise<RunningBroker> {
    for (;;) {
      for (const broker of brokers) {
        const metrics = await (await fetch(`${broker.url}/metrics`)).text();
        if (/twinfed_inbound_bindings\{[^}]*ngsi-ld[^}]*\} 1/.test(metrics)) return broker;
      }
    }
  }
  /** Claims until all of these came, and says in which order. */
  async function numbersUntil(last: number): Promise<number[]> {
    const numbers: number[] = [];
    while (!numbers.includes(last)) {
      const claim = await must<Claim>(api, 'POST', `${twinPath(receiver)}/inbox/claims`, { max: 1_000, waitSeconds: 5 });
      // Both sides are also told of what the new wire adds to their plan, which is no number.
      numbers.push(...claim.deliveries.map(({ message }) => message.data.payload.n).filter(Number.isInteger));
      if (claim.leaseToken !== undefined) await must(api, 'POST', `${twinPath(receiver)}/inbox/acks`, { leaseToken: claim.leaseToken });
    }
    return numbers;
  }

  beforeAll(async () => {
    [database, front, city] = await Promise.all([createTestDatabase(), EvenFront.start(), ContextBrokerServer.start()]);
    const environment = { PUBLIC_URL: front.url, OUTBOUND_ALLOW: '127.0.0.0/8', METRICS_PUBLIC: 'true', LOG_LEVEL: 'debug' };
    const first = await RunningBroker.start({ database, environment });
    brokers = [first, await RunningBroker.start({ database, environment })];
    front.behind.push(...brokers.map(({ url }) => url));
    organization = await first.createOrganization();
    const network = await aTwinNetwork(api, 1);
    receiver = network.receiver;
    sender = network.senders[0] ?? '';
    await must(api, 'PUT', `${twinPath(receiver)}/subscriptions/flow`, { objectType: 'data', objectId: 'flow', provider: sender });
    await configure({});
    await bindingWhen(({ state }) => state === 'CONNECTED');
  });
  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    await Promise.all([front.close(), city.close()]);
    await database.drop();
  });

  it('is subscribed to by one, and taken by whichever it reaches, in order', async () => {
    expect(city.subscriptions.active).toHaveLength(1);
    for (let n = 1; n <= 20; n += 1) {
      city.write(car(n));
      await city.subscriptions.settled();
    }
    expect(city.subscriptions.answers).toEqual(Array.from({ length: 20 }, () => 204));
    expect(await numbersUntil(20)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const { figures, reason } = await bindingWhen((binding) => binding.figures.taken >= 20);
    expect(figures).toMatchObject({ received: 20, taken: 20, refused: 0 });
    expect(reason).toBeUndefined();
  });

  it('changes nothing by saying the same again, to another', async () => {
    const same = { id: 'urn:ngsi-ld:Notification:1', type: 'Notification', data: [{ id: 'urn:a:1', type: 'Vehicle', n: 100 }] };
    for (const broker of brokers) expect((await bring(broker, same)).status).toBe(204);
    expect((await bring(alive(), { ...same, id: 'urn:ngsi-ld:Notification:2', data: [{ ...same.data[0], n: 101 }] })).status).toBe(204);
    expect(await numbersUntil(101)).toEqual([100, 101]);
    const { figures } = await bindingWhen((binding) => binding.figures.taken === 22 && binding.figures.repeated > 0);
    expect(figures).toMatchObject({ received: 23, repeated: 1 });
  });

  it('is told that an entity arrived that is refused for good, and the binding says why', async () => {
    const data = [car('many'), car(102)].map(({ id, type, n }) => ({ id, type, n: (n as { value: unknown }).value }));
    expect((await bring(alive(), { data })).status).toBe(204);
    expect(await numbersUntil(102)).toEqual([102]);
    const { refusals } = await bindingWhen(({ figures }) => figures.refused === 1);
    expect(refusals[0]).toMatchObject({ code: 'payload-invalid', excerpt: expect.stringContaining('many') as string });
  });

  it('learns nothing without the secret, and is told what is no notification', async () => {
    const good = { data: [{ id: 'urn:a:1', type: 'Vehicle', n: 1 }] };
    const secret = secretOf(subscription());
    for (const wrong of [
      '',
      'x',
      secret.slice(1),
      `${secret}x`,
      'ü'
        .repeat(3)
        .normalize('NFD')
        .replace(/[^\x20-\x7e]/g, '?'),
    ]) {
      const answer = await bring(alive(), good, wrong);
      expect(answer).toMatchObject({ status: 404, body: { detail: 'There is no such thing.' } });
    }
    const other = '/v1/bindings/unknown/notifications';
    const unknown = await alive().api('POST', other, good, undefined, { 'x-notification-secret': secret });
    expect(unknown).toMatchObject({ status: 404, body: { detail: 'There is no such thing.' } });
    for (const id of ['%00', '..', 'a.b.c', '%F0%9F%92%A9', 'x'.repeat(300)]) {
      expect((await alive().api('POST', `/v1/bindings/${id}/notifications`, good)).status).toBe(404);
    }
    const bad: [unknown, string][] = [
      [[], 'validation-failed'],
      [{ data: [] }, 'validation-failed'],
      [{ data: [{ type: 'Vehicle' }] }, 'validation-failed'],
      [{ data: Array.from({ length: 1_001 }, () => good.data[0]) }, 'validation-failed'],
      ['{"data":[{"id":"urn:a:1"}', 'malformed-message'],
      ['{"data":[{"id":"urn:a:1","id":"urn:a:2"}]}', 'malformed-message'],
      [`{"data":[{"id":"urn:a:1","n":${'['.repeat(500)}${']'.repeat(500)}}]}`, 'malformed-message'],
    ];
    for (const [body, code] of bad) {
      expect(await bring(alive(), body)).toMatchObject({ status: 400, body: { type: `urn:twinfed:problem:${code}` } });
    }
    expect((await bring(alive(), `{"data":"${'x'.repeat(1_100_000)}"}`)).status).toBe(413);
  });

  it('shows the secret in the path where that is asked for, which no log has', async () => {
    await configure({ secretIn: 'path' });
    for (;;) {
      const [found] = city.subscriptions.active;
      if (found !== undefined && found.notification.endpoint.receiverInfo === undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { uri } = subscription().notification.endpoint;
    const [, secret = ''] = /\.([A-Za-z0-9_-]{20,})\/notifications$/.exec(uri) ?? [];
    expect(secret).toHaveLength(43);
    city.subscriptions.answers.length = 0;
    for (let n = 110; n < 113; n += 1) {
      city.write(car(n));
      await city.subscriptions.settled();
    }
    expect(city.subscriptions.answers).toEqual([204, 204, 204]);
    expect(await numbersUntil(112)).toEqual(expect.arrayContaining([110, 111, 112]));
    expect(brokers.some(({ log }) => log.includes('/v1/bindings/'))).toBe(true);
    expect(brokers.filter(({ log }) => log.includes(secret))).toEqual([]);
    await configure({});
    await bindingWhen(({ state }) => state === 'CONNECTED');
  });

  it('reaches the other when the one that listened is killed: nothing is lost, and the subscription is kept', async () => {
    const owner = await listener();
    const made = (): number => city.requests.filter(({ line }) => line === 'POST /ngsi-ld/v1/subscriptions').length;
    const before = made();
    const { id } = subscription();
    for (let n = 200; n < 230; n += 1) {
      if (n === 210) {
        front.behind.splice(front.behind.indexOf(owner.url), 1);
        await owner.kill();
      }
      city.write(car(n));
      await city.subscriptions.settled();
    }
    const numbers = await numbersUntil(229);
    expect(new Set(numbers.filter((n) => n >= 200))).toEqual(new Set(Array.from({ length: 30 }, (_, n) => n + 200)));
    while (made() === before || city.subscriptions.active.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(subscription().id).toBe(id);
    city.write(car(300));
    expect((await numbersUntil(300)).filter((n) => n === 300)).not.toHaveLength(0);
  });

  it('is told to be silent when the binding is removed, and its address is no more', async () => {
    const old = subscription();
    await must(api, 'DELETE', path());
    while (city.subscriptions.stored.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const { uri, receiverInfo = [] } = old.notification.endpoint;
    const gone = await alive().api('POST', new URL(uri).pathname, { data: [car(1)] }, undefined, {
      'x-notification-secret': receiverInfo[0]?.value ?? '',
    });
    expect(gone.status).toBe(404);
  });
});
