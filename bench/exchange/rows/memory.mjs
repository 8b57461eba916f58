import { readFileSync } from 'node:fs';
import { RECEIVER } from '../broker/twins.mjs';

const BROKER = 'brokers/broker.mjs';
const INBOXES = 100;
const LOAD_LIMIT_MS = 3_600_000;
const SETTLE_MS = 2_000;

const rss = ({ pid }) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
const CHANNELS = [RECEIVER, ...Array.from({ length: INBOXES - 1 }, (_, index) => `urn:bench:full:${index}`)];

/** Megabytes of a broker that starts on a database, does a little work and rests. */
async function fresh(bench, options) {
  const broker = await bench.contender(BROKER, options);
  await broker.call('work', { settleMs: SETTLE_MS });
  const megabytes = rss(broker);
  await broker.close();
  return megabytes;
}

/** Row 8: the memory of a broker whose inboxes hold millions, beside one whose inboxes are empty. */
export const memory = {
  numbers: [8],
  long: 'loading ten million messages has no short form; --only 8 loads 50,000',
  async run(bench, [number]) {
    const count = bench.quick ? 50_000 : 10_000_000;
    const named = bench.quick ? '50k undelivered messages (quick)' : '10 million undelivered messages';
    bench.say(`row ${number}: memory with ${named}`);
    const loader = await bench.contender(BROKER);
    const { token } = await loader.call('address');
    const there = { url: loader.databaseUrl, token };
    await loader.close();
    const rounds = Math.min(bench.rounds, 3);
    const empty = [];
    for (let round = 0; round < rounds; round += 1) empty.push(await fresh(bench, there));
    const filling = await bench.contender(BROKER, there);
    await filling.call('fill', { channels: CHANNELS, count }, LOAD_LIMIT_MS);
    const loaded = rss(filling);
    await filling.close();
    const full = [];
    for (let round = 0; round < rounds; round += 1) full.push(await fresh(bench, there));
    bench.report.add(number, 'memory of a broker, inboxes empty', empty, 'MB', { better: 'lower' });
    bench.report.add(number, `memory of a broker, ${named}`, full, 'MB', { better: 'lower' });
    bench.report.add(number, `memory of the broker that took them in, just after`, [loaded], 'MB', { better: 'lower' });
    const quotients = full.map((value, index) => value / empty[index]);
    bench.report.add(number, `memory with ${named} ÷ empty`, quotients, '×', { must: 1.5, aim: 1.1, better: 'lower' });
  },
};
