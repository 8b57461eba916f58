import { BacklogService } from '../../src/exchange/control/backlog.service.js';
import { InboxDepths } from '../../src/exchange/control/inbox-depths.js';
import { InboxObservers } from '../../src/exchange/control/inbox-observers.js';
import { InboxOverflow } from '../../src/exchange/control/inbox-overflow.js';
import type { InboxSettings } from '../../src/exchange/control/inbox-settings.js';
import { InboxSettingsDirectory } from '../../src/exchange/control/inbox-settings-directory.js';
import { InboxSettingsService } from '../../src/exchange/control/inbox-settings.service.js';
import { PurgeService } from '../../src/exchange/control/purge.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { InboxStream } from '../../src/exchange/inbox/inbox-stream.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import { parseOrganizationId, type TwinId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import { CITY, invoke, notify, numbers, provide, respond, type TestBroker, TestCity } from './exchange-fixture.js';

const OTHER: Principal = { kind: 'organization', organization: parseOrganizationId('other'), subject: 'org_other' };

describe('an inbox that its owner runs', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  async function aPair(): Promise<{ receiver: TwinId; sender: TwinId }> {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    return { receiver, sender };
  }

  async function limit(receiver: TwinId, limits: InboxSettings['limits'], overflow: InboxSettings['overflow'] = 'refuse'): Promise<void> {
    await city.broker(0).get(InboxSettingsService).limit(CITY, receiver, { limits, overflow });
    await heardOf(receiver, (settings) => settings.overflow === overflow && settings.limits.maxMessages === limits.maxMessages);
  }

  /** Until both brokers have heard of it. */
  async function heardOf(receiver: TwinId, holds: (settings: InboxSettings) => boolean): Promise<void> {
    for (const broker of city.brokers) {
      for (;;) {
        if (holds(await broker.get(InboxSettingsDirectory).of(receiver))) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  async function move(receiver: TwinId, event: 'pause' | 'resume' | 'drain'): Promise<void> {
    const { mode } = await city.broker(0).get(InboxSettingsService).move(CITY, receiver, event);
    await heardOf(receiver, (settings) => settings.mode === mode);
  }

  async function answerTo(sender: TwinId, messageId: string): Promise<string | undefined> {
    const { response } = await city.broker().get(MessageIntakeService).report(CITY, sender, messageId);
    return response === undefined ? undefined : (JSON.parse(response) as { data: { status: { code: string } } }).data.status.code;
  }

  /** Forgets what the broker counted, as a second does. */
  function aSecondLater(broker: TestBroker, receiver: TwinId): void {
    broker.get(InboxDepths).forget(receiver);
  }

  describe('limited', () => {
    it('refuses what does not fit, REQUESTs too, but never a RESPONSE, and takes it once there is room', async () => {
      const { receiver, sender } = await aPair();
      await limit(receiver, { maxMessages: 3 });
      const { messageId } = await city.broker(0).send(invoke(receiver, sender));
      for (let n = 0; n < 3; n += 1) await city.broker(0).send(provide(sender, receiver, n));
      const full = { code: 'inbox-full', pointer: '/header/receiver/id' };
      await expect(city.broker(0).send(provide(sender, receiver, 3))).rejects.toMatchObject(full);
      await expect(city.broker(1).send(invoke(sender, receiver))).rejects.toMatchObject(full);
      await city.broker(1).send(respond(sender, receiver, messageId));
      const { token } = await city.broker(1).claim(receiver);
      await city.broker(1).get(InboxService).ack(receiver, { leaseToken: token });
      aSecondLater(city.broker(0), receiver);
      await city.broker(0).send(provide(sender, receiver, 4));
    });

    it('counts bytes, and what waits behind a held key', async () => {
      const { receiver, sender } = await aPair();
      await limit(receiver, { maxBytes: 3_000 });
      await city.broker().send(provide(sender, receiver, 0, { notBefore: new Date(Date.now() + 3_600_000).toISOString() }));
      // The frontier passes what has the same key.
      let sent = 1;
      for (; sent < 20; sent += 1) {
        await city.broker().claim(receiver);
        aSecondLater(city.broker(), receiver);
        const outcome = await city
          .broker()
          .send(provide(sender, receiver, sent))
          .catch((error: unknown) => error);
        if ((outcome as { code?: string }).code === 'inbox-full') break;
      }
      expect(sent).toBeLessThan(10);
      expect(sent).toBeGreaterThan(2);
    });

    it('drops the oldest, of the least urgent lane first, and answers the REQUESTs among them', async () => {
      const { receiver, sender } = await aPair();
      const broker = city.broker(0);
      const { messageId } = await broker.send(invoke(sender, receiver, { lane: 'bulk' }));
      for (let n = 0; n < 3; n += 1) await broker.send(provide(sender, receiver, n, { lane: 'bulk' }));
      for (let n = 10; n < 13; n += 1) await broker.send(provide(sender, receiver, n));
      await limit(receiver, { maxMessages: 5 }, 'dropOldest');
      await broker.send(provide(sender, receiver, 13));
      expect(await answerTo(sender, messageId)).toBe('PEER_UNREACHABLE');
      const backlog = await city.broker(1).get(BacklogService).of(receiver);
      expect(backlog.dropped).toBe(2);
      expect(backlog.lanes.map(({ waiting }) => waiting)).toEqual([0, 4, 2]);
      expect(numbers(await city.broker(1).claim(receiver))).toEqual([10, 11, 12, 13, 1, 2]);
    });

    it('delivers only the newest of each kind beyond the limit, and refuses REQUESTs there', async () => {
      const { receiver, sender } = await aPair();
      const broker = city.broker(0);
      for (let n = 0; n < 4; n += 1) {
        await broker.send(provide(sender, receiver, n, { orderingKey: 'a' }));
        await broker.send(provide(sender, receiver, 10 + n, { orderingKey: 'b' }));
      }
      await limit(receiver, { maxMessages: 2 }, 'coalesceLatest');
      await expect(broker.send(invoke(sender, receiver))).rejects.toMatchObject({ code: 'inbox-full' });
      await broker.send(provide(sender, receiver, 4, { orderingKey: 'a' }));
      aSecondLater(broker, receiver);
      await broker.send(provide(sender, receiver, 14, { orderingKey: 'b' }));
      expect(numbers(await city.broker(1).claim(receiver))).toEqual([13, 4, 14]);
    });

    it('passes over what waited too long, and answers a REQUEST that did', async () => {
      const { receiver, sender } = await aPair();
      const broker = city.broker();
      const { messageId } = await broker.send(invoke(sender, receiver));
      await broker.send(provide(sender, receiver, 1));
      await city
        .broker()
        .database.query(`UPDATE message_log SET accepted_at = accepted_at - interval '1 hour' WHERE channel = $1`, [receiver]);
      await limit(receiver, { maxAgeSeconds: 600 });
      await heardOf(receiver, ({ limits }) => limits.maxAgeSeconds === 600);
      await broker.send(provide(sender, receiver, 2));
      expect(numbers(await city.broker(1).claim(receiver))).toEqual([2]);
      expect(await answerTo(sender, messageId)).toBe('PEER_UNREACHABLE');
    });

    it('drops while it is claimed through the other broker, and nothing twice', async () => {
      const { receiver, sender } = await aPair();
      await limit(receiver, { maxMessages: 10 }, 'dropOldest');
      const settings = await city.broker(0).get(InboxSettingsDirectory).of(receiver);
      const seen: number[] = [];
      let sending = true;
      const consume = async (): Promise<void> => {
        while (sending) {
          const claim = await city.broker(1).claim(receiver, { max: 3 });
          seen.push(...numbers(claim));
          if (claim.token !== undefined) await city.broker(1).get(InboxService).ack(receiver, { leaseToken: claim.token });
        }
      };
      const consuming = consume();
      for (let n = 0; n < 150; n += 1) {
        await city.broker(0).send(provide(sender, receiver, n));
        if (n % 10 === 0) await city.broker(0).get(InboxOverflow).passOver(receiver, settings);
      }
      sending = false;
      await consuming;
      seen.push(...numbers(await city.broker(0).claim(receiver)));
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBe(149);
    });
  });

  it('hands nothing out while it is paused, takes what comes, and goes on when it is resumed', async () => {
    const { receiver, sender } = await aPair();
    await city.broker(0).send(provide(sender, receiver, 1));
    const first = await city.broker(1).claim(receiver);
    await move(receiver, 'pause');
    await city.broker(0).send(provide(sender, receiver, 2));
    expect(await city.broker(1).claim(receiver)).toMatchObject({ deliveries: [], paused: true });
    await city.broker(1).get(InboxService).ack(receiver, { leaseToken: first.token });
    const waiting = city.broker(1).claim(receiver, { waitMs: 30_000 });
    await city.broker(0).get(InboxSettingsService).move(CITY, receiver, 'resume');
    expect(numbers(await waiting)).toEqual([2]);
  });

  it('accepts nothing but RESPONSEs while it is drained', async () => {
    const { receiver, sender } = await aPair();
    await city.broker(0).send(provide(sender, receiver, 1));
    const { messageId } = await city.broker(0).send(invoke(receiver, sender));
    await move(receiver, 'drain');
    await expect(city.broker(1).send(provide(sender, receiver, 2))).rejects.toMatchObject({ code: 'inbox-draining' });
    await city.broker(1).send(respond(sender, receiver, messageId));
    expect((await city.broker(1).claim(receiver)).deliveries).toHaveLength(2);
    await move(receiver, 'resume');
    await city.broker(1).send(provide(sender, receiver, 3));
  });

  it('discards everything that waits, answers the REQUESTs, and leaves what is leased', async () => {
    const { receiver, sender } = await aPair();
    const broker = city.broker(0);
    await broker.send(provide(sender, receiver, 1, { orderingKey: 'given back' }));
    const back = await broker.claim(receiver);
    await broker.get(InboxService).nack(receiver, { leaseToken: back.token }, 0);
    await broker.send(provide(sender, receiver, 2, { orderingKey: 'leased' }));
    const leased = await broker.claim(receiver, { max: 1 });
    expect(numbers(leased)).toEqual([1]);
    const { messageId } = await broker.send(invoke(sender, receiver, { orderingKey: 'request' }));
    const { discarded } = await city.broker(1).get(PurgeService).purge(CITY, receiver);
    expect(discarded).toBe(2);
    expect(await answerTo(sender, messageId)).toBe('PEER_UNREACHABLE');
    await broker.send(provide(sender, receiver, 3));
    expect(numbers(await city.broker(1).claim(receiver))).toEqual([3]);
    await broker.get(InboxService).ack(receiver, { leaseToken: leased.token });
    await expect(broker.get(PurgeService).purge(OTHER, receiver)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('shows its backlog', async () => {
    const { receiver, sender } = await aPair();
    const broker = city.broker();
    await broker.send(provide(sender, receiver, 1));
    await broker.send(provide(sender, receiver, 2, { lane: 'bulk', orderingKey: 'x' }));
    await broker.claim(receiver, { max: 1 });
    await broker.send(provide(sender, receiver, 3, { orderingKey: 'later', notBefore: new Date(Date.now() + 60_000).toISOString() }));
    await broker.claim(receiver, { max: 1 });
    const backlog = await broker.get(BacklogService).of(receiver);
    expect(backlog).toMatchObject({ mode: 'OPEN', leased: 2, leases: 2, heldKeys: 1, dropped: 0, subscriptions: [] });
    expect(backlog.lanes.map(({ lane, waiting, atLeast }) => ({ lane, waiting, atLeast }))).toEqual([
      { lane: 'incident', waiting: 0, atLeast: false },
      { lane: 'normal', waiting: 1, atLeast: false },
      { lane: 'bulk', waiting: 0, atLeast: false },
    ]);
    expect(backlog.oldestUnackedMs).toBeGreaterThanOrEqual(0);
  });

  it('lets observers look, not take, and ends their streams when they may no longer', async () => {
    await city
      .broker()
      .database.query(
        `INSERT INTO organization (id, name, status, created_at) VALUES ('other', 'Other', 'ACTIVE', now()) ON CONFLICT DO NOTHING`,
      );
    const { receiver, sender } = await aPair();
    const observers = city.broker(1).get(InboxObservers);
    await expect(observers.requireReader(OTHER, receiver)).rejects.toMatchObject({ code: 'forbidden' });
    await city.broker(0).get(InboxObservers).grant(CITY, receiver, 'organization', 'other');
    await observers.requireReader(OTHER, receiver);
    await expect(observers.grant(OTHER, receiver, 'organization', 'other')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(observers.requireReader({ ...OTHER, kind: 'operator' }, receiver)).rejects.toMatchObject({ code: 'forbidden' });
    await city.broker(0).send(provide(sender, receiver, 1));
    const { signal, end } = observers.watch(OTHER, receiver);
    const ended = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await city.broker(0).get(InboxObservers).revoke(CITY, receiver, 'organization', 'other');
    await ended;
    end();
    await expect(observers.requireReader(OTHER, receiver)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(city.broker(0).get(InboxObservers).revoke(CITY, receiver, 'organization', 'other')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('shows a reader that takes nothing a timed message at its moment, and not what waits while it is paused', async () => {
    const { receiver, sender } = await aPair();
    const broker = city.broker();
    const now = broker.database.clock.now();
    await broker.send(provide(sender, receiver, 1, { notBefore: new Date(now + 1_500).toISOString(), orderingKey: 'later' }));
    await broker.send(provide(sender, receiver, 2));
    const stop = new AbortController();
    const frames = await broker.get(InboxStream).open(receiver, { ack: 'none', signal: stop.signal });
    const seen: number[] = [];
    const ids: string[] = [];
    for await (const text of frames) {
      const n = /"payload":\{"n":(\d+)\}/.exec(text)?.[1];
      if (n === undefined) continue;
      seen.push(Number(n));
      ids.push(/^id: (.*)$/m.exec(text)?.[1] ?? '');
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([2, 1]);
    expect(broker.database.clock.now()).toBeGreaterThanOrEqual(now + 1_500);
    // Whoever comes back with the first id does not miss the timed one.
    const again = await broker.get(InboxStream).open(receiver, { ack: 'none', signal: stop.signal, lastEventId: ids[0] });
    const repeated: string[] = [];
    for await (const text of again) {
      const n = /"payload":\{"n":(\d+)\}/.exec(text)?.[1];
      if (n !== undefined) repeated.push(n);
      if (n === '2') break;
    }
    expect(repeated).toEqual(['1', '2']);
    stop.abort();
  });

  it('lets what is published pass, however the inboxes of its subscribers are run', async () => {
    const { receiver, sender } = await aPair();
    await move(receiver, 'drain');
    await city.broker().send(notify(sender, 1));
  });
});
