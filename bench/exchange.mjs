// `npm run bench:exchange [-- --quick] [--json FILE] [--only 3,4] [--rounds N]`: every goal of the exchange beside its peers, in turn, on one PostgreSQL in a
// temporary directory. See docs/performance.md.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWhenNeeded, ROOT } from '../scripts/build-when-needed.mjs';
import { installWhenNeeded } from './exchange/dependencies.mjs';
import { ExchangeBench } from './exchange/exchange-bench.mjs';
import { endurance } from './exchange/rows/endurance.mjs';
import { memory } from './exchange/rows/memory.mjs';
import { neighbours } from './exchange/rows/neighbours.mjs';
import { postToSse } from './exchange/rows/post-to-sse.mjs';
import { queues } from './exchange/rows/queues.mjs';
import { subscribers } from './exchange/rows/subscribers.mjs';
import { websocket } from './exchange/rows/websocket.mjs';

const GROUPS = [postToSse, queues, websocket, endurance, memory, neighbours, subscribers];

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    dist: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const only = options.only?.split(',').map(Number) ?? GROUPS.flatMap(({ numbers }) => numbers);
const unknown = only.filter((number) => !GROUPS.some(({ numbers }) => numbers.includes(number)));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}; there are ${GROUPS.flatMap(({ numbers }) => numbers).join(', ')}.`);
  process.exit(2);
}
const rounds = options.rounds === undefined ? (options.quick ? 3 : 5) : Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('--rounds takes a whole number from 1 on.');
  process.exit(2);
}
installWhenNeeded();
if (options.dist === undefined) buildWhenNeeded();

const say = (text) => console.error(`${(performance.now() / 1_000).toFixed(1).padStart(7)} s  ${text}`);
const bench = new ExchangeBench({ dist: resolve(options.dist ?? join(ROOT, 'dist')), quick: options.quick, rounds, say });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void bench.close().finally(() => process.exit(1)));
try {
  await bench.start();
  for (const { numbers, run } of GROUPS) {
    const wanted = numbers.filter((number) => only.includes(number));
    if (wanted.length === 0) continue;
    try {
      await run(bench, wanted);
    } catch (error) {
      // What one row cannot do says nothing about the others.
      console.error(error, bench.logs);
      bench.report.fail(wanted.join(', '), 'stopped', error.message);
      process.exitCode = 1;
    } finally {
      await bench.clear();
    }
  }
  say('done');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  // What was measured until something went wrong is worth reading too.
  if (options.json !== undefined) bench.report.write(options.json);
  console.log(`${bench.report.machine}\n\n${bench.report.table}`);
  await bench.close();
}
