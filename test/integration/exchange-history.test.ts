import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { MessageHistoryService } from '../../src/exchange/history/message-history.service.js';
import { MessageTreeService, type TreeNode } from '../../src/exchange/history/message-tree.service.js';
import { ReplayRunner } from '../../src/exchange/replay/replay-runner.js';
import { ReplayService } from '../../src/exchange/replay/replay.service.js';
import { parseOrganizationId, type TwinId } from '../../src/kernel/ids.js';
import type { Principal } from '../../src/security/principal.js';
import { CITY, invoke, notify, provide, respond, TestCity } from './exchange-fixture.js';

const STRANGER: Principal = { kind: 'organization', organization: parseOrganizationId('village'), subject: 'org_village' };
const idOf = (message: object): string => (message as { header: { messageId: string } }).header.messageId;
const twinPrincipal = (twin: TwinId): Principal => ({ kind: 'twin', organization: parseOrganizationId('city'), twin, subject: 'twin' });

describe('the history of messages', () => {
  let city: TestCity;
  let first: TwinId;
  let second: TwinId;
  let third: TwinId;

  beforeAll(async () => {
    city = await TestCity.build(2, { maxDeliveryAttempts: 3 });
  });

  beforeEach(async () => {
    first = await city.aTwin('first');
    second = await city.aTwin('second');
    third = await city.aTwin('third');
    await city.connect(second, first, third);
  });

  afterAll(async () => {
    await city.close();
  });

  const events = async (sender: TwinId, messageId: string, principal: Principal = CITY): Promise<string[]> =>
    (await city.broker(1).get(MessageHistoryService).read(principal, sender, messageId)).events.map(({ event }) => event);

  it('tells when a message was delivered, given back and settled, through whichever brokers, without having written anything for it', async () => {
    const message = provide(first, second, 1);
    await city.broker().send(message);
    const one = await city.broker().claim(second, { consumer: 'dispatcher', waitMs: 2_000 });
    await city
      .broker()
      .get(InboxService)
      .nack(second, { leaseToken: one.token ?? '' }, 0);
    const two = await city.broker(1).claim(second, { waitMs: 2_000 });
    expect(await events(first, idOf(message))).toEqual(['accepted', 'delivered', 'given-back', 'delivered']);
    await city
      .broker(1)
      .get(InboxService)
      .ack(second, { leaseToken: two.token ?? '' });
    const history = await city.broker().get(MessageHistoryService).read(CITY, first, idOf(message));
    expect(history).toMatchObject({
      receiver: second,
      events: [
        { event: 'accepted', lane: 'normal', planVersion: 1 },
        { event: 'delivered', attempt: 1, consumer: 'dispatcher' },
        { event: 'given-back', attempt: 1 },
        { event: 'delivered', attempt: 2 },
        { event: 'settled' },
      ],
    });
    const times = history.events.map(({ at }) => at?.getTime() ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('tells of the answer, of death and of replays', async () => {
    const question = invoke(first, second);
    await city.broker().send(question);
    await city.broker().claim(second, { waitMs: 2_000 });
    await city.broker().send(respond(second, first, idOf(question)));
    const told = await city.broker().get(MessageHistoryService).read(CITY, first, idOf(question));
    expect(told.events.map(({ event }) => event)).toEqual(expect.arrayContaining(['accepted', 'delivered', 'answered', 'settled']));
    expect(told.events.find(({ event }) => event === 'answered')).toMatchObject({ by: second, code: 'OK' });

    const doomed = provide(first, second, 7);
    await city.broker().send(doomed);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const { token } = await city.broker().claim(second, { waitMs: 2_000 });
      await city
        .broker()
        .get(InboxService)
        .nack(second, { leaseToken: token ?? '' }, 0);
    }
    const job = await city
      .broker()
      .get(ReplayService)
      .start(CITY, { receiver: second, filter: { objectType: 'data' }, ratePerSecond: 1_000 });
    while ((await city.broker().get(ReplayService).read(CITY, job.id)).state === 'RUNNING') {
      await Promise.all(city.brokers.map((broker) => broker.get(ReplayRunner).run()));
    }
    const end = (await events(first, idOf(doomed))).slice(-3);
    expect(end.toSorted()).toEqual(['died', 'replayed', 'settled'].toSorted());
  });

  it('is for those who have a part in it', async () => {
    const message = provide(first, second, 1);
    await city.broker().send(message);
    await expect(events(first, idOf(message), twinPrincipal(second))).resolves.toEqual(['accepted']);
    for (const principal of [STRANGER, twinPrincipal(third)]) {
      await expect(events(first, idOf(message), principal)).rejects.toMatchObject({ code: 'not-found' });
    }
    await expect(events(first, 'another')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('tells the whole tree of what a message belongs to, from any of its messages, as far as the caller sees', async () => {
    const reading = notify(first, 1);
    await city.broker().send(reading);
    const question = invoke(second, third, { causationId: 'unknown' });
    const asked = invoke(first, second);
    await city.broker().send(asked);
    const onward = invoke(second, third, { causationId: idOf(asked) });
    await city.broker(1).send(onward);
    const report = provide(third, second, 4, { causationId: idOf(onward) });
    await city.broker().send(report);
    await city.broker().send(respond(third, second, idOf(onward), { causationId: idOf(asked) }));
    await city.broker().send(respond(second, first, idOf(asked)));
    await city.broker().send(question);
    const elsewhere = provide(third, second, 5, { causationId: idOf(asked) });
    await city.broker().send(elsewhere);

    const tree = (principal: Principal, sender: TwinId, message: object): Promise<{ root: TreeNode }> =>
      city.broker().get(MessageTreeService).read(principal, sender, idOf(message));
    const shape = ({ link, action, redacted, children }: TreeNode): unknown[] => [
      redacted === true ? 'redacted' : action,
      link ?? 'root',
      ...children.map(shape),
    ];
    const whole = ['INVOKE', 'root', ['INVOKE', 'cause', ['PROVIDE', 'cause'], ['INVOKE', 'answer']], ['INVOKE', 'answer']];
    // What the third twin says of a message that it never got is not believed.
    expect(shape((await tree(CITY, first, asked)).root)).toEqual(whole);
    expect(shape((await tree(CITY, third, report)).root)).toEqual(whole);
    const seenByFirst = (await tree(twinPrincipal(first), first, asked)).root;
    expect(shape(seenByFirst)).toEqual([
      'INVOKE',
      'root',
      ['redacted', 'cause', ['redacted', 'cause'], ['redacted', 'answer']],
      ['INVOKE', 'answer'],
    ]);
    expect(seenByFirst.children[0]).not.toHaveProperty('messageId');
    await expect(tree(STRANGER, first, asked)).rejects.toMatchObject({ code: 'not-found' });
  });
});
