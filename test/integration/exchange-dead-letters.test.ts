import { jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { DeadLetterService } from '../../src/exchange/dead-letter/dead-letter.service.js';
import { DeadLetterSweep } from '../../src/exchange/dead-letter/dead-letter-sweep.js';
import { DeliveryJournal } from '../../src/exchange/history/delivery-journal.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import type { ReplayJob } from '../../src/exchange/replay/replay-job.js';
import { ReplayRunner } from '../../src/exchange/replay/replay-runner.js';
import { ReplayService, type ReplayWish } from '../../src/exchange/replay/replay.service.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { parseConnectionId, parseOrganizationId, type TwinId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import type { Envelope } from '../../src/vocabulary/envelope.js';
import { CITY, invoke, notify, numbers, provide, respond, type TestBroker, TestCity } from './exchange-fixture.js';

const STRANGER: Principal = { kind: 'organization', organization: parseOrganizationId('village'), subject: 'org_village' };

describe('dead letters and replays', () => {
  let city: TestCity;
  let sender: TwinId;
  let receiver: TwinId;
  let connection: string;

  beforeAll(async () => {
    city = await TestCity.build(2, { maxDeliveryAttempts: 1, deadLetterLimit: 5 });
  });

  beforeEach(async () => {
    sender = await city.aTwin('sender');
    receiver = await city.aTwin('receiver');
    [connection = ''] = await city.connect(sender, receiver);
  });

  afterAll(async () => {
    await city.close();
  });

  const letters = (filter: Parameters<DeadLetterService['list']>[1] = {}, broker = city.broker()) =>
    broker.get(DeadLetterService).list(receiver, filter);

  /** Has everything that waits given back once, which is once too often. */
  async function kill(reason?: string, broker: TestBroker = city.broker()): Promise<void> {
    const { token } = await broker.claim(receiver, { waitMs: 2_000 });
    await broker.get(InboxService).nack(receiver, { leaseToken: token ?? '' }, 0, reason);
  }

  /** Carries a replay on until it ends; other brokers may take part. */
  async function finished(job: ReplayJob): Promise<ReplayJob> {
    for (;;) {
      await Promise.all(city.brokers.map((broker) => broker.get(ReplayRunner).run()));
      const now = await city.broker().get(ReplayService).read(CITY, job.id);
      if (now.state !== 'RUNNING') return now;
      await delay(20);
    }
  }

  const replay = (wish: Partial<ReplayWish> = {}): Promise<ReplayJob> =>
    city
      .broker()
      .get(ReplayService)
      .start(CITY, { receiver, ratePerSecond: 1_000, ...wish });
  const replayDead = (wish: Partial<ReplayWish> = {}): Promise<ReplayJob> =>
    city
      .broker()
      .get(ReplayService)
      .startDead(CITY, { receiver, ratePerSecond: 1_000, ...wish });

  async function settled(broker = city.broker()): Promise<number[]> {
    const claim = await broker.claim(receiver, { waitMs: 2_000 });
    if (claim.token !== undefined) await broker.get(InboxService).ack(receiver, { leaseToken: claim.token });
    return numbers(claim);
  }

  describe('a dead letter', () => {
    it('says why it died and what happened before, and is found by what it is', async () => {
      await city.broker().send(provide(sender, receiver, 1, { lane: 'incident' }));
      await kill('no hands free');
      await city.broker().send(invoke(sender, receiver));
      await kill();
      const { items } = await letters();
      expect(items).toMatchObject([
        {
          sender,
          lane: 0,
          kind: 2,
          reasonCode: 'nacked',
          reason: 'no hands free',
          attempts: 1,
          action: 'PROVIDE',
          objectId: 'flow',
          awaited: false,
        },
        { sender, lane: 1, kind: 0, reasonCode: 'nacked', action: 'INVOKE', objectId: 'closeRoad', awaited: true },
      ]);
      const [first, second] = items;
      const found = async (filter: Parameters<DeadLetterService['list']>[1]) =>
        (await letters(filter)).items.map(({ position }) => position);
      expect(await found({ lane: 'incident' })).toEqual([first?.position]);
      expect(await found({ messageType: 'REQUEST' })).toEqual([second?.position]);
      expect(await found({ objectType: 'data', action: 'PROVIDE' })).toEqual([first?.position]);
      expect(await found({ ids: [second?.position ?? ''] })).toEqual([second?.position]);
      expect(await found({ reason: 'expired' })).toEqual([]);
      expect(await found({ sender: 'urn:x:nobody' })).toEqual([]);
      expect(await found({ to: first?.diedAt })).toEqual([]);
      expect(await found({ from: second?.diedAt })).toEqual([second?.position]);
      if (first === undefined) throw new Error('there is no letter');
      const history = await city.broker(1).get(DeliveryJournal).ofLetter(first);
      expect(history).toMatchObject([
        { event: 'delivered', attempt: 1 },
        { event: 'died', reason: 'no hands free' },
      ]);
    });

    it('pages', async () => {
      for (const n of [1, 2, 3]) await city.broker().send(provide(sender, receiver, n));
      await kill();
      const service = city.broker().get(DeadLetterService);
      const first = await service.list(receiver, {}, 2);
      const second = await service.list(receiver, {}, 2, first.next);
      expect([...first.items, ...second.items].map(({ payload }) => payload)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
      expect(second.next).toBeUndefined();
      await expect(service.list(receiver, { lane: 'bulk' }, 2, first.next)).rejects.toMatchObject({ name: 'InvalidCursor' });
    });

    it('of a message that asked for it is made when its time is over', async () => {
      await city.broker().send(provide(sender, receiver, 1, { ttlMs: 1, onExpiry: 'dead-letter' }));
      await city.broker().send(provide(sender, receiver, 2, { ttlMs: 1 }));
      await delay(5);
      expect((await city.broker().claim(receiver)).deliveries).toEqual([]);
      expect((await letters()).items).toMatchObject([{ reasonCode: 'expired', attempts: 0, payload: '{"n":1}' }]);
    });

    it('is discarded alone or with those that are meant', async () => {
      for (const n of [1, 2, 3]) await city.broker().send(provide(sender, receiver, n, { lane: n === 3 ? 'bulk' : 'normal' }));
      await kill();
      const service = city.broker().get(DeadLetterService);
      const [first] = (await letters()).items;
      await service.discard(CITY, receiver, first?.position ?? '');
      await service.discard(CITY, receiver, first?.position ?? '');
      expect(await service.discardMeant(CITY, receiver, { lane: 'bulk' })).toBe(1);
      expect((await letters()).items.map(({ payload }) => payload)).toEqual(['{"n":2}']);
    });

    it('goes when there are too many, or it is too old, the oldest first, and is counted', async () => {
      const { database } = city.broker();
      for (let n = 1; n <= 7; n += 1) await city.broker().send(provide(sender, receiver, n));
      await kill();
      await city.broker().get(DeadLetterSweep).trim();
      expect((await letters()).items.map(({ payload }) => payload)).toEqual([3, 4, 5, 6, 7].map((n) => `{"n":${n}}`));
      await database.query(`UPDATE dead_letter SET died_at = died_at - interval '1 year' WHERE receiver = $1 AND payload = '{"n":4}'`, [
        receiver,
      ]);
      await city.broker(1).get(DeadLetterSweep).sweep();
      const { items, lost } = await letters();
      expect(items.map(({ payload }) => payload)).toEqual([3, 5, 6, 7].map((n) => `{"n":${n}}`));
      expect(lost).toMatchObject({ overLimit: 2, overAge: 1 });
    });

    it('is made of every message of a large lease, in few statements, and each REQUEST among them has its answer', async () => {
      const broker = city.broker();
      for (let n = 0; n < 80; n += 1) void broker.send(provide(sender, receiver, n));
      await broker.send(invoke(sender, receiver));
      const asked = jest.spyOn(broker.database, 'query');
      await kill();
      expect(asked.mock.calls.filter(([sql]) => sql.includes('INSERT INTO dead_letter ('))).toHaveLength(4);
      asked.mockRestore();
      await broker.get(DeadLetterSweep).trim();
      const { items, lost } = await letters();
      expect(lost?.overLimit).toBe(76);
      expect(items.at(-1)).toMatchObject({ action: 'INVOKE', awaited: true, attempts: 1 });
      const [answer] = (await broker.claim(sender, { waitMs: 2_000 })).deliveries;
      expect(answer?.candidate.envelope).toContain('PEER_UNREACHABLE');
    });
  });

  describe('a replay of dead letters', () => {
    it('delivers each again, marked, once, and leaves REQUESTs out unless they are asked for', async () => {
      for (const n of [1, 2]) await city.broker().send(provide(sender, receiver, n));
      const question = invoke(sender, receiver, { causationId: 'what-caused-it' }) as { header: { messageId: string } };
      await city.broker().send(question);
      await kill();
      expect(await finished(await replayDead())).toMatchObject({ state: 'DONE', counts: { delivered: 2, skipped: { request: 1 } } });
      const claim = await city.broker(1).claim(receiver, { waitMs: 2_000 });
      expect(numbers(claim)).toEqual([1, 2]);
      expect(claim.deliveries.every(({ candidate }) => (candidate.traits & 4) !== 0)).toBe(true);
      await city
        .broker(1)
        .get(InboxService)
        .ack(receiver, { leaseToken: claim.token ?? '' });

      expect(await finished(await replayDead({ requests: true }))).toMatchObject({ counts: { delivered: 1, skipped: {} } });
      const [asked] = (await city.broker().claim(receiver, { waitMs: 2_000 })).deliveries;
      const { header } = JSON.parse(asked?.candidate.envelope ?? '{}') as Envelope;
      expect(header).toMatchObject({ replayOf: question.header.messageId, causationId: 'what-caused-it' });
      expect(header.messageId).not.toBe(question.header.messageId);
      // Its first answer was PEER_UNREACHABLE; the new REQUEST gets one of its own.
      await city.broker().send(respond(receiver, sender, header.messageId));
      const answers = await city.broker().claim(sender, { waitMs: 2_000 });
      const correlations = answers.deliveries.map(({ candidate }) => (JSON.parse(candidate.envelope) as Envelope).header.correlationId);
      expect(correlations.toSorted()).toEqual([question.header.messageId, header.messageId].toSorted());
      expect(await finished(await replayDead({ requests: true }))).toMatchObject({ counts: { delivered: 0, skipped: {} } });
    });

    it('leaves out what would be refused today, and says why', async () => {
      await city.broker().send(provide(sender, receiver, 1));
      await kill();
      await city.broker().get(ConnectionService).release(CITY, parseConnectionId(connection));
      await settled();
      expect(await finished(await replayDead())).toMatchObject({
        state: 'DONE',
        counts: { delivered: 0, skipped: { 'state-conflict': 1 } },
      });
      expect((await letters()).items).toMatchObject([{ replayedAt: null }]);
    });

    it('is found when it is asked for again, and is only its owner’s', async () => {
      const id = `again-${receiver.slice(-12)}`;
      const [one, two] = await Promise.all([replayDead({ id }), replayDead({ id })]);
      expect(two.createdAt).toEqual(one.createdAt);
      const service = city.broker().get(ReplayService);
      await expect(service.startDead(CITY, { receiver: sender, id })).rejects.toMatchObject({ code: 'already-exists' });
      await expect(service.read(STRANGER, id)).rejects.toMatchObject({ code: 'not-found' });
      await expect(service.cancel(STRANGER, id)).rejects.toMatchObject({ code: 'not-found' });
      await expect(service.start(STRANGER, { receiver })).rejects.toMatchObject({ code: 'forbidden' });
    });
  });

  describe('a replay of the log', () => {
    it('delivers a range again, beside what is sent now, and never what it delivered itself', async () => {
      for (const n of [1, 2, 3]) await city.broker().send(provide(sender, receiver, n));
      expect(await settled()).toEqual([1, 2, 3]);
      const [{ at }] = (await city
        .broker()
        .database.query<{ at: Date }>('SELECT accepted_at AS at FROM message_log WHERE channel = $1 AND payload = $2', [
          receiver,
          '{"n":2}',
        ])) as [{ at: Date }];
      expect(await finished(await replay({ filter: { from: at, objectType: 'data' } }))).toMatchObject({ counts: { delivered: 2 } });
      expect(await settled(city.broker(1))).toEqual([2, 3]);
      const again = await finished(await replay({ filter: { objectType: 'data' } }));
      expect(again.counts).toMatchObject({ delivered: 3, skipped: { 'replayed-already': 2 } });
      expect(await settled()).toEqual([1, 2, 3]);
    });

    it('goes on behind another broker’s progress, and repeats nothing that was appended before a crash', async () => {
      for (let n = 1; n <= 20; n += 1) await city.broker().send(provide(sender, receiver, n));
      await settled();
      const job = await replay();
      const { database } = city.broker();
      await city.broker().get(ReplayRunner).run();
      // As if the broker had died after appending, before it stored its progress.
      await database.query(
        `UPDATE replay_job SET state = 'RUNNING', broker = 'dead', leased_until = clock_timestamp() - interval '1 second',
                places = $2, counts = '{"read":0,"delivered":0,"skipped":{}}' WHERE id = $1`,
        [job.id, JSON.stringify(job.places)],
      );
      await city.broker(1).get(ReplayRunner).run();
      expect(await finished(job)).toMatchObject({ state: 'DONE' });
      expect((await settled()).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    });

    it('is carried on by one broker at a time, and stops when it is canceled', async () => {
      for (let n = 1; n <= 10; n += 1) await city.broker().send(provide(sender, receiver, n));
      await settled();
      const job = await replay({ ratePerSecond: 1 });
      await Promise.all(city.brokers.map((broker) => broker.get(ReplayRunner).run()));
      const running = await city.broker().get(ReplayService).read(CITY, job.id);
      expect(running).toMatchObject({ state: 'RUNNING', fence: '1' });
      expect(running.counts.delivered).toBeLessThan(10);
      const { database } = city.broker();
      const stale = await database.query(`SELECT FROM replay_job WHERE id = $1 AND fence = 0`, [job.id]);
      expect(stale).toEqual([]);
      expect(await city.broker(1).get(ReplayService).cancel(CITY, job.id)).toMatchObject({ state: 'CANCELED' });
      expect(await finished(job)).toMatchObject({ state: 'CANCELED' });
    });

    it('takes from a stream what the receiver is connected for', async () => {
      for (const n of [1, 2]) await city.broker().send(notify(sender, n));
      const source = { twin: sender, feature: 'flow' };
      expect(await finished(await replay({ source }))).toMatchObject({ source: 'stream', counts: { delivered: 2 } });
      expect(await settled()).toEqual([1, 2]);
      await expect(replay({ source: { twin: sender, feature: 'secret' } })).rejects.toMatchObject({ code: 'state-conflict' });
      const other = await city.aTwin('other');
      await expect(replay({ source: { twin: other, feature: 'flow' } })).rejects.toMatchObject({ code: 'state-conflict' });
    });

    it('fills the inbox of another twin of the same owner, as far as it is connected', async () => {
      const second = await city.aTwin('second');
      await city.broker().send(provide(sender, receiver, 1));
      await settled();
      const wish = { receiver: second, source: { inbox: receiver }, ratePerSecond: 1_000, filter: { objectType: 'data' } };
      const start = (): Promise<ReplayJob> => city.broker().get(ReplayService).start(CITY, wish);
      expect(await finished(await start())).toMatchObject({ counts: { delivered: 0, skipped: { 'state-conflict': 1 } } });
      await city.connect(sender, second);
      expect(await finished(await start())).toMatchObject({ counts: { delivered: 1 } });
      const { deliveries } = await city.broker().claim(second, { waitMs: 2_000 });
      expect(deliveries.map(({ candidate }) => (JSON.parse(candidate.envelope) as Envelope).header.receiver?.id)).toEqual([second]);
    });
  });
});
