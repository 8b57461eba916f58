import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { SubscriptionService } from '../../src/exchange/subscription/subscription.service.js';
import type { SubscriptionTerms } from '../../src/exchange/subscription/terms/subscription-terms.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { CITY, notify, TestCity } from './exchange-fixture.js';

interface Published {
  n: number;
  key: string;
  /** Milliseconds after the first. */
  at: number;
}

/** What a subscriber does at one moment. */
interface Step {
  broker: number;
  max: number;
  does: 'ack' | 'nack' | 'restart';
}

/** Long ago, so that every interval is over but those after the last message of a key. */
const BEGAN_MS = -20 * 60_000;

/** What is told, by key: written without a look at how the broker does it. */
function model(terms: SubscriptionTerms, published: readonly Published[]): Map<string, number[]> {
  const told = new Map<string, number[]>();
  for (const key of new Set(published.map((each) => each.key))) {
    const passing = published.filter((each) => each.key === key && (terms.filter === undefined || each.n % 2 === 0));
    const out: number[] = [];
    let end = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < passing.length; i += 1) {
      const { n, at } = passing[i] ?? { n: 0, at: 0 };
      const next = passing[i + 1];
      const waits = at < end;
      if (waits && next !== undefined && next.at < end) continue;
      const last = out.at(-1);
      const isNews =
        last === undefined ||
        ((terms.onlyChanges === undefined || n !== last) &&
          (terms.deadband?.absolute === undefined || Math.abs(n - last) > terms.deadband.absolute));
      if (!isNews) continue;
      out.push(n);
      end = (waits ? end : at) + (terms.minIntervalMs ?? 0);
    }
    told.set(key, out);
  }
  return told;
}

const terms: fc.Arbitrary<SubscriptionTerms> = fc.record(
  {
    filter: fc.constant({ '==': [{ '%': [{ var: 'payload.n' }, 2] }, 0] }),
    minIntervalMs: fc.constantFrom(500, 3_000),
    onlyChanges: fc.constant(true as const),
    deadband: fc.record({ pointer: fc.constant('/n'), absolute: fc.constantFrom(1, 3) }),
  },
  { requiredKeys: [] },
);
const published: fc.Arbitrary<Published[]> = fc
  .array(
    fc.record({ n: fc.integer({ min: 0, max: 9 }), key: fc.constantFrom('a', 'b', 'c'), pause: fc.constantFrom(0, 100, 700, 2_999) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((list) => {
    let at = 0;
    return list.map(({ n, key, pause }) => ({ n, key, at: (at += pause) }));
  });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    broker: fc.constantFrom(0, 1),
    max: fc.constantFrom(1, 2, 7),
    does: fc.constantFrom<Step['does']>('ack', 'ack', 'ack', 'nack', 'restart'),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('what subscribers with terms are told', () => {
  let city: TestCity;
  let provider: TwinId;
  beforeAll(async () => {
    city = await TestCity.build(2);
    provider = await city.aTwin('provider');
  });
  afterAll(() => city.close());

  /** Publishes in one go and sets the acceptance times. */
  async function publish(list: readonly Published[]): Promise<void> {
    for (const { n, key } of list) await city.broker().send(notify(provider, n, { orderingKey: key }));
    await city.broker().database.query(
      `UPDATE message_log l SET accepted_at = clock_timestamp() + ($3::float8 + u.at) * interval '1 millisecond'
         FROM (SELECT position, row_number() OVER (ORDER BY position DESC) AS ord FROM message_log WHERE channel = $1) n
         JOIN unnest($2::float8[]) WITH ORDINALITY AS u (at, ord) ON u.ord = n.ord
        WHERE l.channel = $1 AND l.position = n.position`,
      [`stream feature ${provider} flow`, list.map(({ at }) => at).toReversed(), BEGAN_MS],
    );
  }

  it('is what a model tells, whatever broker they claim from, however little, with give-backs and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(terms, published, steps, async (asked, list, taken) => {
        const reader = await city.aTwin('reader');
        await city.connect(provider, reader);
        const wish = { id: `s-${randomUUID()}`, objectType: 'data' as const, objectId: 'flow', provider, terms: asked };
        await city.broker().get(SubscriptionService).subscribe(CITY, reader, wish);
        await publish(list);
        const told = new Map<string, number[]>();
        // The steps over and over, and at the end claims that find nothing more.
        for (let i = 0, empty = 0; empty < 2; i += 1) {
          const step = taken[i % taken.length] ?? { broker: 0, max: 1, does: 'ack' };
          if (step.does === 'restart' && i < 3) await city.restartBroker(1);
          const broker = city.broker(step.broker);
          const claim = await broker.claim(reader, { max: step.max });
          empty = claim.token === undefined ? empty + 1 : 0;
          if (claim.token === undefined) continue;
          // Fewer than make a dead letter.
          if (step.does === 'nack' && i < 8) {
            await broker.get(InboxService).nack(reader, { leaseToken: claim.token }, 0);
            continue;
          }
          for (const { candidate } of claim.deliveries) {
            const key = candidate.key.split(' ')[1] ?? '';
            told.set(key, [...(told.get(key) ?? []), (JSON.parse(candidate.payload ?? '') as { n: number }).n]);
          }
          await broker.get(InboxService).ack(reader, { leaseToken: claim.token });
        }
        const expected = model(asked, list);
        for (const [key, values] of expected) expect([key, told.get(key) ?? []]).toEqual([key, values]);
        await city.broker().get(SubscriptionService).end(reader, wish.id);
      }),
      { numRuns: 12, interruptAfterTimeLimit: 90_000 },
    );
  });
});
