import { jest } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { BrokerSignals } from '../../src/database/broker-signals.js';
import { WithdrawalService } from '../../src/exchange/control/withdrawal.service.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { InboxStream } from '../../src/exchange/inbox/inbox-stream.js';
import { appendOrFailStatement } from '../../src/exchange/log/log.queries.js';
import { KIND_NUMBERS, LANE_NUMBERS, type NewLogRow, type Position } from '../../src/exchange/log/log-row.js';
import { LogReader } from '../../src/exchange/log/log-reader.js';
import { LogTail } from '../../src/exchange/log/log-tail.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { CITY, numbers, provide, TestCity } from './exchange-fixture.js';

describe('the tail of the log', () => {
  let city: TestCity;
  let receiver: TwinId;
  let sender: TwinId;

  beforeAll(async () => {
    city = await TestCity.build(1);
    [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
  });

  afterAll(async () => {
    await city.close();
  });

  const at = (after: Position, lane = LANE_NUMBERS.normal): { channel: string; lane: number; after: Position }[] => [
    { channel: receiver, lane, after },
  ];

  /** A row as a broker that this one knows nothing of appends it. */
  function foreignRow(n: number): NewLogRow {
    return {
      channel: receiver,
      lane: LANE_NUMBERS.normal,
      orderingKey: sender,
      sender,
      messageId: randomUUID(),
      kind: KIND_NUMBERS.NOTIFICATION,
      fingerprint: randomBytes(32),
      ttlMs: 60_000,
      sentAt: null,
      answerable: false,
      answers: null,
      connectionId: null,
      planVersion: null,
      envelope: '{"header":{},"data":{}}',
      payload: JSON.stringify({ n }),
      notBefore: null,
      traits: 0,
    };
  }

  it('serves a reader that keeps up from memory, with the rows as the log has them', async () => {
    const broker = city.broker();
    // Others may have been seen until its first heartbeat.
    while (!broker.get(BrokerSignals).isAlone) await delay(50);
    const end = (await broker.get(LogReader).newest(receiver, LANE_NUMBERS.normal))?.position ?? '0';
    await broker.get(LogReader).after(at(end), 10);
    await broker.send(provide(sender, receiver, 1, { notBefore: new Date(Date.now() - 5_000).toISOString() }));
    const served = broker.get(LogTail).next(at(end), 10);
    const [row] = served?.[0] ?? [];
    const [stored] = await broker.get(LogReader).at(receiver, LANE_NUMBERS.normal, [row?.position ?? '0']);
    expect(row).toEqual(stored);
  });

  it('serves a reader who lags behind from memory as long as this broker commits, without a look at the log in between', async () => {
    const broker = city.broker();
    while (!broker.get(BrokerSignals).isAlone) await delay(50);
    const [reader, tail] = [broker.get(LogReader), broker.get(LogTail)];
    let after = (await reader.newest(receiver, LANE_NUMBERS.normal))?.position ?? '0';
    await reader.after(at(after), 10);
    const began = performance.now();
    const seen: number[] = [];
    // Longer than what is remembered is good for, with more and more that waits.
    for (let n = 0; performance.now() - began < 2_500; n += 2) {
      await broker.send(provide(sender, receiver, n));
      await broker.send(provide(sender, receiver, n + 1));
      const [row] = tail.next(at(after), 1)?.[0] ?? [];
      if (row === undefined) throw new Error(`memory did not know the next after ${seen.length}`);
      seen.push((JSON.parse(row.payload ?? '{}') as { n: number }).n);
      after = row.position;
      await delay(20);
    }
    expect(seen).toEqual(seen.map((_, index) => index));
  });

  it('never skips what somebody else committed between two commits of its own', async () => {
    const broker = city.broker();
    const other = new Client(city.database.url);
    await other.connect();
    const reader = broker.get(LogReader);
    let after = (await reader.newest(receiver, LANE_NUMBERS.normal))?.position ?? '0';
    const seen: number[] = [];
    const read = async (limit: number): Promise<number> => {
      const [rows = []] = await reader.after(at(after), limit);
      for (const row of rows) seen.push((JSON.parse(row.payload ?? '{}') as { n: number }).n);
      after = rows.at(-1)?.position ?? after;
      return rows.length;
    };
    for (let n = 0; n < 90; n += 1) {
      if (n % 3 === 0) await read(10);
      if (n % 5 === 4) await other.query(appendOrFailStatement([foreignRow(n)], 86_400));
      else await broker.send(provide(sender, receiver, n));
      if (n % 2 === 0) await read(2);
    }
    // Somebody who is no live broker is found by the next look, a second later at most.
    while (seen.length < 90) if ((await read(10)) === 0) await delay(20);
    await other.end();
    expect(seen).toEqual(Array.from({ length: 90 }, (_, n) => n));
  });

  it('remembers what is delivered again, as the log has it and not as its last reader left it', async () => {
    const broker = city.broker();
    const reader = broker.get(LogReader);
    const before = (await reader.newest(receiver, LANE_NUMBERS.normal))?.position ?? '0';
    for (let n = 0; n < 3; n += 1) await broker.send(provide(sender, receiver, n, { ttlMs: n === 1 ? 1_500 : 60_000 }));
    const [stored = []] = await reader.after(at(before), 3);
    const positions = stored.map(({ position }) => position);
    const first = await reader.again(receiver, LANE_NUMBERS.normal, positions.slice(1));
    expect(first).toMatchObject({ rows: await reader.at(receiver, LANE_NUMBERS.normal, positions.slice(1)), unread: [] });
    for (const row of first.rows) row.payload = 'changed';
    while ((await reader.at(receiver, LANE_NUMBERS.normal, positions))[1]?.expired !== true) await delay(50);
    const asked = jest.spyOn(broker.database.hot, 'query');
    const second = await reader.again(receiver, LANE_NUMBERS.normal, [...positions].reverse());
    const queries = (asked.mock.calls as unknown as [{ name: string; values: unknown[] }][]).map(([query]) => query);
    expect(queries.filter(({ name }) => name === 'read-again').map(({ values }) => values[2])).toEqual([positions.slice(0, 1)]);
    asked.mockRestore();
    expect(second).toMatchObject({ rows: await reader.at(receiver, LANE_NUMBERS.normal, positions), unread: [] });
    expect(second.rows.map(({ expired }) => expired)).toEqual([false, true, false]);
  });

  it('gives a claim what is there, also in other lanes', async () => {
    const broker = city.broker();
    for (let claim = await broker.claim(receiver); claim.token !== undefined; claim = await broker.claim(receiver))
      await broker.get(InboxService).ack(receiver, { leaseToken: claim.token });
    await broker.send(provide(sender, receiver, 1, { lane: 'bulk' }));
    await broker.send(provide(sender, receiver, 2, { lane: 'incident' }));
    await broker.send(provide(sender, receiver, 3));
    expect(numbers(await broker.claim(receiver)).toSorted()).toEqual([1, 2, 3]);
  });

  it('is not delivered to who browses once it was withdrawn, whatever memory knew of the inbox before', async () => {
    const broker = city.broker();
    while (!broker.get(BrokerSignals).isAlone) await delay(50);
    const ending = new AbortController();
    const stream = await broker.get(InboxStream).open(receiver, { ack: 'none', signal: ending.signal });
    const next = async (): Promise<string> => ((await stream.next()).value as string | undefined) ?? '';
    await next();
    const { messageId: first } = await broker.send(provide(sender, receiver, 1));
    for (let frame = await next(); !frame.includes(first); frame = await next());
    // The reader does not ask for more before the second is taken back.
    const { messageId: second } = await broker.send(provide(sender, receiver, 2));
    await broker.get(WithdrawalService).withdraw(CITY, sender, second);
    const { messageId: third } = await broker.send(provide(sender, receiver, 3));
    const frames = [await next()];
    while (frames.at(-1)?.includes(third) !== true) frames.push(await next());
    expect(frames.filter((frame) => frame.includes(second))).toEqual([]);
    ending.abort();
    await stream.return();
  });
});
