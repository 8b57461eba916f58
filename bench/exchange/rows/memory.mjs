import { readFileSync } from 'node:fs';

const BROKER = 'brokers/service-broker.mjs';
const INBOXES = 100;
const LOAD_LIMIT_MS = 3_600_000;

/** Row 8: the memory of a broker whose inboxes hold millions, beside one whose inboxes are empty. */
export const memory = {
  numbers: [8],
  async run(bench, [number]) {
    const count = bench.quick ? 50_000 : 10_000_000;
    const named = bench.quick ? '50k undelivered messages (quick)' : '10 million undelivered messages';
    bench.say(`row ${number}: memory with ${named}`);
    const rss = (broker) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))?.[1]) / 1_024;
    /** A broker that starts on the database, does a little work and rests. */
    const fresh = async (url, token) => {
      const broker = await bench.contender(BROKER, { url, token });
      await broker.call('work');
      const megabytes = rss(broker);
      await broker.close();
      return megabytes;
    };
    const loader = await bench.contender(BROKER);
    const { token } = await loader.call('address');
    const url = loader.databaseUrl;
    await loader.close();
    const rounds = Math.min(bench.rounds, 3);
    const empty = [];
    for (let round = 0; round < rounds; round += 1) empty.push(await fresh(url, token));

    const filling = await bench.contender(BROKER, { url, token });
    const channels = ['urn:bench:receiver', ...Array.from({ length: INBOXES - 1 }, (_, index) => `urn:bench:full:${index}`)];
    await filling.call('fill', { channels, count }, LOAD_LIMIT_MS);
    const loaded = rss(filling);
    await filling.close();
    const full = [];
    for (let round = 0; round < rounds; round += 1) full.push(await fresh(url, token));
    bench.report.add(number, 'memory of a broker, inboxes empty', empty, 'MB', { better: 'lower' });
    bench.report.add(number, `memory of a broker, ${named}`, full, 'MB', { better: 'lower' });
    bench.report.add(number, `memory of the broker that took them in, just after`, [loaded], 'MB', { better: 'lower' });
    const quotients = full.map((value, index) => value / empty[index]);
    bench.report.add(number, `memory with ${named} ÷ empty`, quotients, '×', { must: 1.5, aim: 1.1, better: 'lower' });
  },
};
