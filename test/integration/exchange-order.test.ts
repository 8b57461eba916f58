import { Client } from 'pg';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { createEmptyDatabase } from '../support/test-database.js';
import { notify, numbers, provide, TestCity } from './exchange-fixture.js';

describe('the log on two brokers', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  /** Reads a receiver's inbox through both brokers at once until `count` messages are settled. */
  async function consume(receiver: TwinId, count: number): Promise<Map<string, number[]>> {
    const seen = new Map<string, number[]>();
    let settled = 0;
    const consumer = async (n: number): Promise<void> => {
      const broker = city.broker(n);
      while (settled < count) {
        const claim = await broker.claim(receiver, { consumer: `c${n}`, max: 37, waitMs: 500 });
        if (claim.token === undefined) continue;
        const values = numbers(claim);
        claim.deliveries.forEach(({ candidate, attempt }, index) => {
          expect(attempt).toBe(1);
          seen.set(candidate.sender, [...(seen.get(candidate.sender) ?? []), values[index] ?? -1]);
        });
        settled += claim.deliveries.length;
        await broker.get(InboxService).ack(receiver, { leaseToken: claim.token });
      }
    };
    await Promise.all([consumer(0), consumer(1)]);
    return seen;
  }

  it('loses nothing, repeats nothing and keeps each sender’s order, whichever broker it sends through, beside an open write in another database', async () => {
    const elsewhere = await createEmptyDatabase();
    const blocker = new Client(elsewhere.url);
    await blocker.connect();
    await blocker.query('CREATE TABLE t (n int); BEGIN; INSERT INTO t VALUES (1)');
    try {
      const receiver = await city.aTwin('receiver');
      const senders = await Promise.all(Array.from({ length: 6 }, (_, n) => city.aTwin(`sender${n}`)));
      await city.connect(receiver, ...senders);
      const each = 60;
      const sending = senders.map(async (sender, s) => {
        // The 2xx of one message comes before the next is sent, through the other broker.
        for (let n = 0; n < each; n += 1) await city.broker((s + n) % 2).send(provide(sender, receiver, n));
      });
      const [seen] = await Promise.all([consume(receiver, senders.length * each), ...sending]);
      for (const sender of senders) expect(seen.get(sender)).toEqual(Array.from({ length: each }, (_, n) => n));
    } finally {
      await blocker.query('ROLLBACK');
      await blocker.end();
      await elsewhere.drop();
    }
  });

  it('stores a message once that comes through both brokers at the same moment', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const messages = Array.from({ length: 30 }, (_, n) => provide(sender, receiver, n));
    const receipts = await Promise.all(messages.flatMap((message) => [city.broker(0).send(message), city.broker(1).send(message)]));
    expect(receipts.filter((receipt) => receipt.repeated)).toHaveLength(30);
    expect(numbers(await city.broker().claim(receiver)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  it('refuses the id of an accepted message for another one', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const first = provide(sender, receiver, 1, { messageId: 'm-1' });
    await city.broker(0).send(first);
    await expect(city.broker(1).send(provide(sender, receiver, 2, { messageId: 'm-1' }))).rejects.toMatchObject({
      code: 'message-conflict',
    });
    await expect(city.broker(1).send(first)).resolves.toMatchObject({ repeated: true });
  });

  it('wakes a reader that waits on the other broker', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const waiting = city.broker(1).claim(receiver, { waitMs: 20_000 });
    await city.broker(0).send(provide(sender, receiver, 7));
    expect(numbers(await waiting)).toEqual([7]);
  });

  it('lets an incident overtake a waiting backlog, while the backlog still moves', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const broker = city.broker();
    await Promise.all(Array.from({ length: 50 }, (_, n) => broker.send(provide(sender, receiver, n, { lane: 'bulk' }))));
    await Promise.all(Array.from({ length: 30 }, (_, n) => broker.send(provide(sender, receiver, 1_000 + n, { lane: 'incident' }))));
    const got = numbers(await broker.claim(receiver, { max: 20 }));
    expect(got.slice(0, 18).every((n) => n >= 1_000)).toBe(true);
    expect(got.slice(18).every((n) => n < 1_000)).toBe(true);
  });

  it('keeps the order within a stream for a subscriber on the other broker', async () => {
    const { SubscriptionService } = await import('../../src/exchange/subscription/subscription.service.js');
    const { CITY } = await import('./exchange-fixture.js');
    const [subscriber, provider] = [await city.aTwin('subscriber'), await city.aTwin('provider')];
    await city.connect(subscriber, provider);
    await city.broker(0).send(notify(provider, -1));
    await city.broker(1).get(SubscriptionService).subscribe(CITY, subscriber, { objectType: 'data', objectId: 'flow', provider });
    for (let n = 0; n < 20; n += 1) await city.broker(n % 2).send(notify(provider, n));
    expect(numbers(await city.broker(1).claim(subscriber))).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });
});
