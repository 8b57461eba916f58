import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Answer } from './support/http-client.js';
import { twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { FIRE, TRAFFIC, TwoCities } from './support/two-cities.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.
jest.setTimeout(120_000);

interface Claim {
  claimId: string;
  deliveries: {
    redelivered: boolean;
    message: { header: { messageId: string; messageType: string; correlationId?: string }; data: object };
  }[];
}

describe('a caller who waits for its answer', () => {
  let first: RunningBroker;
  let second: RunningBroker;
  let cities: TwoCities;
  beforeAll(async () => {
    first = await RunningBroker.start();
    second = await RunningBroker.start({ database: first.database });
    cities = await TwoCities.in(first);
  });
  afterAll(async () => {
    await second.close();
    await first.close();
  });

  const brokerOf = (name: string): RunningBroker => (name === 'first' ? first : second);
  const claimed = async (broker: RunningBroker, twin: string, { token }: TestOrganization): Promise<Claim> =>
    (await broker.api<Claim>('POST', twinPath(twin, '/inbox/claims'), { waitSeconds: 60 }, token)).body;
  const answer = (broker: RunningBroker, id: unknown): Promise<Answer> =>
    broker.api('POST', '/v1/messages', cities.respond(id, { closed: true }), cities.traffic.token);

  /** Resolves when nothing waits any more: what was given inline is settled soon after it was written. */
  async function untilEmpty(broker: RunningBroker): Promise<void> {
    for (;;) {
      const { body } = await broker.api<{ items: unknown[] }>('GET', twinPath(FIRE, '/inbox'), undefined, cities.fire.token);
      if (body.items.length === 0) return;
      await delay(20);
    }
  }

  it.each([
    ['first', 'second'],
    ['second', 'first'],
    ['first', 'first'],
  ])('at the %s broker gets it inline though it came through the %s, and not a second time from its inbox', async (here, there) => {
    const request = cities.invoke();
    const asked = brokerOf(here).api('POST', '/v1/messages?wait=60', request, cities.fire.token);
    const { deliveries } = await claimed(brokerOf(there), TRAFFIC, cities.traffic);
    expect(deliveries.map(({ message }) => message.header.messageId)).toEqual([request.header['messageId']]);
    expect(await answer(brokerOf(there), request.header['messageId'])).toMatchObject({ status: 202 });
    expect(await asked).toMatchObject({
      status: 200,
      body: { header: { messageType: 'RESPONSE', correlationId: request.header['messageId'] }, data: { payload: { closed: true } } },
    });
    await untilEmpty(brokerOf(there));
  });

  it.each(['first', 'second'])('and hangs up before it comes through the %s broker finds it in its inbox', async (there) => {
    const request = cities.invoke();
    const caller = new AbortController();
    const asked = fetch(`${first.url}/v1/messages?wait=60`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cities.fire.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: caller.signal,
    });
    const ended = expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await claimed(second, TRAFFIC, cities.traffic);
    caller.abort();
    await ended;
    expect(await answer(brokerOf(there), request.header['messageId'])).toMatchObject({ status: 202 });
    const { claimId, deliveries } = await claimed(second, FIRE, cities.fire);
    expect(deliveries).toMatchObject([
      { redelivered: false, message: { header: { messageType: 'RESPONSE', correlationId: request.header['messageId'] } } },
    ]);
    const ack = await second.api('POST', twinPath(FIRE, '/inbox/acks'), { claimId }, cities.fire.token);
    expect(ack).toMatchObject({ status: 200, body: { settled: 1 } });
    await untilEmpty(first);
  });
});
