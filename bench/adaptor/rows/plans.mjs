import { quotients } from '../../measure/rounds.mjs';
import { Contender } from '../../exchange/process/contender.mjs';

/** Of the plan ÷ JSON.parse and JSON.stringify. */
const MUST = { forty: 3 };
const WAYS = {
  1: ['identity', 'identity'],
  2: ['ten', 'rename + unit, 10 properties'],
  3: ['forty', 'NGSI-LD normalized → other vocabulary, key-values, 40 properties'],
};
const SCRIPT = 4;

/** Rows 1 to 4: what a plan costs for a message, compiled once. */
export const plans = {
  numbers: [1, 2, 3, SCRIPT],
  async run(bench, numbers) {
    const costs = bench.own(new Contender('../adaptor/processes/plan-costs.mjs', []));
    await costs.call('open', { dist: bench.dist });
    const ms = bench.quick ? 80 : 500;
    for (const number of numbers.filter((each) => each in WAYS)) {
      const [way, name] = WAYS[number];
      bench.say(`row ${number}: ${name}`);
      await costs.call('cost', { way, ms: 4 * ms });
      const rounds = [];
      for (let round = 0; round < bench.rounds; round += 1) rounds.push(await costs.call('cost', { way, ms }));
      const [plan, plain] = [rounds.map((each) => each.plan), rounds.map((each) => each.plain)];
      bench.report.add(number, name, plan, 'µs', { better: 'lower' });
      bench.report.add(number, `${name}: JSON.parse + JSON.stringify of the same ${rounds[0].bytes} bytes`, plain, 'µs', {
        better: 'lower',
      });
      bench.report.add(number, `${name} ÷ JSON.parse + JSON.stringify`, quotients(plan, plain), '×', { must: MUST[way], better: 'lower' });
    }
    if (!numbers.includes(SCRIPT)) return;
    bench.say(`row ${SCRIPT}: JSONata`);
    await costs.call('scripts', { ms: 4 * ms });
    const each = [];
    for (let round = 0; round < bench.rounds; round += 1) each.push((await costs.call('scripts', { ms: 2 * ms })).each);
    bench.report.add(SCRIPT, 'JSONata in a process of its own, 32 at once', each, 'µs', { better: 'lower' });
  },
};
