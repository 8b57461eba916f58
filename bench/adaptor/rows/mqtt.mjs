import { startMosquitto } from '../../exchange/peers/servers.mjs';
import { Contender } from '../../exchange/process/contender.mjs';
import { inTurn, quotients } from '../../measure/rounds.mjs';

/** Each is an ordering key: the messages of one wait for another. */
const TOPICS = 256;
const NAME = `MQTT at QoS 1, 256 callers, ${TOPICS} topics, 10 properties`;
const MUST = 0.2;
const IN = 'bench/in';
const OUT = 'bench/out';
const ALONE = 'bench/alone';
const BENEATH = '/+';
const FIRST_MS = 30_000;

/** Row 7: in by MQTT, adapted, durable, out by MQTT, beside the same MQTT broker alone. */
export const mqtt = {
  numbers: [7],
  async run(bench, [number]) {
    bench.say(`row ${number}: ${NAME}`);
    const address = await startMosquitto(bench);
    if (address === undefined) return bench.report.fail(number, NAME, 'Mosquitto is not installed');
    const bridge = await bench.contender('../adaptor/processes/mqtt-bridge.mjs', { address, listenTo: IN + BENEATH, deliverTo: OUT });
    const clients = async (sendTo, receiveFrom) => {
      const contender = bench.own(new Contender('../adaptor/processes/mqtt-clients.mjs', []));
      await contender.call('open', { address, sendTo, receiveFrom, topics: TOPICS });
      return contender;
    };
    const [alone, through] = [await clients(ALONE, ALONE + BENEATH), await clients(IN, OUT)];
    const sample = await through.call('sample', FIRST_MS).catch(async (error) => {
      throw new Error(`${error.message.split('\n')[0]}: ${JSON.stringify(await bridge.call('feed'))}`);
    });
    if (JSON.parse(sample).averageSpeed === undefined) return bench.report.fail(number, NAME, `nothing was adapted: ${sample}`);
    const terms = {
      callers: 256,
      outstanding: bench.quick ? 500 : 5_000,
      warmMs: bench.quick ? 400 : 2_000,
      ms: bench.quick ? 1_200 : 5_000,
    };
    const way = (contender) => async () => {
      try {
        return (await contender.call('endToEnd', terms)).rate;
      } catch (error) {
        throw new Error(`${error.message.split('\n')[0]}; the feed: ${JSON.stringify(await bridge.call('feed'))}`);
      }
    };
    const rates = await inTurn({ alone: way(alone), through: way(through) }, bench.rounds, { warmUp: true });
    bench.report.add(number, `${NAME}: Mosquitto alone`, rates.alone, 'messages/s');
    bench.report.add(number, `${NAME}: in, adapted, durable, out`, rates.through, 'messages/s');
    return bench.report.add(number, `${NAME}: adapted ÷ Mosquitto alone`, quotients(rates.through, rates.alone), '×', { must: MUST });
  },
};
