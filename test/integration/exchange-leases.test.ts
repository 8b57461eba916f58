import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { TwinId } from '../../src/kernel/ids.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { InboxStore } from '../../src/exchange/inbox/inbox.store.js';
import { Inboxes } from '../../src/exchange/inbox/inboxes.js';
import { LogReader } from '../../src/exchange/log/log-reader.js';
import { Wakeups } from '../../src/exchange/log/wakeups.js';
import { numbers, provide, TestCity } from './exchange-fixture.js';

const LEASE_MS = 1_000;

describe('leases on slow and crowded brokers', () => {
  let city: TestCity;
  let receiver: TwinId;
  let sender: TwinId;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  beforeEach(async () => {
    [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await city.close();
  });

  const left = (expiresAt: Date | undefined): number => (expiresAt?.getTime() ?? 0) - city.broker().database.clock.now();

  it('last as long as was asked for, however long the log took to read', async () => {
    await city.broker().send(provide(sender, receiver, 1));
    const reader = city.broker().get(LogReader);
    const after = reader.afterWithin.bind(reader);
    jest.spyOn(reader, 'afterWithin').mockImplementation(async (...sources) => {
      await delay(LEASE_MS + 200);
      return after(...sources);
    });
    const claim = await city.broker().claim(receiver, { leaseMs: LEASE_MS });
    expect(numbers(claim)).toEqual([1]);
    expect(left(claim.expiresAt)).toBeGreaterThan(LEASE_MS / 2);
  });

  it('are not handed out when storing them took longer than they last, and that is no failed delivery', async () => {
    await city.broker().send(provide(sender, receiver, 1));
    const store = city.broker().get(InboxStore);
    const save = store.save.bind(store);
    jest.spyOn(store, 'save').mockImplementationOnce(async (...state) => {
      const version = await save(...state);
      await delay(LEASE_MS + 200);
      return version;
    });
    const claim = await city.broker().claim(receiver, { leaseMs: LEASE_MS, waitMs: 3_000 });
    expect(numbers(claim)).toEqual([1]);
    expect(claim.deliveries[0]).toMatchObject({ attempt: 1 });
    expect(left(claim.expiresAt)).toBeGreaterThan(LEASE_MS / 2);
    await expect(city.broker().get(InboxService).ack(receiver, { leaseToken: claim.token })).resolves.toBe(1);
  });

  it('run anew when the claim is repeated', async () => {
    await city.broker().send(provide(sender, receiver, 1));
    const request = { claimId: 'again', leaseMs: LEASE_MS };
    const first = await city.broker().claim(receiver, request);
    await delay(LEASE_MS * 0.6);
    const second = await city.broker(1).claim(receiver, request);
    expect(second.token).toBe(first.token);
    expect(left(second.expiresAt)).toBeGreaterThan(LEASE_MS * 0.8);
    await delay(LEASE_MS * 0.6);
    await expect(city.broker().get(InboxService).ack(receiver, { claimId: 'again' })).resolves.toBe(1);
  });

  it('are not shortened by a repeat that asks for less', async () => {
    await city.broker().send(provide(sender, receiver, 1));
    const first = await city.broker().claim(receiver, { claimId: 'again', leaseMs: 30_000 });
    const second = await city.broker(1).claim(receiver, { claimId: 'again', leaseMs: LEASE_MS });
    expect(second.expiresAt).toEqual(first.expiresAt);
  });

  it('are not given to who has hung up', async () => {
    await city.broker().send(provide(sender, receiver, 1));
    const reader = city.broker().get(LogReader);
    const after = reader.afterWithin.bind(reader);
    const hangUp = new AbortController();
    jest.spyOn(reader, 'afterWithin').mockImplementationOnce(async (...sources) => {
      hangUp.abort();
      return after(...sources);
    });
    const gone = await city.broker().claim(receiver, { claimId: 'gone' }, hangUp.signal);
    const late = await city.broker().claim(receiver, { claimId: 'late' }, hangUp.signal);
    expect([gone.token, late.token]).toEqual([undefined, undefined]);
    const { deliveries } = await city.broker(1).claim(receiver);
    expect(deliveries).toMatchObject([{ attempt: 1, redelivered: false }]);
  });

  it('cost nothing to those who find that all keys are in other hands, who get what is theirs in order', async () => {
    await city.broker().send(provide(sender, receiver, 0));
    const { token } = await city.broker().claim(receiver);
    const versions = async (): Promise<number> => {
      const [row] = await city
        .broker()
        .database.query<{ count: string }>('SELECT count(*) FROM inbox_state WHERE receiver = $1', [receiver]);
      return Number(row?.count);
    };
    const before = await versions();
    for (let n = 1; n <= 10; n += 1) {
      await city.broker().send(provide(sender, receiver, n));
      expect((await city.broker(n % 2).claim(receiver, { consumer: 'waits' })).token).toBeUndefined();
    }
    expect(await versions()).toBe(before);
    await city.broker().get(InboxService).ack(receiver, { leaseToken: token });
    expect(numbers(await city.broker(1).claim(receiver, { consumer: 'waits' }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('are given to who waits behind a key as soon as it is free, also when another broker changed the inbox meanwhile', async () => {
    await city.broker().send(provide(sender, receiver, 0));
    const { token } = await city.broker().claim(receiver);
    const waiting = city.broker().claim(receiver, { consumer: 'waits', waitMs: 20_000 });
    // Found when they come, and found again when there is nothing new.
    for (const n of [1, 2]) {
      await city.broker().send(provide(sender, receiver, n));
      await delay(300);
    }
    city.broker().get(Wakeups).wake(receiver);
    await delay(300);
    await city
      .broker(1)
      .get(Inboxes)
      .change(receiver, (state) => ({ state: { ...state, dropped: 1 }, result: undefined }));
    const began = performance.now();
    await city.broker().get(InboxService).ack(receiver, { leaseToken: token });
    expect(numbers(await waiting)).toEqual([1, 2]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('are given by a broker that always comes second: it has the next state reserved', async () => {
    const [fast, slow] = [city.broker(0).get(Inboxes), city.broker(1).get(Inboxes)];
    const beaten: Promise<void>[] = [];
    await slow.change(receiver, async (state) => {
      // While it makes up its mind, the other one changes the inbox.
      beaten.push(fast.change(receiver, (other) => ({ state: { ...other, dropped: (other.dropped ?? 0) + 1 }, result: undefined })));
      await Promise.race([...beaten.slice(-1), delay(300)]);
      return { state: { ...state, dropped: (state.dropped ?? 0) + 100 }, result: undefined };
    });
    await Promise.all(beaten);
    expect(beaten).toHaveLength(4);
    // Whatever was told to be stored is: the four of the fast broker, and the one of the slow.
    expect((await slow.read(receiver)).dropped).toBe(104);
  });

  it('wait no longer for a broker that froze with a reservation than that counts', async () => {
    await city.broker().send(provide(sender, receiver, 1));
    const store = city.broker(1).get(InboxStore);
    await city.broker().claim(receiver, { leaseMs: LEASE_MS });
    const reserved = await store.reserve(receiver, 'frozen');
    expect(reserved.reservedBy).toBe('frozen');
    const again = await store.reserve(receiver, 'another');
    expect(again).toEqual(reserved);
    const began = performance.now();
    await city
      .broker()
      .get(Inboxes)
      .change(receiver, (state) => ({ state: { ...state, dropped: 7 }, result: undefined }));
    expect(performance.now() - began).toBeGreaterThan(300);
    expect((await store.read(receiver)).reservedBy).toBeUndefined();
    await expect(store.save(receiver, reserved.version, reserved.state)).resolves.toBeUndefined();
    expect((await store.read(receiver)).state.dropped).toBe(7);
  });
});
