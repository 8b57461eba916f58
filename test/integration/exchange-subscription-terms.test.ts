import { randomUUID } from 'node:crypto';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { readDataTerms, type SubscriptionTermsDto } from '../../src/exchange/dto/subscription-terms.dto.js';
import { SubscriptionService } from '../../src/exchange/subscription/subscription.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { CITY, notify, numbers, TestCity } from './exchange-fixture.js';

describe('subscriptions with terms', () => {
  let city: TestCity;
  beforeAll(async () => {
    city = await TestCity.build(2);
  });
  afterAll(() => city.close());

  async function subscribed(terms: SubscriptionTermsDto): Promise<{ provider: TwinId; reader: TwinId; id: string }> {
    const [provider, reader] = [await city.aTwin('provider'), await city.aTwin('reader')];
    await city.connect(provider, reader);
    return { provider, reader, id: await subscribe(provider, reader, terms) };
  }

  async function subscribe(provider: TwinId, reader: TwinId, terms: SubscriptionTermsDto): Promise<string> {
    const id = `s-${randomUUID()}`;
    const wish = { id, objectType: 'data' as const, objectId: 'flow', provider, ...readDataTerms(terms, '') };
    await city.broker().get(SubscriptionService).subscribe(CITY, reader, wish);
    // The other broker learns of it by its own event reader; a test must not depend on when.
    for (const broker of city.brokers) await broker.get(SubscriptionService).list(reader);
    return id;
  }

  async function publish(provider: TwinId, values: readonly number[], key?: string): Promise<void> {
    for (const n of values) await city.broker().send(notify(provider, n, key === undefined ? {} : { orderingKey: key }));
  }

  /** Claims and settles until nothing comes any more. */
  async function told(reader: TwinId, max = 100, broker = 0): Promise<number[]> {
    const found: number[] = [];
    for (;;) {
      const claim = await city.broker(broker).claim(reader, { max });
      if (claim.token === undefined) return found;
      found.push(...numbers(claim));
      await city.broker(broker).get(InboxService).ack(reader, { leaseToken: claim.token });
    }
  }

  const above = (n: number): object => ({ '>': [{ var: 'payload.n' }, n] });

  it('delivers what the filter lets through, in order, and counts the rest', async () => {
    const { provider, reader, id } = await subscribed({ filter: { or: [above(5), { '===': [{ var: 'payload.n' }, 1] }] } });
    await publish(provider, [1, 2, 7, 3, 9, 5]);
    expect(await told(reader)).toEqual([1, 7, 9]);
    expect((await city.broker().get(SubscriptionService).counts(reader))[id]).toEqual({ delivered: 3, passed: 3, failed: 0 });
  });

  it('goes on past a thousand filtered messages in one claim that does not wait', async () => {
    const { provider, reader } = await subscribed({ filter: above(999) });
    await Promise.all(Array.from({ length: 1_100 }, (_, n) => city.broker().send(notify(provider, n % 999))));
    await publish(provider, [1_000]);
    expect(numbers(await city.broker().claim(reader, { max: 1 }))).toEqual([1_000]);
  });

  it('delivers nothing that makes the filter fail, and counts it', async () => {
    const { provider, reader, id } = await subscribed({ filter: { some: [{ var: 'payload.n' }, true] } });
    await publish(provider, [1, 2]);
    expect(await told(reader)).toEqual([]);
    expect((await city.broker().get(SubscriptionService).counts(reader))[id]).toMatchObject({ failed: 2 });
  });

  it('tells only what leaves the deadband around what was told last, for each ordering key', async () => {
    const { provider, reader } = await subscribed({ deadband: { pointer: '/n', absolute: 2 } });
    await publish(provider, [10, 11, 12, 13], 'a');
    await publish(provider, [11, 14], 'b');
    await publish(provider, [15, 16], 'a');
    expect(await told(reader, 2)).toEqual([10, 13, 11, 14, 16]);
  });

  it('tells only changes, and a message given back comes again though nothing has changed', async () => {
    const { provider, reader } = await subscribed({ onlyChanges: true });
    await publish(provider, [1, 1, 2, 2, 1]);
    const inbox = city.broker().get(InboxService);
    const first = await city.broker().claim(reader);
    expect(numbers(first)).toEqual([1, 2, 1]);
    await inbox.nack(reader, { leaseToken: first.token }, 0);
    const again = await city.broker().claim(reader);
    expect(numbers(again)).toEqual([1, 2, 1]);
    expect(again.deliveries.every(({ redelivered }) => redelivered)).toBe(true);
    await inbox.ack(reader, { leaseToken: again.token });
    await publish(provider, [1, 3]);
    expect(await told(reader)).toEqual([3]);
  });

  it('tells the last of an interval at its end, and not before', async () => {
    const { provider, reader } = await subscribed({ minIntervalMs: 60_000 });
    await publish(provider, [1, 2, 3, 4, 5, 6]);
    await acceptedAt(provider, [-200, -190, -150, -139.5, -60, -59]);
    // 1 at once; 2 and 3 wait for -140, 3 goes; 4 waits for -80; 5 and 6 for -20, 6 goes; 7 waits for what is to come.
    expect(await told(reader)).toEqual([1, 3, 4, 6]);
    await publish(provider, [7]);
    expect(await told(reader)).toEqual([]);
    await acceptedAt(provider, [-200, -190, -150, -139.5, -60, -59, -1]);
    expect(await told(reader)).toEqual([]);
  });

  /** Moves the acceptance times of the provider's messages, in seconds from now. */
  async function acceptedAt(provider: TwinId, seconds: readonly number[]): Promise<void> {
    await city.broker().database.query(
      `UPDATE message_log l SET accepted_at = clock_timestamp() + u.s * interval '1 second'
         FROM (SELECT position, row_number() OVER (ORDER BY position) AS ord FROM message_log WHERE channel = $1) n
         JOIN unnest($2::float8[]) WITH ORDINALITY AS u (s, ord) ON u.ord = n.ord
        WHERE l.channel = $1 AND l.position = n.position`,
      [`stream feature ${provider} flow`, seconds],
    );
  }

  it('begins with the last value, marked, when that is asked for', async () => {
    const [provider, reader] = [await city.aTwin('provider'), await city.aTwin('reader')];
    await city.connect(provider, reader);
    await publish(provider, [1, 2]);
    await subscribe(provider, reader, { lastValue: true });
    await publish(provider, [3]);
    const { deliveries } = await city.broker().claim(reader);
    expect(deliveries.map(({ candidate }) => [candidate.payload, candidate.lastValue])).toEqual([
      ['{"n":2}', true],
      ['{"n":3}', false],
    ]);
  });

  it('gives the latest of each key to a subscriber that is behind and asked for that, and everything to one that is not', async () => {
    const terms: SubscriptionTermsDto = { whenBehind: 'coalesceLatest', behindThreshold: 5 };
    const { provider, reader } = await subscribed(terms);
    await publish(provider, [1, 2, 3]);
    expect(await told(reader)).toEqual([1, 2, 3]);
    await publish(provider, [4, 5, 6], 'a');
    await publish(provider, [7, 8], 'b');
    await publish(provider, [9], 'a');
    const claim = await city.broker().claim(reader, { max: 1 });
    expect(numbers(claim)).toEqual([8]);
    await city.broker().get(InboxService).ack(reader, { leaseToken: claim.token });
    expect(await told(reader)).toEqual([9]);
  });

  it('judges what was published before a change by the former terms', async () => {
    const { provider, reader, id } = await subscribed({ filter: above(5) });
    await publish(provider, [1, 6]);
    const subscriptions = city.broker().get(SubscriptionService);
    await subscriptions.change(reader, id, () => ({ lane: 'normal', terms: { filter: above(0) } }));
    await publish(provider, [2, 7]);
    expect(await told(reader)).toEqual([6, 2, 7]);
    expect((await subscriptions.list(reader)).map(({ terms }) => terms?.at(-1)?.terms)).toEqual([{ filter: above(0) }]);
  });

  it('begins anew when a subscription is made again under its old name', async () => {
    const { provider, reader, id } = await subscribed({});
    await publish(provider, [1]);
    expect(await told(reader)).toEqual([1]);
    const subscriptions = city.broker().get(SubscriptionService);
    await subscriptions.end(reader, id);
    await publish(provider, [2]);
    await subscriptions.subscribe(CITY, reader, { id, objectType: 'data', objectId: 'flow', provider });
    await publish(provider, [3]);
    expect(await told(reader)).toEqual([3]);
  });
});
