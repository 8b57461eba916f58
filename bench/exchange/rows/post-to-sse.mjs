import { inTurn, quotients } from '../../measure/rounds.mjs';

const RECEIVERS = 64;
const SENDERS = 8;
const STORAGES = {
  durable: 'durable',
  stubbed: 'same server, SQL stubbed',
  insert: 'same server, one INSERT per request',
  typeorm: 'same server, TypeORM save()',
};
const GOALS = {
  1: [['stubbed', { must: 0.8, aim: 0.95 }]],
  2: [
    ['insert', { must: 1.8, aim: 2.5 }],
    ['typeorm', { must: 3, aim: 4 }],
  ],
};

const PAIRS = Array.from({ length: RECEIVERS }, (_, index) => [`urn:bench:sender:${index % SENDERS}`, `urn:bench:receiver:${index}`]);

/** Rows 1 and 2: POST to SSE through HTTP, the storage of one and the same server exchanged between the rounds. */
export const postToSse = {
  numbers: [1, 2],
  prepare: (bench) => bench.broker(PAIRS),
  async run(bench, numbers) {
    bench.say(`row ${numbers.join(', ')}: POST to SSE, ${RECEIVERS} callers and as many readers`);
    const server = await bench.broker(PAIRS);
    const broker = await server.call('address');
    const client = await bench.contender('clients/post-to-sse.mjs', { broker, pairs: PAIRS });
    const peers = numbers.flatMap((number) => GOALS[number].map(([storage]) => storage));
    const ways = ['durable', ...peers].map((storage) => [
      storage,
      async (round) => {
        await server.call('store', storage);
        await bench.checkpoint();
        return (await client.call('measure', bench.turn(round, { warmMs: 2_000, ms: 5_000 }))).rate;
      },
    ]);
    const rates = await inTurn(Object.fromEntries(ways), bench.rounds, { warmUp: true });
    await server.call('store', 'durable');
    for (const [storage, samples] of Object.entries(rates)) {
      const number = storage === 'durable' ? numbers[0] : numbers.find((each) => GOALS[each].some(([name]) => name === storage));
      bench.report.add(number, `POST → SSE: ${STORAGES[storage]}`, samples, 'messages/s');
    }
    for (const number of numbers) {
      for (const [storage, goal] of GOALS[number]) {
        bench.report.add(number, `POST → SSE ÷ ${STORAGES[storage]}`, quotients(rates.durable, rates[storage]), '×', goal);
      }
    }
  },
};
