import { Client } from 'pg';
import fc from 'fast-check';
import { SegmentKeeper } from '../../src/database/segment-keeper.js';
import { LogReader } from '../../src/exchange/log/log-reader.js';
import { comparePositions, LANE_NUMBERS, type Position } from '../../src/exchange/log/log-row.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import { provide, TestCity } from './exchange-fixture.js';

/** What one run of the property does, in this order, while readers page on. */
type Step = 'send' | 'burst' | 'repeat' | 'crash' | 'freeze' | 'segment';

interface Stored {
  n: number;
  sender: string;
  position: Position;
}

const BURST = 40;
const PAGE = 7;

describe('a cursor', () => {
  let city: TestCity;
  let receiver: TwinId;
  let senders: TwinId[];
  let elsewhere: TestDatabase;
  let blocker: Client;

  beforeAll(async () => {
    city = await TestCity.build(2);
    receiver = await city.aTwin('receiver');
    senders = await Promise.all(['a', 'b', 'c'].map((name) => city.aTwin(name)));
    await city.connect(receiver, ...senders);
    // An open write transaction in another database of the server holds every xmin horizon back.
    elsewhere = await createEmptyDatabase();
    blocker = new Client(elsewhere.url);
    await blocker.connect();
    await blocker.query('CREATE TABLE t (n int)');
    await blocker.query('BEGIN');
    await blocker.query('INSERT INTO t VALUES (1)');
  });

  afterAll(async () => {
    await blocker.query('ROLLBACK');
    await blocker.end();
    await elsewhere.drop();
    await city.close();
  });

  /** Pages through the channel by cursor until it is stopped and has seen the end. */
  function follow(broker: number, from: Position): { seen: Stored[]; stop: () => Promise<Stored[]> } {
    const seen: Stored[] = [];
    const order = { toEnd: false };
    const run = (async () => {
      for (let after = from; ;) {
        const last = order.toEnd;
        const [rows = []] = await city
          .broker(broker)
          .get(LogReader)
          .after([{ channel: receiver, lane: LANE_NUMBERS.normal, after }], PAGE);
        for (const row of rows) {
          expect(comparePositions(row.position, after)).toBeGreaterThan(0);
          after = row.position;
          seen.push({ n: (JSON.parse(row.payload ?? '{}') as { n: number }).n, sender: row.sender, position: row.position });
        }
        if (last && rows.length === 0) return seen;
      }
    })();
    return {
      seen,
      stop: () => {
        order.toEnd = true;
        return run;
      },
    };
  }

  async function newest(): Promise<Position> {
    return (await city.broker().get(LogReader).newest(receiver, LANE_NUMBERS.normal))?.position ?? '0';
  }

  /** Ends the connections on which a broker appends, wherever their statements are. */
  async function crashWriters(): Promise<void> {
    await city
      .broker()
      .database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('twinfed messages', 'twinfed incidents')`,
      );
  }

  /** A writer that has taken its place in the order and then stands still, as far as the protocol lets one: inside the append, before its commit. */
  async function freeze(work: () => Promise<void>): Promise<void> {
    const frozen = new Client(city.database.url);
    frozen.on('error', () => undefined);
    await frozen.connect();
    await frozen.query('BEGIN');
    await frozen.query(`SELECT lock_segments_shared('acceptance'), lock_segments_shared('log'), nextval('message_position')`);
    await frozen.query('SELECT pg_advisory_xact_lock(7203, message_shard($1))', [receiver]);
    const working = work();
    await frozen.query('ROLLBACK');
    await frozen.end();
    await working;
  }

  it('skips no late commit and gives nothing out of order, whoever writes, stands still or dies', async () => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Step>('send', 'burst', 'repeat', 'crash', 'freeze', 'segment'), { minLength: 3, maxLength: 8 }),
        fc.infiniteStream(fc.nat({ max: 5 })),
        async (steps, dice) => {
          const roll = (sides: number): number => (dice.next().value ?? 0) % sides;
          const from = await newest();
          const readers = [follow(0, from), follow(1, from)];
          const accepted = new Map<string, number[]>();
          let last: object | undefined;
          /** Sends one; when the outcome is not known, the message is sent again until it is. */
          const send = async (sender: TwinId): Promise<void> => {
            n += 1;
            const own = n;
            const message = provide(sender, receiver, own);
            for (let tries = 0; ; tries += 1) {
              try {
                await city.broker(roll(2)).send(message);
                break;
              } catch (error) {
                expect(error).toMatchObject({ code: 'database-unavailable' });
                expect(tries).toBeLessThan(20);
              }
            }
            last = message;
            accepted.set(sender, [...(accepted.get(sender) ?? []), own]);
          };
          const burst = async (): Promise<void> => {
            await Promise.all(
              senders.map(async (sender) => {
                for (let each = 0; each < BURST / senders.length; each += 1) await send(sender);
              }),
            );
          };
          const steady = senders[0];
          for (const step of steps) {
            if (step === 'send' && steady !== undefined) await send(steady);
            if (step === 'burst') await burst();
            if (step === 'repeat' && last !== undefined)
              await expect(city.broker(roll(2)).send(last)).resolves.toMatchObject({ repeated: true });
            if (step === 'crash') await Promise.all([burst(), crashWriters(), crashWriters()]);
            if (step === 'freeze') await freeze(burst);
            if (step === 'segment') await city.broker(roll(2)).get(SegmentKeeper).maintain();
          }
          for (const reader of readers) {
            const seen = await reader.stop();
            // Each sender sent one after the other, so its numbers come in their order; all are there, and once.
            for (const sender of senders) {
              expect(seen.filter((row) => row.sender === sender).map((row) => row.n)).toEqual(accepted.get(sender) ?? []);
            }
          }
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
