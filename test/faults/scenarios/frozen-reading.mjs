import { setTimeout as delay } from 'node:timers/promises';
import { call, twinPath } from '../load/client.mjs';
import { flowMessage, World } from '../load/world.mjs';
import { Broker } from '../machine/broker.mjs';
import { CuttingProxy } from '../machine/cutting-proxy.mjs';
import { Postgres } from '../machine/postgres.mjs';

const FROZEN_MS = 8_000;
const LEASE_SECONDS = 5;
/** A clock set back by the freeze makes leases that ended 3 s ago; a crowded machine takes a second or more to answer. */
const LEAST_MS = 1_000;
const ROUNDS = 3;

/**
 * A broker frozen while its reading of the database's clock is on its way: when it goes on, it finds an answer that was true when it was made. A lease
 * that it gives then has to last.
 */
export async function frozenReading({ dist, place, own, options, tell }) {
  const postgres = await own(Postgres.start(dist, place, { settings: ['shared_buffers=64MB'] }));
  const proxy = await CuttingProxy.to(postgres.port);
  const found = [];
  try {
    const broker = await own(Broker.start(dist, place, postgres.url(proxy.port)));
    const world = await World.create(broker.url, `reading-${options.seed}`, 1);
    const { token, senders, receiver } = world;
    const lasting = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      const sent = await call(broker.url, 'POST', '/v1/messages', {
        token,
        body: flowMessage(world, senders[0], n, new Date().toISOString()),
      });
      if (sent.status !== 202) found.push(`a message was answered ${sent.status}`);
      await proxy.keepAnswerTo('INSERT INTO broker');
      broker.freeze();
      proxy.release();
      await delay(FROZEN_MS);
      broker.thaw();
      const claim = await call(broker.url, 'POST', `${twinPath(receiver)}/inbox/claims`, { token, body: { leaseSeconds: LEASE_SECONDS } });
      const { leaseToken, expiresAt } = claim.body ?? {};
      if (leaseToken === undefined) {
        found.push(`a claim after ${FROZEN_MS / 1_000} s of freezing was answered ${claim.status} without a lease`);
        continue;
      }
      const lasts = Date.parse(expiresAt) - Date.now();
      lasting.push(lasts);
      if (lasts < LEAST_MS) found.push(`a lease of ${LEASE_SECONDS} s had ${lasts} ms to go when it was given`);
      await call(broker.url, 'POST', `${twinPath(receiver)}/inbox/acks`, { token, body: { leaseToken } });
    }
    tell(`leases of ${LEASE_SECONDS} s lasted ${lasting.join(', ')} ms`);
    return found;
  } finally {
    await proxy.close();
  }
}
