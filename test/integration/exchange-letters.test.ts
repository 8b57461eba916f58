import { EventConsumers } from '../../src/database/event-consumers.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { ExpiryLetters } from '../../src/exchange/control/expiry-letters.js';
import { ReceiverLetters } from '../../src/exchange/control/receiver-letters.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { CITY, invoke, numbers, provide, respond, type TestBroker, TestCity } from './exchange-fixture.js';

describe('messages of which the time, or the receiver, is over', () => {
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

  async function becomes(twin: TwinId, status: string): Promise<void> {
    await city
      .broker(0)
      .get(UnitOfWork)
      .run(async (tx) => {
        await tx.query('UPDATE twin_lease SET status = $2, due_at = NULL WHERE twin_id = $1', [twin, status]);
        tx.record({ kind: 'twin.status-changed', subject: twin, data: { previous: 'STALE', status } });
      });
    for (const broker of city.brokers) await broker.get(EventConsumers).settled();
  }

  async function letters(receiver: TwinId): Promise<string[]> {
    const rows = await city
      .broker()
      .database.query<{ payload: string }>('SELECT payload FROM dead_letter WHERE receiver = $1 ORDER BY position', [receiver]);
    return rows.map(({ payload }) => payload);
  }

  /** Puts what waits for a receiver into the past, so that its time is over. */
  function overdue(receiver: TwinId): Promise<unknown> {
    return city
      .broker()
      .database.query(`UPDATE message_log SET expires_at = clock_timestamp() - interval '1 second' WHERE channel = $1`, [receiver]);
  }

  async function answerTo(broker: TestBroker, sender: TwinId, messageId: string): Promise<string | undefined> {
    const { response } = await broker.get(MessageIntakeService).report(CITY, sender, messageId);
    return response === undefined ? undefined : (JSON.parse(response) as { data: { status: { code: string } } }).data.status.code;
  }

  it('wait for a STALE receiver', async () => {
    const { receiver, sender } = await aPair();
    await becomes(receiver, 'STALE');
    await city.broker(0).send(provide(sender, receiver, 1));
    await becomes(receiver, 'ACTIVE');
    expect(numbers(await city.broker(1).claim(receiver))).toEqual([1]);
  });

  it('follow their sender’s wish when the receiver expires: dead letters at once, or waiting', async () => {
    const { receiver, sender } = await aPair();
    const wish = { onReceiverExpired: 'dead-letter' };
    await city.broker(0).send(provide(sender, receiver, 1, wish));
    await city.broker(0).send(provide(sender, receiver, 2));
    const { messageId } = await city.broker(0).send(invoke(sender, receiver, { ...wish, lane: 'incident', orderingKey: 'request' }));
    await city.broker(0).send(provide(sender, receiver, 3, { ...wish, orderingKey: 'leased' }));
    const answered = await city.broker(0).send(invoke(sender, receiver, { ...wish, orderingKey: 'answered' }));
    await city.broker(0).send(respond(receiver, sender, answered.messageId));
    await becomes(receiver, 'EXPIRED');
    expect(await letters(receiver)).toEqual(['{"n":1}', '{"road":"A40"}', '{"n":3}']);
    expect(await answerTo(city.broker(1), sender, messageId)).toBe('PEER_UNREACHABLE');
    expect(await answerTo(city.broker(1), sender, answered.messageId)).toBe('OK');
    await becomes(receiver, 'ACTIVE');
    await city.broker(1).get(ReceiverLetters).bury(receiver);
    expect(await city.broker().database.query('SELECT FROM withdrawal WHERE receiver = $1', [receiver])).toHaveLength(3);
  });

  it('are dead letters when their time is over and their sender asked for it, read or not', async () => {
    const { receiver, sender } = await aPair();
    const wish = { onExpiry: 'dead-letter' };
    await city.broker(0).send(provide(sender, receiver, 1, wish));
    await city.broker(0).send(provide(sender, receiver, 2));
    const { messageId } = await city.broker(0).send(invoke(sender, receiver, wish));
    await city.broker(0).send(respond(receiver, sender, messageId));
    await overdue(receiver);
    await Promise.all(city.brokers.map((broker) => broker.get(ExpiryLetters).look()));
    expect(await letters(receiver)).toEqual(['{"n":1}']);
    await Promise.all(city.brokers.map((broker) => broker.get(ExpiryLetters).look()));
    expect((await city.broker(1).claim(receiver)).deliveries).toHaveLength(0);
    expect(await letters(receiver)).toEqual(['{"n":1}']);
  });

  it('are dead letters when a claim passes them before anybody else looked', async () => {
    const { receiver, sender } = await aPair();
    await city.broker(0).send(provide(sender, receiver, 1, { onExpiry: 'dead-letter' }));
    await city.broker(0).send(provide(sender, receiver, 2));
    await overdue(receiver);
    await city.broker(0).send(provide(sender, receiver, 3));
    expect(numbers(await city.broker(1).claim(receiver))).toEqual([3]);
    expect(await letters(receiver)).toEqual(['{"n":1}']);
  });
});
