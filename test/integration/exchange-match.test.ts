import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { type DryRun, DryRunService } from '../../src/exchange/match/dry-run.service.js';
import { MatchHistory } from '../../src/exchange/match/match-history.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import { LogReader } from '../../src/exchange/log/log-reader.js';
import { DeadlineWatch } from '../../src/exchange/request/deadline-watch.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { MaintenanceService } from '../../src/registry/maintenance/maintenance.service.js';
import { CITY, invoke, respond } from './exchange-fixture.js';
import { call, MatchCity, NEAREST, offer, type Wire } from './exchange-match-fixture.js';

describe('messages to whoever matches', () => {
  let city: MatchCity;

  beforeAll(async () => {
    city = await MatchCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  async function threeOf(
    parts: Parameters<MatchCity['aCloser']>[1] = {},
  ): Promise<{ asker: TwinId; near: TwinId; middle: TwinId; far: TwinId }> {
    const [near, middle, far] = [await city.aCloser(1, parts), await city.aCloser(2, parts), await city.aCloser(3, parts)];
    const { asker } = await city.anAskerOf(far, near, middle);
    return { asker, near, middle, far };
  }

  const historyOf = async (asker: TwinId, messageId: string): ReturnType<MatchHistory['read']> => {
    const { segment } = (await city.broker().get(LogReader).findAccepted(asker, messageId)) ?? { segment: 0 };
    return city.broker().get(MatchHistory).read({ requester: asker, messageId, segment });
  };

  it('sends to the highest ranked, takes its answer, and says how it was found', async () => {
    const { asker, near, middle, far } = await threeOf();
    const question = call(asker);
    const receipt = await city.broker().send(question);
    expect(receipt).toMatchObject({ repeated: false, request: { requester: asker } });
    expect(receipt.deadline).toBeInstanceOf(Date);
    expect(await city.taken(middle)).toEqual([]);
    const [got] = await city.taken(near, 1);
    expect(got?.header).toMatchObject({ messageId: question.header.messageId, receiver: { id: near } });
    await city.broker(1).send(respond(near, asker, question.header.messageId));
    expect(await city.taken(asker)).toMatchObject([
      { header: { correlationId: question.header.messageId }, data: { payload: { closed: true } } },
    ]);
    expect(await historyOf(asker, question.header.messageId)).toMatchObject({
      policy: 'best',
      query: NEAREST,
      candidates: [
        { rank: 1, receiver: near },
        { rank: 2, receiver: middle },
        { rank: 3, receiver: far },
      ],
      attempts: [{ ordinal: 1, receiver: near, reason: 'chosen' }],
    });
  });

  it('never resolves a repeat again, and takes many at once for one', async () => {
    const { asker, middle } = await threeOf();
    const question = call(asker, { match: { ids: [middle] } });
    const receipts = await Promise.all(Array.from({ length: 8 }, (_, n) => city.broker(n % 2).send(question)));
    expect(receipts.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await city.taken(middle)).toHaveLength(1);
    const nearer = await city.aCloser(0);
    await city.city.connect(asker, nearer);
    await city.taken(asker);
    expect(await city.broker(1).send(question)).toMatchObject({ repeated: true });
    expect(await city.taken(nearer)).toEqual([]);
    const other = { ...question, data: { ...question.data, payload: { road: 'A41' } } };
    await expect(city.broker().send(other)).rejects.toMatchObject({ code: 'message-conflict' });
  });

  it('chooses the least loaded for anyOf', async () => {
    const { asker, near, middle, far } = await threeOf();
    for (const twin of [near, near, middle]) await city.broker().send(offer(asker, 1, { match: { ids: [twin] } }));
    await city.taken(near);
    const question = call(asker, { policy: 'anyOf' });
    await city.broker(1).send(question);
    expect(await city.taken(far)).toHaveLength(1);
    const record = await historyOf(asker, question.header.messageId);
    expect(record?.candidates.map(({ receiver, load }) => [receiver, load])).toEqual([
      [far, 0],
      [middle, 1],
      [near, 2],
    ]);
  });

  it('spreads anyOf over equals', async () => {
    const { asker, near, middle, far } = await threeOf();
    await Promise.all(Array.from({ length: 24 }, () => city.broker().send(offer(asker, 1, { policy: 'anyOf' }))));
    for (const twin of [near, middle, far]) expect((await city.taken(twin)).length).toBeGreaterThan(0);
  });

  it('asks all and answers once, when every part is answered, with each part’s own answer', async () => {
    const { asker, near, middle, far } = await threeOf();
    const question = call(asker, { policy: 'all' });
    const waiting = city.broker(0).get(MessageIntakeService).submit(CITY, JSON.stringify(question), 30_000);
    for (const twin of [near, middle, far]) {
      const [part] = await city.taken(twin, 1, 10_000);
      expect(part?.header.causationId).toBe(question.header.messageId);
      // Who was asked a part answers the part, never the whole.
      await expect(city.broker().send(respond(twin, asker, question.header.messageId))).rejects.toMatchObject({ code: 'not-found' });
      await city.broker(1).send(respond(twin, asker, part?.header.messageId ?? ''));
    }
    const { response, taken } = await waiting;
    const answer = JSON.parse(response ?? '{}') as Wire;
    expect(answer).toMatchObject({ header: { correlationId: question.header.messageId }, data: { status: { code: 'OK' } } });
    const { parts } = answer.data.payload as { parts: { receiver: string; status: object; payload: object }[] };
    expect(parts.map(({ receiver, payload }) => [receiver, payload])).toEqual([near, middle, far].map((twin) => [twin, { closed: true }]));
    await taken?.();
    expect(await city.taken(asker, 1)).toEqual([]);
  });

  it('answers for all at the deadline with what there is, and names what is missing', async () => {
    const { asker, near, middle } = await threeOf();
    const question = call(asker, { policy: 'all', match: { ...NEAREST, ids: [near, middle] } }, { ttlMs: 1_500 });
    const { deadline } = await city.broker().send(question);
    const [part] = await city.taken(near);
    await city.broker().send(respond(near, asker, part?.header.messageId ?? ''));
    expect(await city.taken(asker)).toEqual([]);
    const left = (deadline?.getTime() ?? 0) - city.broker().database.clock.now();
    const answers = await city.taken(asker, 1, left + 10_000);
    expect(answers).toMatchObject([
      { header: { correlationId: question.header.messageId }, data: { status: { code: 'PEER_TIMEOUT', reason: '1 of 2 succeeded.' } } },
    ]);
    const { parts } = answers[0]?.data.payload as { parts: object[] };
    expect(parts).toMatchObject([
      { receiver: near, status: { code: 'OK' } },
      { receiver: middle, status: { code: 'PEER_TIMEOUT' } },
    ]);
    await Promise.all(city.city.brokers.map((broker) => broker.get(DeadlineWatch).look()));
    await city.look();
    expect(await city.taken(asker)).toEqual([]);
  });

  it('gives all a copy of what is provided, and nobody an answer', async () => {
    const { asker, near, middle, far } = await threeOf();
    const copy = offer(asker, 7, { policy: 'all' });
    await city.broker().send(copy);
    await city.broker(1).send(copy);
    for (const twin of [near, middle, far]) expect(await city.taken(twin)).toMatchObject([{ data: { payload: { n: 7 } } }]);
    await city.look();
    expect(await city.taken(asker)).toEqual([]);
  });

  it('passes over who cannot take the payload, and refuses when nobody can', async () => {
    const picky = await city.aCloser(1, { input: { type: 'object', required: ['lane'] } });
    const other = await city.aCloser(2);
    const { asker } = await city.anAskerOf(picky, other);
    const question = call(asker);
    await city.broker().send(question);
    expect(await city.taken(other)).toHaveLength(1);
    await expect(city.broker().send(call(asker, { match: { ids: [picky] } }))).rejects.toMatchObject({
      code: 'payload-invalid',
      pointer: expect.stringMatching(/^\/data\/payload/) as string,
    });
  });

  it('refuses with who is near and what it misses, and leaves nothing behind', async () => {
    const { asker, near } = await threeOf({ labels: { borough: 'Camden' } });
    const question = call(asker, { match: { label: { name: 'borough', value: 'Soho' }, ids: [near] } });
    const refusal = await city
      .broker()
      .send(question)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'no-candidate', pointer: '/header/receiver/match' });
    const { others } = (refusal as { extensions: { others: { receiver: string; reason: string; criteria?: object[] }[] } }).extensions;
    expect(others.find(({ receiver }) => receiver === near)).toMatchObject({
      reason: 'not-matching',
      criteria: [{ pointer: '/header/receiver/match/label', criterion: 'label', actual: 'Camden' }],
    });
    expect(await city.broker().get(LogReader).findAccepted(asker, question.header.messageId)).toBeUndefined();
  });

  it.each([
    [{ match: { nonsense: 1 } }, '/header/receiver/match/nonsense'],
    [{ match: { feature: { unit: 'no unit at all' } } }, '/header/receiver/match/feature/unit'],
    [{ match: { query: { any: [{ area: 7 }] } } }, '/header/receiver/match/query/any/0/area'],
    [{ match: { sort: 'luck' } }, '/header/receiver/match/sort'],
    [{ match: { sort: 'relevance' } }, '/header/receiver/match/sort'],
    [{ match: { from: { type: 'Point', coordinates: [0, 0] } } }, '/header/receiver/match/from'],
    [{ match: { limit: 3 } }, '/header/receiver/match/limit'],
    [{ policy: 'all', attemptTimeoutMs: 500 }, '/header/receiver/attemptTimeoutMs'],
    [{ policy: 'some' }, '/header/receiver/policy'],
    [{ attemptTimeoutMs: 1 }, '/header/receiver/attemptTimeoutMs'],
  ])('points into a query that is wrong: %j', async (wish, pointer) => {
    const near = await city.aCloser(1);
    const { asker } = await city.anAskerOf(near);
    await expect(city.broker().send(call(asker, wish))).rejects.toMatchObject({ code: 'validation-failed', pointer });
  });

  it('says in a dry run who would get it and why others would not, and stores nothing', async () => {
    const { asker, near, middle, far } = await threeOf({ labels: { borough: 'Camden' } });
    const dryRun = (message: object): Promise<DryRun> => city.broker().get(DryRunService).run(CITY, JSON.stringify(message));
    const question = call(asker, { match: { ...NEAREST, ids: [near, far] } });
    expect(await dryRun(question)).toMatchObject({
      outcome: 'accepted',
      receivers: [{ receiver: near }],
      next: [{ receiver: far }],
      others: expect.arrayContaining([
        expect.objectContaining({ receiver: middle, reason: 'not-matching', criteria: [expect.objectContaining({ criterion: 'ids' })] }),
      ]) as unknown,
    });
    expect(await dryRun(call(asker, { match: { label: { name: 'borough', value: 'Soho' } } }))).toMatchObject({
      outcome: 'refused',
      receivers: [],
      problem: { status: 404 },
    });
    expect(await dryRun(call(asker, { match: { nonsense: 1 } }))).toMatchObject({
      outcome: 'refused',
      problem: { pointer: '/header/receiver/match/nonsense' },
    });
    expect(await dryRun(invoke(asker, near))).toMatchObject({ outcome: 'accepted', receivers: [{ receiver: near }], next: [] });
    expect(await dryRun(invoke(near, middle))).toMatchObject({ outcome: 'refused', problem: { status: 409 } });
    for (const twin of [near, middle, far]) expect(await city.taken(twin)).toEqual([]);
    await city.broker().send(question);
    expect(await dryRun(question)).toMatchObject({ outcome: 'repeated' });
    await expect(dryRun([question])).rejects.toMatchObject({ code: 'validation-failed' });
  });

  it('puts those that are stale last, and leaves out who is in maintenance', async () => {
    const { asker, near, middle, far } = await threeOf();
    const { database } = city.broker();
    await database.query(`UPDATE twin_lease SET status = 'STALE' WHERE twin_id = $1`, [near]);
    await city
      .broker()
      .get(UnitOfWork)
      .run(async (tx) => {
        tx.record({ kind: 'twin.status-changed', subject: near, data: { previous: 'ACTIVE', status: 'STALE' } });
        return Promise.resolve();
      });
    const now = database.clock.now();
    const [from, to] = [new Date(now - 60_000).toISOString(), new Date(now + 600_000).toISOString()];
    await city.broker().get(MaintenanceService).plan(CITY, middle, [{ from, to }]);
    const question = call(asker);
    await city.broker().send(question);
    expect(await city.taken(far)).toHaveLength(1);
    const record = await historyOf(asker, question.header.messageId);
    expect(record?.candidates.map(({ receiver, status }) => [receiver, status])).toEqual([
      [far, 'ACTIVE'],
      [near, 'STALE'],
    ]);
  });
});
