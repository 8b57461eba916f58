import { messageText } from '../../src/exchange/adaptation/adapted-message.js';
import { DeadLetterService } from '../../src/exchange/dead-letter/dead-letter.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { InboxStream } from '../../src/exchange/inbox/inbox-stream.js';
import type { ClaimResult } from '../../src/exchange/inbox/claim.service.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import type { Message } from '../../src/vocabulary/envelope.js';
import { CITY, invoke, numbers, provide, respond, TestCity } from './exchange-fixture.js';
import { type StandIn, standIn } from './stand-in-adaptor.js';

describe('adaptation at dispatch', () => {
  let city: TestCity;
  let sender: TwinId;
  let receiver: TwinId;
  const control: StandIn = { add: 100, hanging: new Set() };

  beforeAll(async () => {
    city = await TestCity.build(2);
    for (const broker of city.brokers) standIn(broker, control);
  });

  beforeEach(async () => {
    control.add = 100;
    control.hanging.clear();
    sender = await city.aTwin('sender');
    receiver = await city.aTwin('receiver');
    await city.connect(sender, receiver);
  });

  afterAll(async () => {
    await city.close();
  });

  const messages = ({ deliveries }: ClaimResult): Message[] =>
    deliveries.map(({ candidate }) => JSON.parse(messageText(candidate)) as Message);
  const payloads = (claim: ClaimResult): unknown[] => messages(claim).map(({ data }) => data.payload);
  const idOf = (message: object): string => (message as Message).header.messageId;

  it('adapts what is claimed, and what is handed out again under the same claim, through either broker', async () => {
    await city.broker(0).send(provide(sender, receiver, 1));
    const claimId = 'the same claim';
    const first = await city.broker(1).claim(receiver, { claimId, waitMs: 5_000 });
    expect(payloads(first)).toEqual([{ n: 101 }]);
    expect(payloads(await city.broker(0).claim(receiver, { claimId }))).toEqual([{ n: 101 }]);
    // What the log holds is what was sent.
    expect(numbers(first)).toEqual([1]);
  });

  it('shows adapted payloads to who browses, and to who reads a stream without settling', async () => {
    await city.broker().send(provide(sender, receiver, 2));
    const { items } = await city.broker().get(InboxService).browse(receiver, undefined, undefined);
    expect(items.map((text) => (JSON.parse(text) as { message: Message }).message.data.payload)).toEqual([{ n: 102 }]);
    const stream = city
      .broker()
      .get(InboxStream)
      .open(receiver, { ack: 'none', signal: AbortSignal.timeout(20_000) });
    for await (const frame of await stream) {
      if (!frame.includes('event: message')) continue;
      expect(frame).toContain('"payload":{"n":102}');
      break;
    }
  });

  it('says nothing of the sender’s media type once the payload is another', async () => {
    await city.broker().send(provide(sender, receiver, 3, { contentType: 'application/json' }));
    const [message] = messages(await city.broker().claim(receiver));
    expect(message).toMatchObject({ data: { payload: { n: 103 } } });
    expect(message?.header).not.toHaveProperty('contentType');
  });

  it('buries what a step refuses, with the step and the payload before it, and delivers the rest in order', async () => {
    for (const n of [1, -1, 2]) await city.broker().send(provide(sender, receiver, n));
    expect(payloads(await city.broker().claim(receiver))).toEqual([{ n: 101 }, { n: 102 }]);
    const { items } = await city.broker().get(DeadLetterService).list(receiver, {});
    expect(items).toHaveLength(1);
    const [letter] = items;
    expect(letter).toMatchObject({ reasonCode: 'not-adaptable', reason: 'step add-1: must not be negative (at /n)', payload: '{"n":-1}' });
    expect(JSON.parse(letter?.adaptation ?? 'null')).toMatchObject({ step: 'add-1', pointer: '/n', before: '{"n":-1}', planVersion: 1 });
  });

  it('lets a slow message hold up its own key alone, and keeps what came of it', async () => {
    control.hanging.add(5);
    await city.broker().send(provide(sender, receiver, 5, { orderingKey: 'slow' }));
    await city.broker().send(provide(sender, receiver, 6, { orderingKey: 'slow' }));
    await city.broker().send(provide(sender, receiver, 7, { orderingKey: 'quick' }));
    const quick = await city.broker().claim(receiver);
    expect(payloads(quick)).toEqual([{ n: 107 }]);
    control.hanging.clear();
    const slow: unknown[] = [];
    while (slow.length < 2) slow.push(...payloads(await city.broker().claim(receiver, { waitMs: 5_000 })));
    expect(slow).toEqual([{ n: 105 }, { n: 106 }]);
  });

  it('answers a REQUEST that cannot be adapted with ADAPTATION_UNSUPPORTED and the step, as soon as it is looked at', async () => {
    const question = invoke(sender, receiver) as { header: object; data: object };
    const refused = { ...question, data: { ...question.data, payload: { road: 'unknown' } } };
    await city.broker().send(refused);
    expect(payloads(await city.broker().claim(receiver))).toEqual([]);
    const [answer] = messages(await city.broker().claim(sender, { waitMs: 5_000 }));
    expect(answer).toMatchObject({
      header: { messageType: 'RESPONSE', correlationId: idOf(question) },
      data: {
        status: {
          code: 'ADAPTATION_UNSUPPORTED',
          reason: 'The request could not be adapted: step mark-1: there is no such road (at /road).',
          details: [{ step: 'mark-1', before: '{"road":"unknown"}' }],
        },
      },
    });
  });

  it('adapts parameters on the way there and results on the way back, delivered or given inline', async () => {
    const question = invoke(sender, receiver);
    const waiting = city.broker(0).get(MessageIntakeService).submit(CITY, JSON.stringify(question), 20_000);
    expect(payloads(await city.broker(1).claim(receiver, { waitMs: 10_000 }))).toEqual([{ road: 'road A40' }]);
    await city.broker(1).send(respond(receiver, sender, idOf(question)));
    const { response } = await waiting;
    expect(JSON.parse(response ?? '{}')).toMatchObject({ data: { status: { code: 'OK' }, payload: { shut: true } } });
    const report = await city.broker(1).get(MessageIntakeService).report(CITY, sender, idOf(question));
    expect(JSON.parse(report.response ?? '{}')).toMatchObject({ data: { payload: { shut: true } } });
    expect(payloads(await city.broker().claim(sender, { waitMs: 5_000 }))).toEqual([{ shut: true }]);
  });

  it('gives an answer that cannot be adapted as a failure that names the step, not as a dead letter', async () => {
    const question = invoke(sender, receiver);
    await city.broker().send(question);
    await city.broker().claim(receiver);
    const answer = respond(receiver, sender, idOf(question)) as { data: object };
    await city.broker().send({ ...answer, data: { ...answer.data, payload: { closed: false } } });
    const [got] = messages(await city.broker().claim(sender, { waitMs: 5_000 }));
    expect(got?.data.status).toMatchObject({ code: 'ADAPTATION_UNSUPPORTED', details: [{ step: 'mark-1', pointer: '/closed' }] });
    expect(got?.data.payload).toBeUndefined();
    expect((await city.broker().get(DeadLetterService).list(sender, {})).items).toEqual([]);
  });
});
