import { jest } from '@jest/globals';
import { EmbeddedDataDir } from './support/embedded-broker.js';
import { InboxReader, type Received } from './support/inbox-readers.js';
import { MessageBurst } from './support/message-burst.js';
import { Outage } from './support/outage.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { type Api, aTwinNetwork, type TwinNetwork } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.
jest.setTimeout(400_000);

/** How many messages the burst has; CI sends 5,000 (CRASH_MESSAGES), a run at the desk fewer. */
const MESSAGES = Number(process.env['CRASH_MESSAGES'] ?? 1_500);

const apiOf =
  (broker: RunningBroker, token: string): Api =>
  (method, path, body) =>
    broker.api(method, path, body, token);

/** What every sender was promised came, in its order, once each, whether by its first request or by a repeat. */
function expectAllKept(network: TwinNetwork, counts: readonly number[], burst: MessageBurst, received: Received): void {
  network.senders.forEach((sender, index) => {
    const numbers = Array.from({ length: counts[index] ?? 0 }, (_, n) => n);
    expect(burst.promisedTo(sender)).toEqual(numbers);
    expect(received.from(sender)).toEqual(numbers);
  });
  expect(received.wrong).toEqual([]);
}

describe('a broker that ends in the middle of a burst', () => {
  let broker: RunningBroker;
  let organization: TestOrganization;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    organization = await broker.createOrganization();
  });
  afterAll(() => broker.close());

  /** Takes it down while messages are on their way in and on their way out. */
  async function restartTwice(
    burst: MessageBurst,
    received: Received,
    outage: Outage,
    total: number,
    end: () => Promise<unknown> = () => broker.kill(),
  ): Promise<void> {
    for (const share of [1 / 3, 2 / 3]) {
      await burst.tally.reaches(total * share);
      await received.tally.reaches((total * share) / 2);
      await outage.during(async () => {
        await end();
        await broker.restart();
      });
    }
  }

  it('is killed and loses and doubles no message, and keeps each sender’s order', async () => {
    const each = Math.floor(MESSAGES * 0.09);
    const counts = [...Array.from({ length: 8 }, () => each), MESSAGES - 8 * each];
    const api = apiOf(broker, organization.token);
    const network = await aTwinNetwork(api, counts.length);
    const outage = new Outage();
    const burst = new MessageBurst(api, outage, network);
    const reader = new InboxReader(broker, organization.token, outage, network.receiver);
    await Promise.all([
      reader.claim(MESSAGES),
      restartTwice(burst, reader.received, outage, MESSAGES),
      ...network.senders.map((sender, index) =>
        index < 8 ? burst.sendSingly(sender, counts[index] ?? 0) : burst.sendArrays(sender, counts[index] ?? 0, 70),
      ),
    ]);
    expectAllKept(network, counts, burst, reader.received);
  });

  it('is killed and lets a stream resume where its reader was', async () => {
    const counts = [200, 200, 200];
    const api = apiOf(broker, organization.token);
    const network = await aTwinNetwork(api, counts.length);
    const outage = new Outage();
    const burst = new MessageBurst(api, outage, network);
    const reader = new InboxReader(broker, organization.token, outage, network.receiver);
    await Promise.all([
      reader.stream(600),
      restartTwice(burst, reader.received, outage, 600),
      ...network.senders.map((sender) => burst.sendSingly(sender, 200)),
    ]);
    expectAllKept(network, counts, burst, reader.received);
    expect(reader.received.streams).toBe(3);
  });

  it('is asked to stop and loses nothing either', async () => {
    const api = apiOf(broker, organization.token);
    const network = await aTwinNetwork(api, 3);
    const outage = new Outage();
    const burst = new MessageBurst(api, outage, network);
    const reader = new InboxReader(broker, organization.token, outage, network.receiver);
    const codes: unknown[] = [];
    await Promise.all([
      reader.claim(600),
      restartTwice(burst, reader.received, outage, 600, async () => codes.push(await broker.stop())),
      ...network.senders.map((sender) => burst.sendSingly(sender, 200)),
    ]);
    expectAllKept(network, [200, 200, 200], burst, reader.received);
    expect(codes).toEqual([0, 0]);
  });
});

describe('a broker that is killed while its own PostgreSQL runs', () => {
  let dataDir: EmbeddedDataDir;
  beforeAll(async () => {
    dataDir = await EmbeddedDataDir.create();
  });
  afterAll(() => dataDir.remove());

  it('leaves a PostgreSQL that the next start takes over with all data, and that ends with the broker', async () => {
    const broker = await dataDir.startBroker();
    const outage = new Outage();
    try {
      const { token } = await broker.createOrganization();
      const api = apiOf(broker, token);
      const network = await aTwinNetwork(api, 4);
      const burst = new MessageBurst(api, outage, network);
      const postmaster = await dataDir.postmasterPid();
      const kill = async (): Promise<void> => {
        await burst.tally.reaches(250);
        await outage.during(async () => {
          await broker.kill();
          expect(await dataDir.isPostmaster(postmaster)).toBe(true);
          await broker.restart();
        });
      };
      const reader = new InboxReader(broker, token, outage, network.receiver);
      await Promise.all([reader.claim(500), kill(), ...network.senders.map((sender) => burst.sendSingly(sender, 125))]);
      expectAllKept(network, [125, 125, 125, 125], burst, reader.received);
      expect(await dataDir.postmasterPid()).toBe(postmaster);
      expect(await broker.stop()).toBe(0);
      expect(await dataDir.isPostmaster(postmaster)).toBe(false);
    } finally {
      await outage.over();
      await broker.close();
    }
  });
});
