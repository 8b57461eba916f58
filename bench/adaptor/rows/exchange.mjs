import { inTurn, quotients } from '../../measure/rounds.mjs';

const NAME = 'end to end in process, 500 callers, 10 properties';
const MUST = 0.7;

/** Row 5: accepted, adapted when it is claimed, acknowledged, beside the same without a plan. */
export const exchange = {
  numbers: [5],
  async run(bench, [number]) {
    bench.say(`row ${number}: ${NAME}`);
    const broker = await bench.contender('../adaptor/processes/two-forms.mjs');
    const [plain, adapted] = [await broker.call('sample', 'plain'), await broker.call('sample', 'adapted')];
    if (plain.speed === undefined || adapted.averageSpeed === undefined)
      return bench.report.fail(number, NAME, `nothing was adapted: ${JSON.stringify(adapted)}`);
    const terms = { callers: 500, outstanding: 5_000, warmMs: bench.quick ? 400 : 2_000, ms: bench.quick ? 1_200 : 5_000 };
    const way = (name) => async () => (await broker.call('endToEnd', { way: name, ...terms })).rate;
    const rates = await inTurn({ plain: way('plain'), adapted: way('adapted') }, bench.rounds, { warmUp: true });
    bench.report.add(number, `${NAME}: unadapted`, rates.plain, 'messages/s');
    bench.report.add(number, `${NAME}: with a plan`, rates.adapted, 'messages/s');
    return bench.report.add(number, `${NAME}: with a plan ÷ unadapted`, quotients(rates.adapted, rates.plain), '×', { must: MUST });
  },
};
