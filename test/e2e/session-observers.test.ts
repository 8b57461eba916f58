import { jest } from '@jest/globals';
import type { Answer } from './support/http-client.js';
import { expectRefusal, twinPath } from './support/refusals.js';
import { RunningBroker } from './support/running-broker.js';
import { SessionClient } from './support/session-client.js';
import { TRAFFIC, TwoCities } from './support/two-cities.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.
jest.setTimeout(120_000);

describe('an observer of an inbox', () => {
  let broker: RunningBroker;
  let cities: TwoCities;
  let sessions: SessionClient[] = [];
  beforeAll(async () => {
    broker = await RunningBroker.start();
    cities = await TwoCities.in(broker);
    const grant = twinPath(TRAFFIC, '/inbox/observers/organization/fire');
    expect(await broker.api('PUT', grant, undefined, cities.traffic.token)).toMatchObject({ status: 200 });
  });
  afterEach(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    sessions = [];
    await cities.empty(TRAFFIC, cities.traffic);
  });
  afterAll(() => broker.close());

  const open = async (token: string): Promise<SessionClient> => {
    const session = await SessionClient.open(broker.url, token);
    sessions.push(session);
    return session;
  };
  const look = (rest: string, token = cities.fire.token): Promise<Answer> =>
    broker.api('GET', twinPath(TRAFFIC, `/inbox${rest}`), undefined, token);

  it('takes nothing out of it over a session, which goes on for what is its own', async () => {
    const request = cities.invoke();
    const observer = await open(cities.fire.token);
    expect(await observer.publish(1, request)).toHaveProperty('receipt');
    observer.send({ op: 'receive', inbox: TRAFFIC, credit: 10 });
    const ended = await observer.next('ended');
    expect(ended).toMatchObject({ inbox: TRAFFIC, problem: { status: 403, type: 'urn:twinfed:problem:forbidden' } });
    expect(await observer.publish(2, cities.invoke())).toHaveProperty('receipt');
    expect(observer.frames.filter(({ op }) => op === 'delivery' || op === 'receiving')).toEqual([]);

    const seen = (await look('')).body as { items: { status: string }[] };
    expect(seen.items.map(({ status }) => status)).toEqual(['PENDING', 'PENDING']);
    const owner = await open(cities.traffic.token);
    owner.send({ op: 'receive', inbox: TRAFFIC, credit: 1 });
    expect(await owner.next('delivery')).toMatchObject({ attempt: 1, message: { header: { messageId: request.header['messageId'] } } });
  });

  it('sees what an owner’s session has in hand, and cannot settle it', async () => {
    const request = cities.invoke();
    expect(await cities.send(request)).toMatchObject({ status: 202 });
    const owner = await open(cities.traffic.token);
    owner.send({ op: 'receive', inbox: TRAFFIC, credit: 1 });
    const delivery = await owner.next('delivery');
    expect((await look('')).body).toMatchObject({ items: [{ status: 'LEASED', id: delivery.id }] });
    const observer = await open(cities.fire.token);
    observer.send({ op: 'ack', inbox: TRAFFIC, n: [1] });
    expect(await observer.ended).toMatchObject({ code: 4409 });
    owner.send({ op: 'ack', inbox: TRAFFIC, upTo: 1 });
    await owner.next('settled', ({ upTo }) => upTo === 1);
  });

  it('streams it with ack=none alone', async () => {
    const request = cities.invoke();
    expect(await cities.send(request)).toMatchObject({ status: 202 });
    expectRefusal(await look('/stream?maxSeconds=1&ack=auto'), 403, 'forbidden');
    const stream = await look('/stream?maxSeconds=1');
    expect(stream.status).toBe(200);
    expect(stream.body).toContain(`"messageId":"${String(request.header['messageId'])}"`);
    expect((await look('', cities.traffic.token)).body).toMatchObject({ items: [{ status: 'PENDING' }] });
  });
});
