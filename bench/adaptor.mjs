// `npm run bench:adaptor [-- --quick] [--json FILE] [--only 1,2] [--rounds N]`: what adapting costs, alone and on the way through the exchange. See
// docs/performance.md.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhenNeeded, ROOT } from '../scripts/build-when-needed.mjs';
import { exchange } from './adaptor/rows/exchange.mjs';
import { mqtt } from './adaptor/rows/mqtt.mjs';
import { plans } from './adaptor/rows/plans.mjs';
import { ExchangeBench } from './exchange/exchange-bench.mjs';

const VIEW = join(import.meta.dirname, 'adaptor', 'rows', 'view.mjs');
const view = existsSync(VIEW) ? [(await import(pathToFileURL(VIEW).href)).view] : [];
const GROUPS = [plans, exchange, ...view, mqtt];

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
