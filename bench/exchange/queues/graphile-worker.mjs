// graphile-worker 0.17: jobs are rows, claimed by SKIP LOCKED and deleted when done. Batched: LocalQueue, batched completion, add_jobs.
import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { endToEnd, paced, single } from '../load/loads.mjs';
import { payloadOf } from '../load/payload.mjs';
import { Batching } from './batching.mjs';

const TASK = 'bench';
const BATCH = { most: 500, writers: 2 };
const POOL_SIZE = 12;
const WORKER = {
  concurrentJobs: 24,
  pollInterval: 100,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};
const silent = new Logger(() => () => undefined);

export async function open({ url }) {
  const pgPool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  pgPool.on('error', () => undefined);
  await runMigrations({ pgPool, logger: silent });
  const utils = await makeWorkerUtils({ pgPool, logger: silent });

  /** Every measurement begins with an empty table: it does not carry the dead rows of the one before. */
  const clear = () => pgPool.query('TRUNCATE graphile_worker._private_jobs');
  const consume = async (handled, acked) => {
    const runner = await run({
      pgPool,
      logger: silent,
      noHandleSignals: true,
      taskList: { [TASK]: ({ n }) => handled(n) },
      preset: { worker: { ...WORKER, logger: silent } },
    });
    runner.events.on('job:complete', () => acked(1));
    return () => runner.stop();
  };
  const bulk = new Batching((payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: TASK, payload }))), BATCH);
  const batched = { send: (n) => bulk.add(payloadOf(n)), consume };
  const alone = { send: (n) => utils.addJob(TASK, payloadOf(n)) };
  const after = async (result) => {
    await clear();
    return result;
  };
  return {
    endToEnd: async (terms) => after(await endToEnd(batched, terms)),
    paced: async (terms) => after(await paced(batched, terms)),
    single: async (terms) => after(await single(alone, terms)),
    close: async () => {
      await utils.release();
      await pgPool.end();
    },
  };
}
