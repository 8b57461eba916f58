import { inTurn, quotients } from '../../measure/rounds.mjs';
import { DEPOT } from '../broker/twins.mjs';
import { median } from '../../measure/timing.mjs';

/** The readers' first look at their inboxes is none of what idling costs. */
const WARM_MS = { without: 500, with: 2_000 };
const BULK = 2;
const FILL_LIMIT_MS = 900_000;
const channels = (name, count) => Array.from({ length: count }, (_, index) => `urn:bench:${name}:${index}`);
const of = (results, figure) => results.map((each) => each[figure]);

/** A latency may be twice that of calm, or some milliseconds more, whichever is larger; as a quotient. */
const roomOf = (calm, milliseconds) => Math.max(2, (median(calm) + milliseconds) / median(calm));

function addLatencies(bench, number, figure, names, results) {
  for (const [way, name] of Object.entries(names))
    bench.report.add(number, `${name}, ${figure}`, of(results[way], figure), 'ms', { better: 'lower' });
}

/** Row 9: what a healthy receiver notices of a hundred that settle nothing. */
async function deadReceivers(bench, number) {
  bench.say(`row ${number}: a healthy receiver beside 100 dead ones`);
  const broker = await bench.broker();
  const dead = channels('dead', 100);
  await broker.call('fill', { channels: dead, count: bench.quick ? 2_000 : 20_000 });
  const terms = { perSecond: 500, warmMs: bench.quick ? 300 : 1_000, ms: bench.quick ? 1_000 : 8_000 };
  const results = await inTurn(
    {
      alone: async () => {
        await bench.checkpoint();
        return broker.call('paced', terms);
      },
      beside: async () => {
        await bench.checkpoint();
        await broker.call('startDead', { channels: dead, perSecond: 100, leaseMs: 2_000 });
        const latency = await broker.call('paced', terms);
        await broker.call('rest');
        return latency;
      },
    },
    bench.rounds,
  );
  const names = { alone: 'healthy receiver, 500/s', beside: 'the same beside 100 dead ones' };
  for (const figure of ['p50', 'p99']) {
    const [alone, beside] = [of(results.alone, figure), of(results.beside, figure)];
    addLatencies(bench, number, figure, names, results);
    const goal = figure === 'p50' ? { must: 1.2, aim: 1.05 } : { must: roomOf(alone, 5), aim: 1.2 };
    bench.report.add(number, `healthy receiver beside 100 dead ones ÷ without, ${figure}`, quotients(beside, alone), '×', {
      ...goal,
      better: 'lower',
    });
  }
}

/** Row 10: incident messages while the same receiver drains a backlog of bulk. */
async function incidentLane(bench, number) {
  const backlog = bench.quick ? 20_000 : 1_000_000;
  bench.say(`row ${number}: incident messages while ${backlog} bulk messages drain`);
  const [idle, draining] = await Promise.all([bench.broker(), bench.broker()]);
  const fill = () => draining.call('fill', { channels: [DEPOT], count: backlog, lane: BULK }, FILL_LIMIT_MS);
  if (!bench.quick) await fill();
  const terms = {
    perSecond: 50,
    lane: 'incident',
    max: 100,
    consumers: 1,
    warmMs: bench.quick ? 300 : 1_000,
    ms: bench.quick ? 1_000 : 8_000,
  };
  const results = await inTurn(
    {
      idle: () => idle.call('paced', terms),
      drained: async () => {
        // A broker that the rows share is idle only before it is filled.
        if (bench.quick) await fill();
        return draining.call('paced', { ...terms, receiver: DEPOT });
      },
    },
    bench.rounds,
  );
  const [calm, busy] = [of(results.idle, 'p99'), of(results.drained, 'p99')];
  const size = bench.quick ? '20k (quick)' : 'a million';
  addLatencies(
    bench,
    number,
    'p99',
    { idle: 'incident lane, nothing else', drained: `incident lane while ${size} bulk messages drain` },
    results,
  );
  bench.report.add(number, `incident lane while ${size} bulk messages drain ÷ idle, p99`, quotients(busy, calm), '×', {
    must: roomOf(calm, 10),
    aim: 1.2,
    better: 'lower',
  });
}

/** Row 11: statements on behalf of a thousand readers for whom nothing comes. */
async function idleReaders(bench, number) {
  bench.say(`row ${number}: 1,000 idle readers while 1,000/s go to others`);
  const broker = await bench.broker();
  const { token } = await broker.call('address');
  const idle = { channels: channels('idle', 1_000) };
  const terms = { perSecond: 1_000, ms: bench.quick ? 1_200 : 10_000 };
  const measure = async (reader) => {
    if (reader !== undefined) await reader.call('startIdle', idle);
    await broker.call('busy', { ...terms, ms: reader === undefined ? WARM_MS.without : WARM_MS.with });
    const { statements } = await broker.call('busy', terms);
    await reader?.call('rest');
    return statements;
  };
  const results = await inTurn({ without: () => measure(), with: () => measure(broker) }, bench.rounds);
  bench.report.add(number, '1,000/s to others, no idle readers: statements of the broker', results.without, 'per s', { better: 'lower' });
  bench.report.add(number, '1,000/s to others, 1,000 idle readers: statements of the broker', results.with, 'per s', { better: 'lower' });
  const more = results.with.map((value, index) => Math.max(0, value - results.without[index]));
  bench.report.add(number, '1,000 idle readers: statements on their behalf', more, 'per s', { must: 50, aim: 10, better: 'lower' });
  if (bench.quick) return;
  const second = await bench.contender('brokers/broker.mjs', { url: broker.databaseUrl, token });
  const elsewhere = await inTurn(
    {
      second: async () => {
        await second.call('startIdle', idle);
        await broker.call('busy', { ...terms, ms: WARM_MS.with });
        const before = await second.call('statements');
        const started = performance.now();
        await broker.call('busy', terms);
        const rate = (((await second.call('statements')) - before) * 1_000) / (performance.now() - started);
        await second.call('rest');
        return rate;
      },
    },
    bench.rounds,
  );
  bench.report.add(number, '1,000 idle readers on a second broker: its statements', elsewhere.second, 'per s', { better: 'lower' });
}

const ROWS = { 9: deadReceivers, 10: incidentLane, 11: idleReaders };

/** Rows 9 to 11: what one receiver notices of others. */
export const neighbours = Object.entries(ROWS).map(([number, row]) => ({
  numbers: [Number(number)],
  run: (bench) => row(bench, Number(number)),
}));
