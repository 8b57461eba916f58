// What the benches of exchange and adaptor have in common: options, rows in turn, the table.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWhenNeeded, ROOT } from '../../scripts/build-when-needed.mjs';
import { ExchangeBench } from './exchange-bench.mjs';

/**
 * Rows that are measured together; `run` is given the numbers of those that are wanted.
 * @typedef {{ numbers: number[], run: (bench: ExchangeBench, numbers: number[]) => Promise<void> }} Group
 */

/** @param {readonly Group[]} groups */
function readOptions(groups) {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      dist: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
    },
  });
  const known = groups.flatMap(({ numbers }) => numbers);
  const only = values.only?.split(',').map(Number) ?? known;
  const unknown = only.filter((number) => !known.includes(number));
  if (unknown.length > 0) {
    console.error(`There is no row ${unknown.join(', ')}; there are ${known.join(', ')}.`);
    process.exit(2);
  }
  const rounds = values.rounds === undefined ? (values.quick ? 3 : 5) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error('--rounds takes a whole number from 1 on.');
    process.exit(2);
  }
  return { ...values, only, rounds };
}

/**
 * Measures the rows that the command line asks for and prints their table; sets the exit code when one could not be measured.
 * @param {readonly Group[]} groups in the order of their rows
 * @param {() => void} [prepare] what has to be there first
 */
export async function runRows(groups, prepare = () => undefined) {
  const { only, rounds, quick, dist, json } = readOptions(groups);
  prepare();
  if (dist === undefined) buildWhenNeeded();
  const say = (text) => console.error(`${(performance.now() / 1_000).toFixed(1).padStart(7)} s  ${text}`);
  const bench = new ExchangeBench({ dist: resolve(dist ?? join(ROOT, 'dist')), quick, rounds, say });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void bench.close().finally(() => process.exit(1)));
  try {
    await bench.start();
    for (const { numbers, run } of groups) {
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
    if (json !== undefined) bench.report.write(json);
    console.log(`${bench.report.machine}\n\n${bench.report.table}`);
    await bench.close();
  }
}
