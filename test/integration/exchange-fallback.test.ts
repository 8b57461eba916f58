import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { LogReader } from '../../src/exchange/log/log-reader.js';
import { MatchHistory, type MatchRecord } from '../../src/exchange/match/match-history.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { MatchWatch } from '../../src/exchange/match/match-watch.js';
import { MatchStore } from '../../src/exchange/match/match.store.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { parseConnectionId, type TwinId } from '../../src/kernel/ids.js';
import { CITY, respond } from './exchange-fixture.js';
import { call, MatchCity, type Wire } from './exchange-match-fixture.js';

const SOON = { attemptTimeoutMs: 100 };

describe('falling back to the next candidate', () => {
  let city: MatchCity;

  beforeAll(async () => {
    city = await MatchCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  async function twoOf(
    parts: Parameters<MatchCity['aCloser']>[1] = {},
  ): Promise<{ asker: TwinId; near: TwinId; far: TwinId; connections: string[] }> {
    const [near, far] = [await city.aCloser(1, parts), await city.aCloser(2, parts)];
    return { ...(await city.anAskerOf(near, far)), near, far };
  }

  const historyOf = async (asker: TwinId, { header }: Wire): Promise<MatchRecord | undefined> => {
    const { segment } = (await city.broker().get(LogReader).findAccepted(asker, header.messageId)) ?? { segment: 0 };
    return city.broker().get(MatchHistory).read({ requester: asker, messageId: header.messageId, segment });
  };

  /** Ends the present attempt's time. */
  const timeIsOver = async ({ header }: Wire): Promise<void> => {
    await city
      .broker()
      .database.query(
        `UPDATE match_attempt SET attempt_until = clock_timestamp() WHERE message_id = $1 AND attempt_until > clock_timestamp()`,
        [header.messageId],
      );
  };

  it('asks the next when nobody has claimed it in time, and takes the answer of whose turn it is', async () => {
    const { asker, near, far } = await twoOf();
    const question = call(asker, SOON);
    await city.broker().send(question);
    const [got] = await city.taken(far, 1, 20_000);
    expect(got?.header).toMatchObject({ messageId: question.header.messageId, receiver: { id: far } });
    expect(await city.taken(near)).toEqual([]);
    await expect(city.broker().send(respond(near, asker, question.header.messageId))).rejects.toMatchObject({ code: 'superseded' });
    await city.broker().send(respond(far, asker, question.header.messageId));
    expect(await city.taken(asker)).toMatchObject([
      { header: { correlationId: question.header.messageId }, data: { status: { code: 'OK' } } },
    ]);
    // The answer settled the delivery in the second inbox.
    expect(await city.taken(far)).toEqual([]);
    const record = await historyOf(asker, question);
    expect(record?.attempts).toMatchObject([
      { receiver: near, reason: 'chosen', supersededAt: expect.any(Date) as Date },
      { receiver: far, reason: 'timed-out' },
    ]);
  });

  it('keeps the first deadline and message id for who is asked later', async () => {
    const { asker, far } = await twoOf();
    const question = call(asker, SOON, { ttlMs: 60_000 });
    const { deadline } = await city.broker().send(question);
    const { deliveries } = await city.broker().claim(far, { waitMs: 20_000 });
    expect(deliveries[0]?.candidate).toMatchObject({ expiresAt: deadline, messageId: question.header.messageId });
  });

  it('never hands an INVOKE on that somebody has claimed, even given back', async () => {
    const { asker, near, far } = await twoOf();
    const question = call(asker, { attemptTimeoutMs: 60_000 });
    await city.broker().send(question);
    const { token } = await city.broker(1).claim(near);
    await city
      .broker(1)
      .get(InboxService)
      .nack(near, { leaseToken: token ?? '' }, 600_000);
    await timeIsOver(question);
    await city.look();
    expect(await city.taken(far)).toEqual([]);
    await expect(city.broker().send(respond(far, asker, question.header.messageId))).rejects.toMatchObject({ code: 'not-found' });
    await expect(city.broker().send(respond(near, asker, question.header.messageId))).resolves.toBeDefined();
  });

  it('hands an idempotent one on although it is claimed, refuses the answer that comes too late, and answers once', async () => {
    const { asker, near, far } = await twoOf({ idempotent: true });
    const question = call(asker, { attemptTimeoutMs: 60_000 });
    await city.broker().send(question);
    expect(await city.taken(near, 1)).toHaveLength(1);
    await timeIsOver(question);
    await city.look();
    expect(await city.taken(far)).toHaveLength(1);
    const late = await Promise.allSettled([
      city.broker(0).send(respond(near, asker, question.header.messageId)),
      city.broker(1).send(respond(far, asker, question.header.messageId)),
    ]);
    expect(late.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'taken'))).toEqual([
      'superseded',
      'taken',
    ]);
    expect(await city.taken(asker)).toHaveLength(1);
  });

  it('asks the next at once when the connection is gone, and says so when nobody is left', async () => {
    const { asker, near, connections } = await twoOf();
    const question = call(asker);
    await city.broker().send(question);
    for (const id of connections) await city.broker().get(ConnectionService).release(CITY, parseConnectionId(id));
    await city.taken(near);
    await city.look();
    const answers = (await city.taken(asker, 0, 20_000)).filter(({ data }) => data.status !== undefined);
    expect(answers).toMatchObject([
      { header: { correlationId: question.header.messageId }, data: { status: { code: 'PEER_UNREACHABLE' } } },
    ]);

    const other = await twoOf();
    const again = call(other.asker);
    await city.broker().send(again);
    await city
      .broker()
      .get(ConnectionService)
      .release(CITY, parseConnectionId(other.connections[0] ?? ''));
    await city.taken(other.near);
    await city.look();
    const got = (await city.taken(other.far, 1, 20_000)).filter(({ header }) => header.messageId === again.header.messageId);
    expect(got).toHaveLength(1);
  });

  it('asks the next at once when the receiver’s registration expires', async () => {
    const { asker, near, far } = await twoOf();
    const question = call(asker);
    await city.broker().send(question);
    await city
      .broker()
      .get(UnitOfWork)
      .run(async (tx) => {
        await tx.query(`UPDATE twin_lease SET status = 'EXPIRED' WHERE twin_id = $1`, [near]);
        tx.record({ kind: 'twin.status-changed', subject: near, data: { previous: 'STALE', status: 'EXPIRED' } });
      });
    expect(await city.taken(far, 1, 20_000)).toHaveLength(1);
    expect((await historyOf(asker, question))?.attempts.map(({ reason }) => reason)).toEqual(['chosen', 'dead']);
  });

  it('asks the next when an idempotent one became a dead letter, and answers PEER_UNREACHABLE when it was the last', async () => {
    const { asker, near, far } = await twoOf({ idempotent: true });
    const question = call(asker);
    await city.broker().send(question);
    for (const twin of [near, far]) {
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const { token } = await city.broker(1).claim(twin, { waitMs: 20_000 });
        await city
          .broker(1)
          .get(InboxService)
          .nack(twin, { leaseToken: token ?? '' }, 0, 'no hands free');
      }
    }
    expect(await city.taken(asker, 0, 20_000)).toMatchObject([
      { header: { correlationId: question.header.messageId }, data: { status: { code: 'PEER_UNREACHABLE' } } },
    ]);
    expect(await city.broker().database.query('SELECT FROM dead_letter WHERE receiver = $1', [near])).toHaveLength(1);
  });

  it('sends what a broker had only noted when it died', async () => {
    const { asker, far } = await twoOf();
    const question = call(asker);
    const { request } = await city.broker().send(question);
    if (request === undefined) throw new Error('no request');
    const { messageId } = question.header;
    await city
      .broker()
      .get(MatchStore)
      .begin({ ...request, ordinal: 2, receiver: far, partId: `${messageId} 2`, reason: 'timed-out', attemptUntil: null });
    const third = await city.city.startBroker();
    expect((await third.claim(far, { waitMs: 20_000 })).deliveries).toHaveLength(1);
    await city.look();
    expect(await city.taken(far)).toEqual([]);
    await city.broker().send(respond(far, asker, messageId));
    expect(await city.taken(asker)).toHaveLength(1);
  });

  it('lets either a claim or the next attempt have it, never both, in 200 races of two brokers', async () => {
    const { asker, near, far } = await twoOf();
    const { database } = city.broker();
    const had = { near: 0, far: 0 };
    for (let round = 0; round < 20; round += 1) {
      const questions = Array.from({ length: 10 }, (_, n) =>
        call(asker, { attemptTimeoutMs: 3_600_000 }, { orderingKey: `k${round} ${n}`, ttlMs: 900_000 }),
      );
      await Promise.all(questions.map((question) => city.broker().send(question)));
      const ids = questions.map(({ header }) => header.messageId);
      const claims = async (): Promise<string[]> => {
        const { token, deliveries } = await city.broker(1).claim(near, { max: 4, leaseMs: 600_000 });
        if (token !== undefined) await city.broker(1).get(InboxService).ack(near, { leaseToken: token });
        return deliveries.map(({ candidate }) => candidate.messageId);
      };
      const hurry = async (): Promise<void> => {
        await database.query('UPDATE match_attempt SET attempt_until = clock_timestamp() WHERE message_id = ANY ($1) AND ordinal = 1', [
          ids,
        ]);
        await city.broker().get(MatchWatch).look();
      };
      const [first, second] = await Promise.all([claims(), claims(), hurry()]);
      await city.broker().get(MatchWatch).look();
      const nearest = [...first, ...second];
      const further = await city.broker().claim(far, { leaseMs: 600_000 });
      const handedOn = further.deliveries.map(({ candidate }) => candidate.messageId);
      const rest = await claims();
      expect([...nearest, ...handedOn, ...rest].toSorted()).toEqual(ids.toSorted());
      had.near += nearest.length;
      had.far += handedOn.length;
    }
    expect(had.near).toBeGreaterThan(0);
    expect(had.far).toBeGreaterThan(0);
  });
});
