import { setTimeout as delay } from 'node:timers/promises';
import { Load } from '../load/load.mjs';
import { World } from '../load/world.mjs';
import { Broker } from '../machine/broker.mjs';
import { CuttingProxy } from '../machine/cutting-proxy.mjs';
import { Postgres } from '../machine/postgres.mjs';
import { Random } from '../random.mjs';

/** Connections between broker and database dropped in the middle of commits: what became of them is not known, and resolved by messageId. */
export async function cutConnections({ dist, place, own, options, tell }) {
  const random = new Random(options.seed);
  const postgres = await own(Postgres.start(dist, place, { settings: ['shared_buffers=64MB'] }));
  const proxy = await CuttingProxy.to(postgres.port);
  try {
    const broker = await own(Broker.start(dist, place, postgres.url(proxy.port)));
    const world = await World.create(broker.url, `cut-${options.seed}`, 8);
    const load = new Load({ brokers: [broker], world, random });
    load.begin();
    const cuts = options.short ? 6 : 40;
    for (let n = 0; n < cuts; n += 1) {
      await delay(random.between(150, 700));
      if (random.chance(0.6)) proxy.cutOnNextAnswer();
      else proxy.cut();
    }
    await delay(500);
    const found = await load.end();
    tell(`${cuts} cuts; ${JSON.stringify(load.model.totals)}`);
    return found;
  } finally {
    await proxy.close();
  }
}
