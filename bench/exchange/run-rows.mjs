// What the benches of exchange and adaptor have in common: options, rows in turn, the table.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWhenNeeded, ROOT } from '../../scripts/build-when-needed.mjs';
import { ExchangeBench } from './exchange-bench.mjs';

/**
 * Rows that are measured together; `run` is given the numbers of those that are wanted. `prepare` starts what takes long to start: the short form has it all
 * start at once, before the first row. A group that is `long` says why; it has no place in the short form unless it is asked for.
 * @typedef {object} Group
 * @property {number[]} numbers
 * @property {(bench: ExchangeBench, numbers: number[]) => Promise<void>} run
 * @property {(bench: ExchangeBench) => Promise<unknown>} [prepare]
 * @property {string} [long]
 */

/** @param {readonly Group[]} groups */
function readOptions(groups, quickRounds) {
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
  const rounds = values.rounds === undefined ? (values.quick ? quickRounds : 5) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error('--rounds takes a whole number from 1 on.');
    process.exit(2);
  }
  return { ...values, only, rounds, isAsked: values.only !== undefined };
}

/**
 * Measures the rows that the command line asks for and prints their table; sets the exit code when one could not be measured.
 * @param {readonly Group[]} groups in the order of their rows
 * @param {{ install?: () => void, quickRounds?: number }} [options] what has to be there first; how often the short form measures unless it is told
 */
export async function runRows(groups, { install = () => undefined, quickRounds = 3 } = {}) {
  const { only, rounds, quick, dist, json, isAsked } = readOptions(groups, quickRounds);
  install();
  if (dist === undefined) buildWhenNeeded();
  const say = (text) => console.error(`${(performance.now() / 1_000).toFixed(1).padStart(7)} s  ${text}`);
  const bench = new ExchangeBench({ dist: resolve(dist ?? join(ROOT, 'dist')), quick, rounds, say });
  /** After each row: what was measured until something went wrong is worth reading too. */
  const write = () => json !== undefined && bench.report.write(json);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void bench.close().finally(() => process.exit(1)));
  try {
    await bench.start();
    const wantedOf = ({ numbers }) => numbers.filter((number) => only.includes(number));
    // What cannot be started is reported by the row that needs it.
    if (quick) await Promise.allSettled(groups.filter((group) => wantedOf(group).length > 0).map((group) => group.prepare?.(bench)));
    for (const group of groups) {
      const { run, long } = group;
      const wanted = wantedOf(group);
      if (wanted.length === 0) continue;
      if (quick && long !== undefined && !isAsked) {
        bench.report.skip(wanted.join(', '), long);
        continue;
      }
      try {
        await run(bench, wanted);
      } catch (error) {
        // What one row cannot do says nothing about the others.
        console.error(error, bench.logs);
        bench.report.fail(wanted.join(', '), 'stopped', error.message);
        process.exitCode = 1;
      } finally {
        await bench.clear();
        write();
      }
    }
    say('done');
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    write();
    console.log(`${bench.report.machine}\n\n${bench.report.table}`);
    await bench.close();
  }
}
