import { randomUUID } from 'node:crypto';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { SessionClient } from './support/session-client.js';
import { aTwinNetwork, flowMessage, type TwinNetwork } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

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

  it('hands the payload on as it was written', async () => {
    const client = await open();
    client.send({ op: 'receive', inbox: network.receiver, credit: 10 });
    const text = JSON.stringify(message(1)).replace('"payload":{"n":1}', '"payload":{ "n": 10000000000000000000000001, "x": 1.50 }');
    client.send(`{"message": ${text} , "n": 4 ,"op":"publish"}`);
    await client.next('delivery');
    expect(client.texts.find((each) => each.includes('"delivery"'))).toContain('"payload":{ "n": 10000000000000000000000001, "x": 1.50 }');
  });

  it('gives no more deliveries than it is granted', async () => {
    const client = await open();
    for (let n = 0; n < 5; n += 1) client.send({ op: 'publish', n, message: message(n) });
    await client.all('published', 5);
    client.send({ op: 'receive', inbox: network.receiver, credit: 2 });
    await client.all('delivery', 2);
    client.send({ op: 'ack', inbox: network.receiver, n: [2, 1] });
    await client.next('settled', ({ upTo }) => upTo === 2);
    expect(client.frames.filter(({ op }) => op === 'delivery').length).toBe(2);
    client.send({ op: 'credit', inbox: network.receiver, messages: 1 });
    await client.all('delivery', 3);
    client.send({ op: 'ack', inbox: network.receiver, upTo: 3, credit: 5 });
    const all = await client.all('delivery', 5);
    expect(all.map(({ message: each }) => each?.data.payload.n)).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives messages back with their key, and says so', async () => {
    const client = await open();
    for (let n = 0; n < 3; n += 1) client.send({ op: 'publish', n, message: message(n) });
    await client.all('published', 3);
    client.send({ op: 'receive', inbox: network.receiver, credit: 10 });
    await client.all('delivery', 3);
    client.send({ op: 'ack', inbox: network.receiver, n: [1] });
    client.send({ op: 'nack', inbox: network.receiver, n: [2], delayMs: 0 });
    expect(await client.next('lost')).toMatchObject({ n: [3] });
    const all = await client.all('delivery', 5);
    expect(all.slice(3)).toMatchObject([
      { n: 4, attempt: 2, redelivered: true, message: { data: { payload: { n: 1 } } } },
      { n: 5, attempt: 1, redelivered: true, message: { data: { payload: { n: 2 } } } },
    ]);
  });

  it('shares an inbox with other sessions by key, and leaves them what it had when it goes', async () => {
    const [one, two] = [await open(), await open()];
    const publisher = await open();
    for (const client of [one, two]) {
      client.send({ op: 'receive', inbox: network.receiver, credit: 1 });
      await client.next('receiving');
    }
    network.senders.forEach((sender, key) => {
      for (let n = 0; n < 3; n += 1) publisher.send({ op: 'publish', n: key * 3 + n, message: message(n, sender) });
    });
    const [first] = await one.all('delivery', 1);
    const [second] = await two.all('delivery', 1);
    const senderOf = (frame: typeof first): string | undefined => frame?.message?.header.sender.id;
    expect(new Set([senderOf(first), senderOf(second)])).toEqual(new Set(network.senders));
    await one.close();
    two.send({ op: 'ack', inbox: network.receiver, upTo: 1, credit: 100 });
    const rest = await two.all('delivery', 6);
    const again = rest.filter((frame) => senderOf(frame) === senderOf(first));
    expect(again.map(({ message: each }) => each?.data.payload.n)).toEqual([0, 1, 2]);
    expect(again[0]).toMatchObject({ redelivered: true, attempt: 2 });
  });

  it('stops reading an inbox when it is told to, and gives back what it had', async () => {
    const client = await open();
    await client.publish(1, message(1));
    client.send({ op: 'receive', inbox: network.receiver, credit: 10 });
    await client.next('delivery');
    client.send({ op: 'stop', inbox: network.receiver });
    expect(await client.next('ended')).toEqual({ op: 'ended', inbox: network.receiver });
    client.send({ op: 'receive', inbox: network.receiver, credit: 10 });
    expect(await client.next('delivery')).toMatchObject({ redelivered: true });
  });

  it('begins with a token in a frame where no header can be sent, and takes new ones of the same caller', async () => {
    const client = await SessionClient.open(broker.url);
    clients.push(client);
    client.send({ op: 'token', token: organization.token });
    await client.next('welcome');
    client.send({ op: 'token', token: await broker.tokenFor(organization.clientId, organization.clientSecret) });
    expect(await client.next('token')).toHaveProperty('expiresAt');
    const stranger = await broker.createOrganization();
    client.send({ op: 'token', token: stranger.token });
    expect(await client.next('token')).toMatchObject({ problem: { status: 403 } });
    client.send({ op: 'token', token: 'nonsense' });
    expect(await client.next('token')).toMatchObject({ problem: { status: 401 } });
    client.send({ op: 'ping' });
    expect(await client.next('pong')).toEqual({ op: 'pong' });
    const silent = await SessionClient.open(broker.url);
    expect(await silent.ended).toMatchObject({ code: 4401 });
    const wrong = await SessionClient.open(broker.url);
    wrong.send({ op: 'token', token: 'nonsense' });
    expect(await wrong.ended).toMatchObject({ code: 4401 });
  });

  it('ends when its organization is suspended', async () => {
    const other = await broker.createOrganization();
    const client = await open(other.token);
    await broker.api('POST', `/v1/organizations/${other.id}/suspend`, undefined, await broker.operatorToken());
    expect(await client.ended).toMatchObject({ code: 4401 });
  });

  it('is told when the broker stops, and goes on with what it had at the next one', async () => {
    const client = await open();
    await client.publish(1, message(1));
    client.send({ op: 'receive', inbox: network.receiver, credit: 10 });
    await client.next('delivery');
    expect(await broker.stop()).toBe(0);
    expect(await client.ended).toMatchObject({ code: 1012 });
    await broker.restart();
    const next = await open(await broker.tokenFor(organization.clientId, organization.clientSecret));
    next.send({ op: 'receive', inbox: network.receiver, credit: 10 });
    expect(await next.next('delivery')).toMatchObject({ attempt: 1, redelivered: true, message: { data: { payload: { n: 1 } } } });
  });

  it('loses nothing when the broker is killed: what had its receipt comes, in order', async () => {
    const client = await open(await broker.tokenFor(organization.clientId, organization.clientSecret));
    const count = 300;
    for (let n = 0; n < count; n += 1) client.send({ op: 'publish', n, message: message(n) });
    await client.all('published', 50);
    await broker.kill();
    await client.ended;
    const promised = client.frames.filter(({ receipt }) => receipt !== undefined).map(({ n }) => Number(n));
    await broker.restart();
    const next = await open(await broker.tokenFor(organization.clientId, organization.clientSecret));
    next.send({ op: 'receive', inbox: network.receiver, credit: 1_000 });
    const deliveries = await next.all('delivery', Math.max(...promised) + 1);
    const numbers = deliveries.map(({ message: each }) => each?.data.payload.n ?? -1);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    for (const n of promised) expect(numbers).toContain(n);
  });
});
