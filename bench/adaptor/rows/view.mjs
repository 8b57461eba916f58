const TWINS = 1_000;
const FEATURES = 5;
const SLOT_MS = 1_000;
/** From the end of its slot, and the slot itself. */
const MUST_MS = SLOT_MS + 1_000;
const SETTLE_LIMIT_MS = 15_000;

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** A view over 5 features of 1,000 twins, each once a second: how long after its observation a value is published as part of its slot. */
export const view = {
  numbers: [6],
  async run(bench, [number]) {
    const [rounds, ms] = bench.quick ? [1, 10_000] : [bench.rounds, 15_000];
    bench.say(`row ${number}: a view over ${FEATURES} features of ${TWINS} twins`);
    const broker = await bench.contender('../adaptor/broker/viewed-twins.mjs', { twins: TWINS, features: FEATURES });
    bench.say('twins are connected');
    await broker.call('warm');
    await broker.call('load', { ms: 5_000 });
    const figures = { p50: [], p99: [], rate: [], kilobytes: [] };
    for (let round = 0; round < rounds; round += 1) {
      const before = (await broker.call('slots')).status.figures;
      const begun = performance.now();
      const { observed, values, refused } = await broker.call('load', { ms }, ms + 60_000);
      figures.rate.push((values * 1_000) / (performance.now() - begun));
      const last = Math.floor((observed.at(-1) ?? 0) / SLOT_MS) * SLOT_MS;
      const { published, status } = await publishedUntil(broker, last);
      const at = new Map(published.map((slot) => [slot.from, slot.at]));
      // Those of the last slots wait until nothing has come for a while: they tell of the end of the load.
      const steady = observed.filter((moment) => moment < last - SLOT_MS);
      const delays = steady.map((moment) => at.get(Math.floor(moment / SLOT_MS) * SLOT_MS) - moment).toSorted((a, b) => a - b);
      if (delays.some(Number.isNaN)) throw new Error('a slot was not published');
      figures.p50.push(quantile(delays, 0.5));
      figures.p99.push(quantile(delays, 0.99));
      figures.kilobytes.push((published.at(-1)?.bytes ?? 0) / 1_024);
      const counted = status.figures.counted - before.counted;
      bench.say(`${values} values, ${refused} refused, ${counted} counted, ${status.figures.late - before.late} late`);
    }
    const named = `view, ${FEATURES} features × ${TWINS} twins × 1 Hz, slots of 1 s`;
    bench.report.add(number, `${named}: values`, figures.rate, 'values/s');
    bench.report.add(number, `${named}: size of a slot`, figures.kilobytes, 'KB');
    bench.report.add(number, `${named}: delay of a value, p50`, figures.p50, 'ms', { better: 'lower' });
    bench.report.add(number, `${named}: delay of a value, p99`, figures.p99, 'ms', { better: 'lower', must: MUST_MS });
  },
};

/** Slots once the last one with values is there. */
async function publishedUntil(broker, last) {
  const until = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const found = await broker.call('slots');
    if (found.published.some(({ from }) => from === last) || performance.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
