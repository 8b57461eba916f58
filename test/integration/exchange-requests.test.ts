import { DeadLetterService } from '../../src/exchange/dead-letter/dead-letter.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import { DeadlineWatch } from '../../src/exchange/request/deadline-watch.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { parseConnectionId, type TwinId } from '../../src/kernel/ids.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { CITY, invoke, numbers, provide, respond, type TestBroker, TestCity } from './exchange-fixture.js';

interface Wire {
  header: { messageId: string; correlationId?: string };
  data: { status?: { code: string }; payload?: unknown };
}

describe('requests and answers', () => {
  let city: TestCity;
  let asker: TwinId;
  let asked: TwinId;
  let connection: string;

  beforeAll(async () => {
    city = await TestCity.build(2, { maxDeliveryAttempts: 2 });
  });

  beforeEach(async () => {
    asker = await city.aTwin('asker');
    asked = await city.aTwin('asked');
    [connection = ''] = await city.connect(asker, asked);
  });

  afterAll(async () => {
    await city.close();
  });

  async function answersOf(broker: TestBroker, waitMs = 5_000): Promise<Wire[]> {
    const { deliveries } = await broker.claim(asker, { waitMs });
    return deliveries.map(({ candidate }) => JSON.parse(candidate.envelope) as Wire);
  }

  const idOf = (message: object): string => (message as Wire).header.messageId;

  it('gives the answer inline to who waits, whichever broker it comes through, and does not deliver it again', async () => {
    const question = invoke(asker, asked);
    const waiting = city.broker(0).get(MessageIntakeService).submit(CITY, JSON.stringify(question), 20_000);
    const claim = await city.broker(1).claim(asked, { waitMs: 10_000 });
    expect(claim.deliveries).toHaveLength(1);
    await city.broker(1).send(respond(asked, asker, idOf(question)));
    const { response, taken } = await waiting;
    expect(JSON.parse(response ?? '{}')).toMatchObject({ header: { correlationId: idOf(question) }, data: { payload: { closed: true } } });
    await taken?.();
    expect((await city.broker(1).claim(asker)).deliveries).toEqual([]);
    // The answer settled the delivery of the REQUEST: nothing is left to settle, through either broker.
    for (const broker of city.brokers)
      await expect(broker.get(InboxService).ack(asked, { leaseToken: claim.token ?? '' })).resolves.toBe(0);
  });

  it('answers PEER_TIMEOUT when the deadline passes, once, and refuses the late answer', async () => {
    const question = invoke(asker, asked, { ttlMs: 1 });
    await city.broker().send(question);
    await Promise.all(city.brokers.map((broker) => broker.get(DeadlineWatch).look()));
    const answers = await answersOf(city.broker());
    expect(answers.map((answer) => answer.data.status?.code)).toEqual(['PEER_TIMEOUT']);
    expect((await city.broker().claim(asked)).deliveries).toEqual([]);
    await expect(city.broker(1).send(respond(asked, asker, idOf(question)))).rejects.toMatchObject({ code: 'already-answered' });
  });

  it('answers PEER_TIMEOUT for a REQUEST that was accepted before a restart', async () => {
    await city.broker().send(invoke(asker, asked, { ttlMs: 1 }));
    const third = await city.startBroker();
    await third.get(DeadlineWatch).look();
    expect((await answersOf(third)).map((answer) => answer.data.status?.code)).toEqual(['PEER_TIMEOUT']);
  });

  it('takes exactly one of many answers that come at once', async () => {
    const question = invoke(asker, asked);
    await city.broker().send(question);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => city.broker(n % 2).send(respond(asked, asker, idOf(question)))),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(await answersOf(city.broker())).toHaveLength(1);
  });

  it('takes an answer only from the twin that was asked, and in the promised form', async () => {
    const stranger = await city.aTwin('stranger');
    const question = invoke(asker, asked);
    await city.broker().send(question);
    await expect(city.broker().send(respond(stranger, asker, idOf(question)))).rejects.toMatchObject({ code: 'not-found' });
    const wrong = respond(asked, asker, idOf(question)) as Wire;
    wrong.data.payload = { open: true };
    await expect(city.broker().send(wrong)).rejects.toMatchObject({ code: 'payload-invalid', pointer: '/data/payload' });
  });

  it('gives a repeated REQUEST its answer once there is one', async () => {
    const question = invoke(asker, asked);
    await city.broker().send(question);
    await city.broker().send(respond(asked, asker, idOf(question)));
    const { receipt, response } = await city.broker(1).get(MessageIntakeService).submit(CITY, JSON.stringify(question));
    expect(receipt.repeated).toBe(true);
    expect(JSON.parse(response ?? '{}')).toMatchObject({ header: { correlationId: idOf(question) } });
  });

  it('buries a REQUEST that is given back too often and answers it PEER_UNREACHABLE', async () => {
    const broker = city.broker();
    await broker.send(invoke(asker, asked));
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { token, deliveries } = await broker.claim(asked, { waitMs: 5_000 });
      expect(deliveries[0]?.attempt).toBe(attempt);
      await broker.get(InboxService).nack(asked, { leaseToken: token ?? '' }, 0, 'no hands free');
    }
    expect((await answersOf(broker)).map((answer) => answer.data.status?.code)).toEqual(['PEER_UNREACHABLE']);
    expect((await broker.get(DeadLetterService).list(asked, {})).items).toMatchObject([{ reason: 'no hands free', attempts: 2 }]);
  });

  it('does not deliver over a connection that was released after acceptance, but says so', async () => {
    const broker = city.broker();
    await broker.send(invoke(asker, asked));
    await broker.send(provide(asker, asked, 1));
    await broker.get(ConnectionService).release(CITY, parseConnectionId(connection));
    const { deliveries } = await broker.claim(asked);
    const actions = deliveries.map(({ candidate }) => (JSON.parse(candidate.envelope) as { data: { action: string } }).data.action);
    expect(actions).toEqual(['DISCONNECT']);
    expect((await broker.get(DeadLetterService).list(asked, {})).items).toHaveLength(2);
    const codes = (await answersOf(broker)).map((answer) => answer.data.status?.code).filter((code) => code !== undefined);
    expect(codes).toEqual(['PEER_UNREACHABLE']);
    await expect(broker.send(provide(asker, asked, 2))).rejects.toMatchObject({ code: 'state-conflict' });
  });

  it('gives the same lease for the same claim id, and fences a lease that ran out', async () => {
    const broker = city.broker();
    await broker.send(provide(asker, asked, 5));
    const first = await broker.claim(asked, { claimId: 'same' });
    const again = await city.broker(1).claim(asked, { claimId: 'same' });
    expect(again.token).toBe(first.token);
    expect(numbers(again)).toEqual([5]);
    await broker.get(InboxService).extend(asked, { claimId: 'same' }, 1);
    const other = await city.broker(1).claim(asked, { waitMs: 5_000 });
    expect(other.deliveries).toMatchObject([{ attempt: 2 }]);
    await expect(broker.get(InboxService).ack(asked, { leaseToken: first.token ?? '' })).rejects.toMatchObject({ code: 'not-leased' });
    await expect(broker.get(InboxService).ack(asked, { leaseToken: other.token ?? '' })).resolves.toBe(1);
  });

  it('carries out a REQUEST to the registry together with its answer, and a repeat only repeats the answer', async () => {
    const id = `urn:test:self:${asker}`;
    const message = {
      header: {
        messageId: 'register-1',
        timestamp: new Date().toISOString(),
        version: '1.0',
        messageType: 'REQUEST',
        sender: { id, role: 'DT' },
        receiver: { id: 'urn:twinfed:registry', role: 'REGISTRY' },
      },
      data: { action: 'REGISTER', object: { type: 'digitalTwin' }, payload: { name: 'Self', domain: 'air', features: [] } },
    };
    const submit = (n: number): Promise<{ response?: string }> =>
      city.broker(n).get(MessageIntakeService).submit(CITY, JSON.stringify(message), 5_000);
    const [one, two] = await Promise.all([submit(0), submit(1)]);
    expect(JSON.parse(one.response ?? '{}')).toMatchObject({ data: { status: { code: 'CREATED' }, payload: { id, name: 'Self' } } });
    expect(two.response).toBe(one.response);
    expect(
      (
        await city
          .broker()
          .get(TwinService)
          .read(CITY, id as TwinId)
      ).version,
    ).toBe(1);
  });

  it('leaves nothing behind of a REQUEST to the registry that is refused', async () => {
    const message = {
      header: {
        version: '1.0',
        messageType: 'REQUEST',
        sender: { id: asker, role: 'DT' },
        receiver: { id: 'urn:twinfed:registry', role: 'REGISTRY' },
      },
      data: {
        action: 'UPDATE',
        object: { type: 'digitalTwin', id: asker },
        payload: { features: [{ kind: 'data', name: 'x', schema: { type: 'nonsense' } }] },
      },
    };
    await expect(city.broker().send(message)).rejects.toMatchObject({
      code: 'validation-failed',
      pointer: '/data/payload/features/0/schema/type',
    });
    expect((await city.broker().claim(asker)).deliveries).toEqual([]);
  });
});
