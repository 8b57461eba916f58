import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { SegmentKeeper } from '../../src/database/segment-keeper.js';
import { attachPartition, withMaintenanceSession } from '../../src/database/segment-ddl.js';
import { InboxService } from '../../src/exchange/inbox/inbox.service.js';
import { InboxStore } from '../../src/exchange/inbox/inbox.store.js';
import { KIND_NUMBERS, LANE_NUMBERS } from '../../src/exchange/log/log-row.js';
import { LogWriter } from '../../src/exchange/log/log-writer.js';
import { LastValueService } from '../../src/exchange/value/last-value.service.js';
import { CITY, notify, numbers, provide, TestCity } from './exchange-fixture.js';

describe('segments', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  /** Opens the next segment of a family now, as the keeper does when its time has come. */
  async function roll(family: 'log' | 'acceptance' | 'inbox'): Promise<number> {
    const { database } = city.broker();
    const tables = {
      log: { names: ['message_log'], key: 'position', sequence: 'message_position' },
      acceptance: { names: ['acceptance', 'answer', 'answer_taken'], key: 'segment', sequence: null },
      inbox: { names: ['inbox_state'], key: 'position', sequence: 'inbox_version' },
    } as const;
    const { names, key, sequence } = tables[family];
    const [open] = await database.query<{ id: number }>('SELECT id FROM segment WHERE family = $1 AND closed_at IS NULL', [family]);
    const next = (open?.id ?? 0) + 1;
    await withMaintenanceSession(database, async (client) => {
      for (const name of names) await attachPartition(client, { name, key }, next);
    });
    await database.query('SELECT open_segment($1, $2, $3)', [family, next, sequence]);
    return next - 1;
  }

  /** Makes a closed segment look out of retention, and lets the keeper drop it. */
  async function outdate(family: string, segment: number): Promise<void> {
    await city
      .broker()
      .database.query(`UPDATE segment SET closed_at = closed_at - interval '10 years' WHERE family = $1 AND id = $2`, [family, segment]);
    await city.broker().get(SegmentKeeper).maintain();
  }

  it('keeps order and recognises repeats while segments change under senders', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const messages = Array.from({ length: 120 }, (_, n) => provide(sender, receiver, n));
    const sending = (async () => {
      for (const [n, message] of messages.entries()) await city.broker(n % 2).send(message);
    })();
    for (const family of ['log', 'acceptance', 'inbox', 'log', 'acceptance'] as const) await roll(family);
    await sending;
    await roll('acceptance');
    for (const message of messages.slice(0, 5)) await expect(city.broker().send(message)).resolves.toMatchObject({ repeated: true });
    await expect(
      city.broker().send(provide(sender, receiver, -1, { messageId: (messages[0] as { header: { messageId: string } }).header.messageId })),
    ).rejects.toMatchObject({
      code: 'message-conflict',
    });
    const got = numbers(await city.broker(1).claim(receiver, { max: 1_000 }));
    expect(got).toEqual(Array.from({ length: 120 }, (_, n) => n));
  });

  it('carries inbox states and last values forward when a segment is dropped', async () => {
    const [subject, other] = [await city.aTwin('subject'), await city.aTwin('other')];
    await city.connect(subject, other);
    const broker = city.broker();
    await broker.send(notify(subject, 42));
    await broker.send(provide(other, subject, 1));
    await broker.send(provide(other, subject, 2));
    const { token, deliveries } = await broker.claim(subject, { max: 1 });
    expect(deliveries).toHaveLength(1);
    await broker.get(InboxService).ack(subject, { leaseToken: token ?? '' });
    await outdate('inbox', await roll('inbox'));
    const { state } = await broker.get(InboxStore).read(subject);
    expect(state.cursors).not.toEqual({});
    expect(numbers(await city.broker(1).claim(subject))).toEqual([2]);
    await outdate('log', await roll('log'));
    const [left] = await broker.database.query<{ n: string }>('SELECT count(*) AS n FROM message_log WHERE channel = $1', [subject]);
    expect(left?.n).toBe('0');
    expect(await broker.get(LastValueService).read(CITY, subject, 'flow')).toMatchObject({ value: '{"n":42}' });
  });

  it('goes on accepting while an old reader is in the way of attaching and detaching', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const broker = city.broker();
    const reader = new Client(city.database.url);
    await reader.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM message_log');
    const closed = await roll('log');
    // The drop waits for the reader a moment, gives up and is taken up again by the next maintenance.
    const dropping = outdate('log', closed).catch(() => undefined);
    for (let n = 0; n < 20; n += 1) await broker.send(provide(sender, receiver, n));
    await roll('log');
    for (let n = 20; n < 40; n += 1) await city.broker(n % 2).send(provide(sender, receiver, n));
    await dropping;
    const stillThere = await broker.database.query(`SELECT FROM pg_class WHERE relname = 'message_log_' || $1`, [String(closed)]);
    await reader.query('ROLLBACK');
    await reader.end();
    await broker.get(SegmentKeeper).maintain();
    const left = await broker.database.query(`SELECT FROM pg_class WHERE relname = 'message_log_' || $1`, [String(closed)]);
    expect(stillThere).toHaveLength(1);
    expect(left).toHaveLength(0);
    expect(numbers(await broker.claim(receiver))).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('drops what nobody reads, and makes what is needed, while something else cannot be dropped', async () => {
    const broker = city.broker();
    const keeper = broker.get(SegmentKeeper);
    const { database } = broker;
    const reader = new Client(city.database.url);
    await reader.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM message_log');
    const [read, unread] = [await roll('log'), await roll('inbox')];
    await database.query(
      `UPDATE segment SET closed_at = closed_at - interval '10 years' WHERE (family, id) IN (('log', $1), ('inbox', $2))`,
      [read, unread],
    );
    const settled: string[] = [];
    const maintaining = keeper.maintain().then(
      () => settled.push('maintained'),
      () => settled.push('put off'),
    );
    const count = async (table: string): Promise<number> =>
      (await database.query('SELECT FROM pg_class WHERE relname = $1', [table])).length;
    while ((await count(`message_log_${read}`)) === 1 && settled.length === 0) {
      const [{ pending } = { pending: false }] = await database.query<{ pending: boolean }>(
        `SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = to_regclass($1)`,
        [`message_log_${read}`],
      );
      if (pending) break;
    }
    await keeper.repair().then(() => settled.push('repaired'));
    await maintaining;
    expect(settled).toEqual(['repaired', 'put off']);
    expect([await count(`message_log_${read}`), await count(`inbox_state_${unread}`)]).toEqual([1, 0]);
    await reader.query('ROLLBACK');
    await reader.end();
    await keeper.maintain();
    expect(await count(`message_log_${read}`)).toBe(0);
  });

  it('makes a partition that is missing and accepts the message all the same', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    await city.connect(receiver, sender);
    const { database } = city.broker();
    const [open] = await database.query<{ id: number }>(`SELECT id FROM segment WHERE family = 'log' AND closed_at IS NULL`);
    await database.query(`ALTER TABLE message_log DETACH PARTITION message_log_${open?.id}`);
    await database.query(`DROP TABLE message_log_${open?.id}`);
    await expect(city.broker().send(provide(sender, receiver, 9))).resolves.toMatchObject({ repeated: false });
    expect(numbers(await city.broker().claim(receiver))).toEqual([9]);
  });

  it('keeps the order of batches that are under way when the first of them finds no partition', async () => {
    const [receiver, sender] = [await city.aTwin('receiver'), await city.aTwin('sender')];
    const { database } = city.broker();
    const [open] = await database.query<{ id: number }>(`SELECT id FROM segment WHERE family = 'log' AND closed_at IS NULL`);
    await database.query(`ALTER TABLE message_log DETACH PARTITION message_log_${open?.id}`);
    await database.query(`DROP TABLE message_log_${open?.id}`);
    const writer = city.broker().get(LogWriter);
    const append = (n: number): Promise<unknown> =>
      writer.append({
        channel: receiver,
        lane: LANE_NUMBERS.normal,
        orderingKey: sender,
        sender,
        messageId: `m-${n}`,
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
      });
    // More than one batch holds, and a second wave while the first is under way.
    const outcomes = Array.from({ length: 1_500 }, (_, n) => append(n));
    await new Promise(setImmediate);
    outcomes.push(...Array.from({ length: 1_500 }, (_, n) => append(1_500 + n)));
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ outcome: 'accepted' });
    const rows = await database.query<{ payload: string }>('SELECT payload FROM message_log WHERE channel = $1 ORDER BY position', [
      receiver,
    ]);
    expect(rows.map((row) => (JSON.parse(row.payload) as { n: number }).n)).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  });
});
