import type { TwinId } from '../../src/kernel/ids.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { claimText } from '../../src/exchange/inbox/inbox.presenter.js';
import { numbers, provide, TestCity } from './exchange-fixture.js';

const COUNT = 40;
const MEGABYTE = 1_000_000;
/** What one answer may have: 16 MB, and the message that goes beyond it. */
const MOST = 18 * MEGABYTE;

describe('claims of large messages', () => {
  let city: TestCity;
  let receiver: TwinId;
  let sender: TwinId;

  const all = Array.from({ length: COUNT }, (_, n) => n);
  const send = (n: number): Promise<unknown> => {
    const message = provide(sender, receiver, n) as { data: { payload: object } };
    message.data.payload = { n, map: 'x'.repeat(0.95 * MEGABYTE) };
    return city.broker().send(message);
  };

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  beforeEach(async () => {
    [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
  });

  afterAll(async () => {
    await city.close();
  });

  it('stay within some megabytes, in order, whether the messages come for the first time or again', async () => {
    for (const n of all) await send(n);
    const seen: number[] = [];
    const tokens: string[] = [];
    for (let turn = 0; seen.length < COUNT; turn += 1) {
      const claim = await city.broker(turn % 2).claim(receiver, { consumer: 'one', max: 1_000 });
      expect(claimText(claim).length).toBeLessThan(MOST);
      seen.push(...numbers(claim));
      tokens.push(claim.token ?? '');
    }
    expect(seen).toEqual(all);
    expect(tokens).toHaveLength(3);

    // All of one key come back at once.
    const inbox = city.broker().get(InboxService);
    for (const leaseToken of tokens.toReversed()) await inbox.nack(receiver, { leaseToken }, 0);
    const again: number[] = [];
    while (again.length < COUNT) {
      const claim = await city.broker(1).claim(receiver, { consumer: 'one', max: 1_000 });
      expect(claimText(claim).length).toBeLessThan(MOST);
      expect(claim.deliveries.every(({ redelivered }) => redelivered)).toBe(true);
      again.push(...numbers(claim));
      await inbox.ack(receiver, { leaseToken: claim.token });
    }
    expect(again).toEqual(all);
    expect((await city.broker().claim(receiver)).token).toBeUndefined();
  });

  it('are no larger for who only looks, page by page', async () => {
    for (const n of all) await send(n);
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await city.broker().get(InboxService).browse(receiver, 1_000, cursor);
      expect(page.items.join('').length).toBeLessThan(MOST);
      seen.push(
        ...page.items.map((item) => (JSON.parse(item) as { message: { data: { payload: { n: number } } } }).message.data.payload.n),
      );
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(all);
  });

  it('leave nothing out of a key that others had in hand', async () => {
    await send(0);
    const first = await city.broker().claim(receiver, { consumer: 'one' });
    for (const n of all.slice(1)) await send(n);
    // The others lie behind it by then.
    expect((await city.broker().claim(receiver, { consumer: 'another' })).token).toBeUndefined();
    const inbox = city.broker().get(InboxService);
    await inbox.ack(receiver, { leaseToken: first.token });
    const seen: number[] = [];
    while (seen.length < COUNT - 1) {
      const claim = await city.broker().claim(receiver, { consumer: 'another', max: 1_000 });
      expect(claimText(claim).length).toBeLessThan(MOST);
      expect(claim.token).toBeDefined();
      seen.push(...numbers(claim));
      await inbox.ack(receiver, { leaseToken: claim.token });
    }
    expect(seen).toEqual(all.slice(1));
  });
});
