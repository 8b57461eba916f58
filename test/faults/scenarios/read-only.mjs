import { setTimeout as delay } from 'node:timers/promises';
import { call } from '../load/client.mjs';
import { Load } from '../load/load.mjs';
import { flowMessage, World } from '../load/world.mjs';
import { until } from '../machine/ports.mjs';

/** A primary that turns read-only, as one does that is being replaced: writes are refused with 503, and go on by themselves once it takes them again. */
export async function readOnly({ machine, options, random, tell }) {
  const { brokers, postgres } = machine;
  const [broker] = brokers;
  const world = await World.create(broker.url, `read-only-${options.seed}`, 5);
  const [extra, ...senders] = world.senders;
  const load = new Load({ brokers, world: { ...world, senders }, random });
  load.begin();
  await delay(1_000);
  const found = [];
  const turn = async (isOn) => {
    await postgres.query(`ALTER DATABASE twinfed SET default_transaction_read_only = ${isOn ? 'on' : 'off'}`, [], postgres.adminUrl);
    await postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'twinfed'`, [], postgres.adminUrl);
  };
  const send = (n) => call(broker.url, 'POST', '/v1/messages', { token: world.token, body: flowMessage(world, extra, n, load.startedAt) });
  await turn(true);
  const statuses = new Set();
  let n = 0;
  const refused = await until(15_000, async () => {
    const answer = await send(n);
    statuses.add(answer.status);
    if (answer.status === 202) {
      load.model.promise(extra, n);
      n += 1;
    }
    if (answer.status === 500) found.push(`a read-only database was answered 500: ${JSON.stringify(answer.body)}`);
    return answer.status === 503;
  });
  if (!refused) found.push(`a read-only database was not told by 503 but ${[...statuses].join(', ')}`);
  await delay(2_000);
  await turn(false);
  const recovered = await until(15_000, async () => (await send(n)).status === 202);
  if (recovered) load.model.promise(extra, n);
  else found.push('the broker takes no messages although the database takes writes again');
  found.push(...(await load.end(60_000)));
  tell(`${JSON.stringify(load.model.totals)}`);
  return found;
}
