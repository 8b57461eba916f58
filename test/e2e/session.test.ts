import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { SessionClient } from './support/session-client.js';
import { aTwinNetwork, flowMessage, type TwinNetwork } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.
jest.setTimeout(120_000);

describe('a session', () => {
  let broker: RunningBroker;
  let organization: TestOrganization;
  let network: TwinNetwork;
  let clients: SessionClient[] = [];
  beforeAll(async () => {
    broker = await RunningBroker.start();
    organization = await broker.createOrganization();
  });
  beforeEach(async () => {
    network = await aTwinNetwork((method, path, body) => broker.api(method, path, body, organization.token), 2);
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
  });
  afterAll(() => broker.close());

  const open = async (token: string | undefined = organization.token): Promise<SessionClient> => {
    const client = await SessionClient.open(broker.url, token);
    clients.push(client);
    return client;
  };
  const message = (n: number, sender = network.senders[0] ?? ''): object => flowMessage(sender, network.receiver, n);

  it('publishes, receives and settles in the order of the sender, every message once', async () => {
    const [sender, receiver] = [await open(), await open()];
    receiver.send({ op: 'receive', inbox: network.receiver, credit: 1_000 });
    await receiver.next('receiving');
    const count = 600;
    for (let n = 0; n < count; n += 1) sender.send({ op: 'publish', n, message: message(n) });
    const published = await sender.all('published', count);
    expect(published.map(({ n }) => n).toSorted((a, b) => Number(a) - Number(b))).toEqual([...Array(count).keys()]);
    expect(published.filter(({ receipt }) => receipt === undefined)).toEqual([]);
    const deliveries = await receiver.all('delivery', count);
    expect(deliveries.map(({ message: each }) => each?.data.payload.n)).toEqual([...Array(count).keys()]);
    expect(deliveries.map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    receiver.send({ op: 'ack', inbox: network.receiver, upTo: count });
    expect(await receiver.next('settled', ({ upTo }) => upTo === count)).toMatchObject({ inbox: network.receiver });
    const left = await broker.api<{ items: unknown[] }>(
      'GET',
      `/v1/twins/${encodeURIComponent(network.receiver)}/inbox`,
      undefined,
      organization.token,
    );
    expect(left.body.items).toEqual([]);
  });

  it('tells a bad message from its neighbours, and a repeat from a first', async () => {
    const client = await open();
    const good = { ...message(1) } as { header: { messageId: string } };
    good.header.messageId = randomUUID();
    client.send({ op: 'publish', n: 1, message: good });
    client.send('{"op":"publish","n":2,"message":{"header":{},"data":nonsense}}');
    client.send({ op: 'publish', n: 3, message: { header: {} } });
    client.send({ op: 'publish', n: 4, message: good });
    const published = await client.all('published', 4);
    const byNumber = new Map(published.map((frame) => [frame.n, frame]));
    expect(byNumber.get(1)?.receipt).toMatchObject({ repeated: false });
    expect(byNumber.get(2)?.problem?.type).toContain('malformed-message');
    expect(byNumber.get(3)?.problem?.type).toContain('validation-failed');
    expect(byNumber.get(4)?.receipt).toMatchObject({ repeated: true });
  });
});
