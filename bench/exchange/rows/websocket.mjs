import { inTurn, quotients } from '../../measure/rounds.mjs';
import { RECEIVER, SENDER } from '../broker/twins.mjs';
import { startMosquitto, startNats, startRabbit } from '../peers/servers.mjs';

const PEERS = [
  { name: 'RabbitMQ quorum queue, confirms', module: 'queues/rabbitmq.mjs', start: startRabbit, goal: { must: 0.6, aim: 1 } },
  { name: 'NATS JetStream', module: 'queues/nats.mjs', start: startNats },
  { name: 'Mosquitto QoS 1', module: 'queues/mosquitto.mjs', start: startMosquitto },
];

/** Row 6: the broker by WebSocket beside brokers that are servers of their own; a client process each, 256 messages of it not yet confirmed. */
export const websocket = {
  numbers: [6],
  prepare: (bench) => Promise.allSettled(PEERS.map(({ start }) => bench.peer(start))),
  async run(bench, [number]) {
    bench.say(`row ${number}: WebSocket beside RabbitMQ, NATS JetStream and Mosquitto, window 256`);
    const server = await bench.broker();
    const parties = { sender: SENDER, receiver: RECEIVER };
    const own = await bench.contender('queues/websocket.mjs', { broker: await server.call('address'), ...parties });
    const clients = { twinfed: own };
    for (const { name, module, start } of PEERS) {
      const address = await bench.peer(start);
      if (address === undefined) bench.report.fail(number, name, 'its Debian package is not installed');
      else clients[name] = await bench.contender(module, { address });
    }
    const terms = (round) => ({ callers: 256, outstanding: 5_000, ...bench.turn(round, { warmMs: 2_000, ms: 5_000 }) });
    const ways = Object.entries(clients).map(([name, client]) => [
      name,
      async (round) => {
        await bench.checkpoint();
        return (await client.call('endToEnd', terms(round))).rate;
      },
    ]);
    const rates = await inTurn(Object.fromEntries(ways), bench.rounds, { warmUp: true });
    for (const [name, samples] of Object.entries(rates)) bench.report.add(number, `WebSocket, window 256: ${name}`, samples, 'messages/s');
    for (const { name, goal } of PEERS) {
      if (name in rates) bench.report.add(number, `WebSocket, window 256 ÷ ${name}`, quotients(rates.twinfed, rates[name]), '×', goal);
    }
  },
};
