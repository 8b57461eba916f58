import { setTimeout as delay } from 'node:timers/promises';
import { WithdrawalService } from '../../src/exchange/control/withdrawal.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import { DeadlineWatch } from '../../src/exchange/request/deadline-watch.js';
import { type DomainError } from '../../src/problems/domain-error.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { CITY, invoke, notify, numbers, provide, respond, type TestBroker, TestCity } from './exchange-fixture.js';

describe('withdrawing a message', () => {
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

  function withdraw(broker: TestBroker, sender: TwinId, messageId: string): Promise<unknown> {
    return broker.get(WithdrawalService).withdraw(CITY, sender, messageId);
  }

  it('keeps it from being delivered through either broker, tells the same when repeated, and reports it', async () => {
    const { receiver, sender } = await aPair();
    const receipts = [];
    for (let n = 0; n < 5; n += 1) receipts.push(await city.broker(0).send(provide(sender, receiver, n)));
    const [, second, , fourth] = receipts;
    // The other broker knows the inbox as it was.
    await city.broker(1).claim(receiver, { max: 1, consumer: 'one' });
    const first = await withdraw(city.broker(0), sender, second?.messageId ?? '');
    expect(await withdraw(city.broker(1), sender, second?.messageId ?? '')).toEqual(first);
    await withdraw(city.broker(0), sender, fourth?.messageId ?? '');
    expect(numbers(await city.broker(1).claim(receiver, { consumer: 'one' }))).toEqual([2, 4]);
    await expect(
      city
        .broker(1)
        .get(MessageIntakeService)
        .report(CITY, sender, second?.messageId ?? ''),
    ).resolves.toMatchObject({
      withdrawnAt: expect.any(Date) as Date,
    });
    expect((await city.broker(0).get(InboxService).browse(receiver, undefined, undefined)).items).toHaveLength(3);
  });

  it('is refused once somebody has it in hands, gave it back, or settled it', async () => {
    const { receiver, sender } = await aPair();
    const [broker, other] = [city.broker(0), city.broker(1)];
    const { messageId } = await broker.send(provide(sender, receiver, 1));
    const { token } = await broker.claim(receiver);
    await expect(withdraw(other, sender, messageId)).rejects.toMatchObject({ code: 'state-conflict' });
    await broker.get(InboxService).nack(receiver, { leaseToken: token }, 3_600_000);
    await expect(withdraw(other, sender, messageId)).rejects.toMatchObject({ code: 'state-conflict' });
    const { messageId: settled } = await broker.send(provide(sender, receiver, 2, { orderingKey: 'other' }));
    const lease = await broker.claim(receiver);
    await broker.get(InboxService).ack(receiver, { leaseToken: lease.token });
    await expect(withdraw(other, sender, settled)).rejects.toMatchObject({ code: 'expired' });
  });

  it('reaches a message that waits behind one of its key that is in other hands', async () => {
    const { receiver, sender } = await aPair();
    const broker = city.broker();
    await broker.send(provide(sender, receiver, 1));
    const first = await broker.claim(receiver, { consumer: 'a' });
    const { messageId } = await broker.send(provide(sender, receiver, 2));
    await broker.send(provide(sender, receiver, 3));
    // The frontier passes both: their key is busy.
    expect((await broker.claim(receiver, { consumer: 'b' })).deliveries).toHaveLength(0);
    await withdraw(city.broker(1), sender, messageId);
    await broker.get(InboxService).ack(receiver, { leaseToken: first.token });
    expect(numbers(await broker.claim(receiver, { consumer: 'b' }))).toEqual([3]);
  });

  it('ends a REQUEST without an answer, and refuses one that comes all the same', async () => {
    const { receiver, sender } = await aPair();
    const { messageId } = await city.broker(0).send(invoke(sender, receiver, { ttlMs: 300 }));
    await withdraw(city.broker(1), sender, messageId);
    await expect(city.broker(0).send(respond(receiver, sender, messageId))).rejects.toMatchObject({ code: 'already-answered' });
    await delay(350);
    await city.broker(0).get(DeadlineWatch).look();
    expect((await city.broker(0).claim(sender)).deliveries).toHaveLength(0);
    expect((await city.broker(1).claim(receiver)).deliveries).toHaveLength(0);
    const report = await city.broker(0).get(MessageIntakeService).report(CITY, sender, messageId);
    expect(report.response).toBeUndefined();
    expect(report.withdrawnAt).toBeInstanceOf(Date);
  });

  it('comes too late for a REQUEST that is answered, unclaimed or not', async () => {
    const { receiver, sender } = await aPair();
    const { messageId } = await city.broker(0).send(invoke(sender, receiver));
    await city.broker(1).send(respond(receiver, sender, messageId));
    await expect(withdraw(city.broker(0), sender, messageId)).rejects.toMatchObject({ code: 'expired' });
  });

  it('is refused for what was published, what nobody sent, and what is another’s', async () => {
    const { receiver, sender } = await aPair();
    const { messageId } = await city.broker().send(notify(sender, 1));
    await expect(withdraw(city.broker(), sender, messageId)).rejects.toMatchObject({ code: 'state-conflict' });
    await expect(withdraw(city.broker(), sender, 'never sent')).rejects.toMatchObject({ code: 'not-found' });
    await expect(withdraw(city.broker(), sender, `\u0000`)).rejects.toMatchObject({ code: 'not-found' });
    await expect(withdraw(city.broker(), receiver, messageId)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('and a claim through another broker: of 200 races each has exactly one winner', async () => {
    const { receiver, sender } = await aPair();
    const delivered = new Set<string>();
    const withdrawn = new Set<string>();
    for (let round = 0; round < 200; round += 1) {
      const [one, two] = round % 2 === 0 ? [city.broker(0), city.broker(1)] : [city.broker(1), city.broker(0)];
      const isRequest = Math.random() < 0.3;
      const { messageId } = await one.send(isRequest ? invoke(sender, receiver) : provide(sender, receiver, round));
      const claiming = async (): Promise<void> => {
        if (Math.random() < 0.5) await delay(Math.random() * 4);
        const claim = await two.claim(receiver);
        for (const { candidate } of claim.deliveries) delivered.add(candidate.messageId);
        if (claim.token !== undefined) await two.get(InboxService).ack(receiver, { leaseToken: claim.token });
      };
      const withdrawing = async (): Promise<void> => {
        if (Math.random() < 0.5) await delay(Math.random() * 4);
        try {
          await withdraw(Math.random() < 0.5 ? one : two, sender, messageId);
          withdrawn.add(messageId);
        } catch (error) {
          expect((error as DomainError).code).toMatch(/^(state-conflict|expired)$/);
        }
      };
      await Promise.all([claiming(), withdrawing()]);
    }
    for (const { candidate } of (await city.broker(0).claim(receiver)).deliveries) delivered.add(candidate.messageId);
    expect([...withdrawn].filter((id) => delivered.has(id))).toEqual([]);
    expect(withdrawn.size + delivered.size).toBe(200);
    expect(Math.min(withdrawn.size, delivered.size)).toBeGreaterThan(0);
  });
});

describe('notBefore', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  it('holds its own key only, wakes whoever waits at the moment, and can be withdrawn meanwhile', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const at = (ms: number): string => new Date(city.broker().database.clock.now() + ms).toISOString();
    const { messageId } = await city.broker(0).send(provide(sender, receiver, 1, { notBefore: at(3_600_000), orderingKey: 'far' }));
    const moment = at(700);
    await city.broker(0).send(provide(sender, receiver, 2, { notBefore: moment, orderingKey: 'soon' }));
    await city.broker(0).send(provide(sender, receiver, 3, { orderingKey: 'soon' }));
    await city.broker(0).send(provide(sender, receiver, 4, { orderingKey: 'other' }));
    expect(numbers(await city.broker(1).claim(receiver))).toEqual([4]);
    expect(numbers(await city.broker(1).claim(receiver, { waitMs: 20_000 }))).toEqual([2, 3]);
    expect(city.broker(1).database.clock.now()).toBeGreaterThanOrEqual(Date.parse(moment));
    await city.broker(0).get(WithdrawalService).withdraw(CITY, sender, messageId);
    expect((await city.broker(1).claim(receiver)).deliveries).toEqual([]);
  });

  it('is refused beyond the time to live, which counts from acceptance', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const notBefore = new Date(Date.now() + 60_000).toISOString();
    for (const message of [invoke(sender, receiver, { notBefore }), provide(sender, receiver, 1, { notBefore, ttlMs: 59_000 })]) {
      await expect(city.broker().send(message)).rejects.toMatchObject({ code: 'validation-failed', pointer: '/header/notBefore' });
    }
    await expect(city.broker().send(invoke(sender, receiver, { notBefore, ttlMs: 120_000 }))).resolves.toMatchObject({ repeated: false });
  });
});
