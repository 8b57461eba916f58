// The broker in this process, through its own services: token, sender, policy, schema, idempotency and log on the way in; lease, gate and ack on the way out.
import { connectPairs } from '../broker/network.mjs';
import { organizationToken, startBroker } from '../broker/running-broker.mjs';
import { queueBetween, servicesOf } from '../broker/services.mjs';
import { endToEnd, paced, single } from '../load/loads.mjs';
import { steady } from '../load/steady.mjs';

const SENDER = 'urn:bench:sender';
const RECEIVER = 'urn:bench:receiver';
/** Nobody reads this one. */
const SHELF = 'urn:bench:shelf';

/** @param {{ dist: string, url: string, place: string, settings?: object }} options */
export async function open(options) {
  const broker = await startBroker(options);
  const token = await organizationToken(broker.url);
  await connectPairs(broker.url, token, 'queues', [
    [SENDER, RECEIVER],
    [SENDER, SHELF],
  ]);
  const services = await servicesOf(broker, token);
  const segments = await broker.get('database/segment-keeper.js', 'SegmentKeeper');
  return {
    endToEnd: (terms) => endToEnd(queueBetween(services, SENDER, RECEIVER), terms),
    paced: (terms) => paced(queueBetween(services, SENDER, RECEIVER), terms),
    single: (terms) => single(queueBetween(services, SENDER, SHELF), terms),
    steady: (terms) => steady(queueBetween(services, SENDER, RECEIVER), terms),
    /** Lets the keeper of partitions do its work now. */
    keepSegments: () => segments.repair(),
    close: () => broker.stop(),
  };
}
