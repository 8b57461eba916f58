// `npm run bench:discovery [-- --quick] [--json FILE]`: a registry of 10k, 100k and 1M twins (quick: up to 100k), loaded through the bulk endpoint and
// searched through HTTP, beside COPY and SQL written by hand. See docs/performance.md.
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildWhenNeeded, ROOT } from '../scripts/build-when-needed.mjs';
import { BenchBroker } from './broker/bench-broker.mjs';
import { sendBulk, writeProfiles } from './broker/bulk-load.mjs';
import { CopyBaseline } from './broker/copy-in.mjs';
import { idOf, MARKED } from './data-set/twins.mjs';
import { Report } from './measure/report.mjs';
import { renewMany, sweepAll } from './search/lease-work.mjs';
import { CLIENTS, disturbance, measureSearches } from './search/measure-searches.mjs';
import { ApiClient, connect } from './search/search-client.mjs';
import { searchCases } from './search/search-cases.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, dist: { type: 'string' }, sizes: { type: 'string' } },
});
if (options.dist === undefined) buildWhenNeeded();
const dist = options.dist ?? join(ROOT, 'dist');
const SIZES = options.sizes?.split(',').map(Number) ?? (options.quick ? [1_000, 10_000, 100_000] : [1_000, 10_000, 100_000, 1_000_000]);
const EFFORT = options.quick ? { rounds: 3, calls: 80, warm: 20, longestMs: 400 } : { rounds: 3, calls: 400, warm: 100, longestMs: 20_000 };
/** At this size only the existence filter is measured: what it is compared with was published for as many. */
const SMALLEST = 1_000;
const RENEWED = options.quick ? 20_000 : 100_000;
/** The quick run times COPY of so many twins of each step, and renews so many leases. */
const SAMPLE = options.quick ? 20_000 : Infinity;
const LONGEST_DISTURBANCE_MS = options.quick ? 5_000 : 600_000;
const short = (size) => (size >= 1_000_000 ? `${size / 1_000_000}M` : `${size / 1_000}k`);
const say = (text) => console.error(`${(performance.now() / 1_000).toFixed(1).padStart(7)} s  ${text}`);

/** Grows the registry to a size through the bulk endpoint, and the tables of the baseline by COPY. */
async function grow(bench, from, to) {
  const path = join(tmpdir(), `twinfed-bench-${process.pid}.ndjson`);
  try {
    const bytes = await writeProfiles(path, from, to);
    say(`loading ${to - from} twins (${Math.round(bytes / 2 ** 20)} MB)`);
    const resident = [];
    const before = bench.broker.cpuSeconds;
    const bulk = await sendBulk(bench.broker, await bench.owner.token(), path, resident);
    const cpuSeconds = bench.broker.cpuSeconds - before;
    const copied = Math.min(to - from, SAMPLE);
    const copySeconds = ((await bench.copy.load(from, from + copied, 50_000, idOf)) * (to - from)) / copied;
    await bench.sql[0].query('VACUUM ANALYZE twin, twin_search, twin_lease');
    say(`bulk ${bulk.seconds.toFixed(1)} s, COPY ${copySeconds.toFixed(1)} s`);
    return { bulkSeconds: bulk.seconds, cpuSeconds, copySeconds, resident: Math.max(...resident, bench.broker.residentBytes) };
  } finally {
    await rm(path, { force: true });
  }
}

function reportSize(report, size, loaded, searches) {
  const rate = loaded.twins / loaded.bulkSeconds;
  report.add(`bulk load to ${short(size)}`, rate, 'twins/s', { better: 'higher' });
  report.add(`COPY, to ${short(size)}`, loaded.twins / loaded.copySeconds, 'twins/s', { better: 'higher' });
  report.add(`bulk load to ${short(size)}: processor time of the broker`, (loaded.cpuSeconds / loaded.twins) * 1e6, 'µs/twin');
  report.add(`bulk load ÷ COPY, to ${short(size)}`, loaded.copySeconds / loaded.bulkSeconds, '×', { goal: 0.4, better: 'higher' });
  for (const [name, { http, hand }] of Object.entries(searches)) {
    report.add(`${name}, ${short(size)}: p50 by HTTP`, http.p50, 'ms');
    report.add(`${name}, ${short(size)}: p50 by hand`, hand.p50, 'ms');
    report.add(`${name}, ${short(size)}: p99 by HTTP (goal: 2 × ${hand.p99.toFixed(1)} by hand + 5)`, http.p99, 'ms', {
      goal: 2 * hand.p99 + 5,
    });
  }
}

