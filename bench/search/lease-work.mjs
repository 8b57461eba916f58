import { setTimeout as delay } from 'node:timers/promises';
import { idOf } from '../data-set/twins.mjs';

const RENEWALS_PER_CALL = 10_000;

/** Lets every lease have lapsed, so that the broker's sweeper moves all of them; gives the seconds that takes, undefined when it takes longer. */
export async function sweepAll(client, longestMs) {
  await client.query(`UPDATE twin_lease SET renewed_at = renewed_at - interval '2 days', expires_at = expires_at - interval '2 days', due_at = now()
                       WHERE ttl_seconds IS NOT NULL`);
  const started = performance.now();
  for (;;) {
    const { rows } = await client.query(`SELECT 1 FROM twin_lease WHERE due_at <= now() LIMIT 1`);
    if (rows.length === 0) return (performance.now() - started) / 1_000;
    if (performance.now() - started > longestMs) return undefined;
    await delay(200);
  }
}

/** Renews the leases of the first so many twins; gives the seconds that takes. */
export async function renewMany(owner, count) {
  const started = performance.now();
  for (let start = 0; start < count; start += RENEWALS_PER_CALL) {
    const ids = Array.from({ length: Math.min(count - start, RENEWALS_PER_CALL) }, (_, index) => idOf(start + index));
    await owner.post('/v1/leases/renewals', { ids });
  }
  return (performance.now() - started) / 1_000;
}
