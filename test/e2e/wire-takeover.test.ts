import { connectAsync, type MqttClient } from 'mqtt';
import { MOSQUITTO, type OwnMosquitto, startMosquitto } from '../support/mosquitto.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { describeWith } from '../support/own-server.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { type Api, aTwinNetwork, must, twinPath } from './support/twin-network.js';

interface Claim {
  leaseToken?: string;
  deliveries: { message: { data: { payload: { n: number } } } }[];
}

const COUNT = 120;

describeWith('mosquitto', MOSQUITTO)('a binding over MQTT whose broker is killed', () => {
  let database: TestDatabase;
  let mosquitto: OwnMosquitto;
  let twin: MqttClient;
  let brokers: RunningBroker[];
  let organization: TestOrganization;

  const url = (): string => `mqtt://127.0.0.1:${mosquitto.port}`;

  beforeAll(async () => {
    [database, mosquitto] = await Promise.all([createTestDatabase(), startMosquitto()]);
    const environment = { OUTBOUND_ALLOW: '127.0.0.0/8', METRICS_PUBLIC: 'true' };
    const first = await RunningBroker.start({ database, environment });
    brokers = [first, await RunningBroker.start({ database, environment })];
    organization = await first.createOrganization();
    twin = await connectAsync(url());
  });
  afterAll(async () => {
    await twin.endAsync(true);
    await Promise.all(brokers.map((broker) => broker.close()));
    await mosquitto.close();
    await database.drop();
  });

  /** The broker that holds the session. */
  async function listener(): Promise<RunningBroker> {
    for (;;) {
      for (const broker of brokers) {
        // One of them may be dead.
        const metrics = await fetch(`${broker.url}/metrics`).then(
          (answer) => answer.text(),
          () => '',
        );
        if (/twinfed_inbound_bindings\{[^}]*mqtt[^}]*CONNECTED[^}]*\} 1/.test(metrics)) return broker;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('is listened to by the other, and nothing that was published meanwhile is lost', async () => {
    const [first] = brokers;
    if (first === undefined) throw new Error('there is no broker');
    const prepare: Api = (method, path, body) => first.api(method, path, body, organization.token);
    const { receiver, senders } = await aTwinNetwork(prepare, 1);
    const [sender = ''] = senders;
    await must(prepare, 'PUT', `${twinPath(receiver)}/subscriptions/flow`, { objectType: 'data', objectId: 'flow', provider: sender });
    const settings = { url: url(), topics: ['city/flow'], version: '3.1.1' };
    await must(prepare, 'PUT', `${twinPath(sender)}/bindings/city`, { protocol: 'mqtt', feature: 'flow', settings });
    const owner = await listener();
    const survivor = brokers.find((broker) => broker !== owner) ?? first;
    const api: Api = (method, path, body) => survivor.api(method, path, body, organization.token);

    for (let n = 0; n < COUNT; n += 1) {
      // In the midst of a stream, so that some are taken, some are on their way and some are yet to come.
      if (n === COUNT / 3) void owner.kill();
      await twin.publishAsync('city/flow', JSON.stringify({ n }), { qos: 1 });
    }
    const numbers: number[] = [];
    while (new Set(numbers).size < COUNT) {
      const claim = await must<Claim>(api, 'POST', `${twinPath(receiver)}/inbox/claims`, { max: 1_000, waitSeconds: 5 });
      // Both sides are also told of what the new wire adds to their plan, which is no number.
      numbers.push(...claim.deliveries.map(({ message }) => message.data.payload.n).filter(Number.isInteger));
      if (claim.leaseToken !== undefined) await must(api, 'POST', `${twinPath(receiver)}/inbox/acks`, { leaseToken: claim.leaseToken });
    }
    // MQTT 3.1.1 names nothing: what was not acknowledged may come twice, but each for the first time in order.
    expect([...new Set(numbers)]).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    expect(await listener()).toBe(survivor);
  });
});
