// The broker as a queue, through its own services: token, sender, policy, schema, idempotency and log on the way in; lease, gate and ack on the way out.
import { queueBetween } from '../../broker/services.mjs';
import { RECEIVER, SENDER, SHELF } from '../../broker/twins.mjs';
import { endToEnd, paced, single } from '../../load/loads.mjs';
import { steady } from '../../load/steady.mjs';

export async function queue(broker, services) {
  const segments = await broker.get('database/segment-keeper.js', 'SegmentKeeper');
  return {
    endToEnd: (terms) => endToEnd(queueBetween(services, SENDER, RECEIVER), terms),
    single: (terms) => single(queueBetween(services, SENDER, SHELF), terms),
    steady: (terms) => steady(queueBetween(services, SENDER, RECEIVER), terms),
    paced: ({ receiver = RECEIVER, lane, max, consumers, ...terms }) =>
      paced(queueBetween(services, SENDER, receiver, { lane, max, consumers }), terms),
    /** Lets the keeper of partitions do its work now. */
    keepSegments: () => segments.maintain(),
  };
}
