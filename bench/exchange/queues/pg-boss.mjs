// pg-boss 10: jobs are rows, claimed by SKIP LOCKED, marked completed, removed later. Bulk: insert of many, fetch of many, complete of many.
import { setTimeout as delay } from 'node:timers/promises';
import PgBoss from 'pg-boss';
import { endToEnd, single } from '../load/loads.mjs';
import { payloadOf } from '../load/payload.mjs';
import { Batching } from './batching.mjs';

const QUEUE = 'bench';
const BATCH = { most: 500, writers: 2 };
const POOL_SIZE = 12;
const FETCHERS = 2;
const FETCHED = 500;
const IDLE_MS = 2;

export async function open({ url }) {
  const boss = new PgBoss({ connectionString: url, max: POOL_SIZE, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE);

  const consume = async (handled, acked) => {
    let over = false;
    const fetching = Array.from({ length: FETCHERS }, async () => {
      while (!over) {
        const jobs = await boss.fetch(QUEUE, { batchSize: FETCHED, priority: false, ignoreStartAfter: true });
        if (jobs.length === 0) {
          // Its own worker polls twice a second at most; this asks as often as makes sense.
          await delay(IDLE_MS);
          continue;
        }
        for (const { data } of jobs) handled(data.n);
        await boss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
        acked(jobs.length);
      }
    });
    return async () => {
      over = true;
      await Promise.all(fetching);
    };
  };
  const bulk = new Batching((payloads) => boss.insert(payloads.map((data) => ({ name: QUEUE, data }))), BATCH);
  const after = async (result) => {
    await boss.getDb().executeSql('TRUNCATE pgboss.job');
    return result;
  };
  return {
    endToEnd: async (terms) => after(await endToEnd({ send: (n) => bulk.add(payloadOf(n)), consume }, terms)),
    single: async (terms) => after(await single({ send: (n) => boss.send(QUEUE, payloadOf(n)) }, terms)),
    close: () => boss.stop({ graceful: false, timeout: 1_000 }),
  };
}