function reportGrowth(report, results) {
  const largest = SIZES.at(-1);
  const ratio = (name, size, base) => results.get(size)?.searches[name]?.http.p50 / results.get(base)?.searches[name]?.http.p50;
  if (results.has(10_000) && largest > 10_000) {
    const combined = 'area + domain + feature + text';
    const goal = largest === 1_000_000 ? { goal: 3 } : {};
    report.add(`${combined}: p50, ${short(largest)} ÷ 10k`, ratio(combined, largest, 10_000), '×', goal);
    report.add(
      `memory of the broker, most while loading ${short(largest)} ÷ 10k`,
      results.get(largest).resident / results.get(10_000).resident,
      '×',
      { goal: 1.5 },
    );
  }
  if (results.has(SMALLEST) && results.has(100_000)) {
    const name = 'JSONPath existence';
    report.add(`${name}: first page of ${MARKED} matches, p50, 100k ÷ 1k`, ratio(name, 100_000, SMALLEST), '×', { goal: 1.5 });
  }
  if (largest === 1_000_000) {
    const slowest = Math.max(...Object.values(results.get(largest).searches).map(({ http }) => http.p99));
    report.add('slowest p99 of all queries at 1M', slowest, 'ms', { goal: 250 });
  }
}

async function reportDisturbances(report, bench, cases) {
  const at = cases['area + domain'];
  const owner = new ApiClient(bench.broker.url, await bench.owner.token());
  const size = SIZES.at(-1);
  const works = [
    [`a batched renewal of ${short(Math.min(size, RENEWED))} leases`, () => renewMany(owner, Math.min(size, RENEWED))],
    [`a sweep over the leases of ${short(size)} twins`, () => sweepAll(bench.sql[0], LONGEST_DISTURBANCE_MS)],
  ];
  for (const [name, begin] of works) {
    say(name);
    const { before, during, secondsOfWork } = await disturbance(bench.api, at, begin, LONGEST_DISTURBANCE_MS);
    report.add(`p99 during ${name} ÷ before`, during / before, '×', { goal: 2 });
    if (secondsOfWork !== undefined) report.add(`${name} takes`, secondsOfWork, 's');
  }
  owner.close();
}

const report = new Report();
const broker = await BenchBroker.start(dist);
const bench = { broker, sql: [] };
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void broker.close().finally(() => process.exit(1)));
try {
  bench.owner = await broker.organization('bench');
  const reader = await broker.organization('reader');
  bench.sql = await connect(broker.databaseUrl, CLIENTS);
  bench.api = new ApiClient(broker.url, await reader.token());
  bench.copy = new CopyBaseline(bench.sql[0]);
  await bench.copy.prepare();
  const keys = await import(pathToFileURL(join(dist, 'src/registry/search/search-key.js')).href);
  const cases = searchCases(keys);
  const results = new Map();
  let from = 0;
  for (const size of SIZES) {
    const loaded = { twins: size - from, ...(await grow(bench, from, size)) };
    say(`searching ${short(size)} twins`);
    bench.api.token = await reader.token();
    const { 'JSONPath existence': existence } = cases;
    const asked = size === SMALLEST ? { 'JSONPath existence': existence } : cases;
    const searches = await measureSearches(bench.api, bench.sql, asked, EFFORT);
    results.set(size, { searches, resident: loaded.resident });
    if (size !== SMALLEST) reportSize(report, size, loaded, searches);
    from = size;
  }
  await bench.copy.drop();
  reportGrowth(report, results);
  await reportDisturbances(report, bench, cases);
  const { rows } = await bench.sql[0].query(`SELECT pg_size_pretty(pg_database_size(current_database())) AS size`);
  say(`done; the database has ${rows[0].size}`);
} catch (error) {
  console.error(error, broker.log.slice(-3_000));
  process.exitCode = 1;
} finally {
  // What was measured until something went wrong is worth reading too.
  if (options.json !== undefined) report.write(options.json);
  console.log(`${report.machine}\n\n${report.table}`);
  bench.api?.close();
  await Promise.all(bench.sql.map((client) => client.end().catch(() => undefined)));
  await broker.close();
}
