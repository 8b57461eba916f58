import { jest } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { BindingCredentials } from '../../src/exchange/binding/binding-credentials.service.js';
import { BindingRunner } from '../../src/exchange/binding/binding-runner.js';
import { BindingService } from '../../src/exchange/binding/binding.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { DeliveryModeService } from '../../src/exchange/outbound/delivery-mode.service.js';
import { SlotLeases } from '../../src/exchange/outbound/slot-leases.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { Arrivals } from '../support/arrivals.js';
import { MOSQUITTO, type OwnMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWith } from '../support/own-server.js';
import { aPublisher, bindingWhen, listenerOf } from './binding-fixture.js';
import { CITY, numbers, provide, TestCity } from './exchange-fixture.js';
import { hurry, LOCAL_HOOKS } from './outbound-fixture.js';

const COUNT = 60;
/** How many are published when a change is in effect, and the pause between two. */
const MORE = 20;
const PACE_MS = 2;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describeWith('mosquitto', MOSQUITTO)('over MQTT, while messages flow', () => {
  let city: TestCity;
  let wire: { readonly url: string; client(): Promise<MqttClient> };
  let mosquitto: OwnMosquitto;
  let twin: MqttClient;
  beforeAll(async () => {
    [city, mosquitto] = await Promise.all([TestCity.build(2, LOCAL_HOOKS), startMosquitto()]);
    const url = `mqtt://127.0.0.1:${mosquitto.port}`;
    wire = { url, client: () => connectAsync(url) };
    for (const broker of city.brokers) hurry(broker, { leaseMs: 1_500 });
    twin = await wire.client();
  });
  afterAll(async () => {
    await twin.endAsync(true);
    await city.close();
    await mosquitto.close();
  });
  afterEach(() => jest.restoreAllMocks());

  const configure = (publisher: TwinId, topics: string[], broker = 0): Promise<unknown> =>
    city
      .broker(broker)
      .get(BindingService)
      .put(CITY, publisher, 'city', { protocol: 'mqtt', feature: 'flow', settings: { url: wire.url, topics, version: '3.1.1' } });

  /** Changes the binding; resolves when the wire stands again under the new configuration. */
  async function changed(publisher: TwinId, change: () => Promise<unknown>): Promise<void> {
    const { since } = await bindingWhen(city.broker(), publisher, 'city', () => true);
    await change();
    await bindingWhen(city.broker(), publisher, 'city', (binding) => binding.state === 'CONNECTED' && binding.since > since);
  }

  /** Publishes numbers until the change is in effect, and some more; says how many. */
  async function publishDuring(topic: string, change: () => Promise<unknown>): Promise<number> {
    let last = Infinity;
    const changed = change().then(() => (last = published + MORE));
    let published = 0;
    for (; published < last; published += 1) {
      await twin.publishAsync(topic, JSON.stringify({ n: published }), { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
    await changed;
    return published;
  }

  /** Numbers in the order in which each came for the first time; 3.1.1 names nothing, so that some may come twice. */
  async function arrived(subscriber: TwinId, count: number): Promise<number[]> {
    const found = new Set<number>();
    while (found.size < count) {
      const claim = await city.broker().claim(subscriber, { waitMs: 5_000 });
      // Both sides are also told of what the wire adds to their plan, which is no number.
      for (const n of numbers(claim)) if (Number.isInteger(n)) found.add(n);
      if (claim.token !== undefined) await city.broker().get(InboxService).ack(subscriber, { leaseToken: claim.token });
    }
    return [...found];
  }

  it('a binding is changed, by either broker, and its credentials are, without loss', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    await configure(publisher, ['change/flow']);
    await bindingWhen(city.broker(), publisher, 'city', ({ state }) => state === 'CONNECTED');
    const credentials = city.broker().get(BindingCredentials);
    const count = await publishDuring('change/flow', async () => {
      await changed(publisher, () => configure(publisher, ['change/flow', 'change/other']));
      await changed(publisher, () => credentials.put(CITY, publisher, 'city', 'username', 'somebody'));
      await changed(publisher, () => configure(publisher, ['change/#'], 1));
    });
    expect(await arrived(subscriber, count)).toEqual(upTo(count));
  });

  it('another broker takes a binding over from one that is frozen, without loss', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    await configure(publisher, ['freeze/flow']);
    await bindingWhen(city.broker(), publisher, 'city', ({ state }) => state === 'CONNECTED');
    const { owner, other } = await listenerOf(city, publisher, 'city');
    const count = await publishDuring('freeze/flow', async () => {
      jest.spyOn(owner.get(SlotLeases), 'tick').mockResolvedValue(undefined);
      while (!other.get(BindingRunner).listens(publisher, 'city')) await new Promise((resolve) => setTimeout(resolve, 20));
      await bindingWhen(other, publisher, 'city', ({ state }) => state === 'CONNECTED');
    });
    expect(await arrived(subscriber, count)).toEqual(upTo(count));
  });

  it('an endpoint is changed to another topic without loss', async () => {
    const sender = await city.aTwin('sender');
    const receiver = await city.aTwin('receiver');
    await city.connect(sender, receiver);
    const arrivals = new Arrivals();
    const far = await wire.client();
    await far.subscribeAsync('endpoint/+', { qos: 1 });
    const topics = new Set<string>();
    const found = new Set<number>();
    far.on('message', (topic, text) => {
      topics.add(topic);
      const { object, payload } = (JSON.parse(text.toString()) as { data: { object: { type: string }; payload: { n: number } } }).data;
      // The connection is told of too, whose plan names what its wire may lose.
      if (object.type === 'data') found.add(payload.n);
      arrivals.add(String(found.size));
    });
    const deliver = (topic: string, broker = 0): Promise<unknown> =>
      city.broker(broker).get(DeliveryModeService).deliver(CITY, receiver, 'mqtt', { url: wire.url, topic, version: '3.1.1' });
    await deliver('endpoint/one');
    for (const n of upTo(COUNT)) {
      if (n === 20) await deliver('endpoint/two');
      if (n === 40) await deliver('endpoint/three', 1);
      await city.broker(n % 2).send(provide(sender, receiver, n));
    }
    while (found.size < COUNT) await arrivals.atLeast(arrivals.texts.length + 1);
    expect([...found].toSorted((a, b) => a - b)).toEqual(upTo(COUNT));
    expect(topics).toContain('endpoint/three');
    await far.endAsync(true);
  });
});
