// The broker in this process, with its HTTP face, connected twins, and all that the rows do with it.
import { connectPairs } from '../broker/network.mjs';
import { organizationToken, startBroker } from '../broker/running-broker.mjs';
import { servicesOf } from '../broker/services.mjs';
import { DEPOT, RECEIVER, SENDER, SHELF } from '../broker/twins.mjs';
import { neighbours } from './parts/neighbours.mjs';
import { queue } from './parts/queue.mjs';
import { storages } from './parts/storages.mjs';

/** @param {{ dist: string, url: string, place: string, token?: string }} options with a token, the twins are there already */
export async function open(options) {
  const broker = await startBroker(options);
  const token = options.token ?? (await organizationToken(broker.url));
  const connected = new Set();
  const connect = async (pairs) => {
    const added = pairs.filter((pair) => !connected.has(pair.join(' ')));
    if (added.length === 0) return;
    await connectPairs(broker.url, token, String(connected.size), added);
    for (const pair of added) connected.add(pair.join(' '));
  };
  if (options.token === undefined) await connect([RECEIVER, SHELF, DEPOT].map((receiver) => [SENDER, receiver]));
  const services = await servicesOf(broker, token);
  const stored = await storages(broker, options.url);
  return {
    address: () => ({ url: broker.url, token }),
    connect,
    ...(await queue(broker, services)),
    ...neighbours(broker, services, { dist: options.dist, token }),
    store: stored.store,
    close: async () => {
      await stored.restore();
      await broker.stop();
    },
  };
}
