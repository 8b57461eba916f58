import { inTurn, quotients } from '../../measure/rounds.mjs';

const QUEUES = {
  twinfed: (bench) => bench.broker(),
  'graphile-worker': (bench) => bench.contender('queues/graphile-worker.mjs'),
  'pg-boss': (bench) => bench.contender('queues/pg-boss.mjs'),
};

/** Each goal that compares the broker with queues on the same PostgreSQL, in one process each. */
const MEASUREMENTS = {
  3: {
    name: 'end to end in process, 500 callers',
    method: 'endToEnd',
    terms: { callers: 500, outstanding: 5_000 },
    turn: { warmMs: 2_000, ms: 5_000 },
    labels: { twinfed: 'twinfed', 'graphile-worker': 'graphile-worker batched', 'pg-boss': 'pg-boss bulk' },
    figures: [
      {
        of: ({ rate }) => rate,
        unit: 'messages/s',
        goals: { 'graphile-worker': { must: 1.5, aim: 2.5 }, 'pg-boss': { must: 1.5, aim: 2.5 } },
      },
    ],
  },
  4: {
    name: 'single send, 10 callers',
    method: 'single',
    terms: { callers: 10 },
    turn: { warmMs: 1_000, ms: 4_000 },
    labels: { twinfed: 'twinfed', 'graphile-worker': 'graphile-worker add_job', 'pg-boss': 'pg-boss send' },
    figures: [
      { of: ({ rate }) => rate, unit: 'messages/s', goals: { 'graphile-worker': { must: 4, aim: 6 }, 'pg-boss': { must: 3, aim: 5 } } },
    ],
  },
  5: {
    name: 'paced 1000/s',
    method: 'paced',
    terms: { perSecond: 1_000 },
    turn: { warmMs: 1_000, ms: 5_000 },
    labels: { twinfed: 'twinfed', 'graphile-worker': 'graphile-worker batched' },
    figures: [
      { of: ({ p50 }) => p50, unit: 'ms', label: ', p50', goals: {}, better: 'lower' },
      { of: ({ p99 }) => p99, unit: 'ms', label: ', p99', goals: { 'graphile-worker': { must: 0.2, aim: 0.05 } }, better: 'lower' },
    ],
  },
};

function report(bench, number, { name, labels, figures }, results) {
  for (const { of, unit, label = '', goals, better } of figures) {
    const values = Object.fromEntries(Object.entries(results).map(([way, each]) => [way, each.map(of)]));
    for (const [way, samples] of Object.entries(values))
      bench.report.add(number, `${name}${label}: ${labels[way]}`, samples, unit, { better });
    for (const [peer, goal] of Object.entries(goals)) {
      bench.report.add(number, `${name}${label} ÷ ${labels[peer]}`, quotients(values.twinfed, values[peer]), '×', { ...goal, better });
    }
  }
}

/** Rows 3 to 5: accept, claim and ack in one process, beside graphile-worker and pg-boss. */
export const queues = {
  numbers: [3, 4, 5],
  async run(bench, numbers) {
    const wanted = numbers.map((number) => [number, MEASUREMENTS[number]]);
    const ways = Object.keys(QUEUES).filter((way) => wanted.some(([, { labels }]) => way in labels));
    const contenders = Object.fromEntries(await Promise.all(ways.map(async (way) => [way, await QUEUES[way](bench)])));
    for (const [number, measurement] of wanted) {
      bench.say(`row ${number}: ${measurement.name}`);
      const { method, terms, turn, labels } = measurement;
      const turns = Object.keys(labels).map((way) => [
        way,
        async (round) => {
          await bench.checkpoint();
          return contenders[way].call(method, { ...terms, ...bench.turn(round, turn) });
        },
      ]);
      report(bench, number, measurement, await inTurn(Object.fromEntries(turns), bench.rounds, { warmUp: true }));
    }
  },
};
