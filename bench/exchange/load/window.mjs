import { setTimeout as delay } from 'node:timers/promises';

const LONGEST_MS = 60_000;

/**
 * How often something happens, by the second, in a window of time. A window in which nothing happened yet goes on until something has: on a busy machine
 * whole batches fall beside a short one.
 * @param {() => number} count
 * @param {number} ms
 * @param {Promise<unknown>} work rejects when what is measured fails
 */
export async function rateWithin(count, ms, work) {
  const [started, before] = [performance.now(), count()];
  await Promise.race([delay(ms), work]);
  while (count() === before) {
    if (performance.now() - started > LONGEST_MS) throw new Error(`nothing happened within ${LONGEST_MS / 1_000} s`);
    await Promise.race([delay(5), work]);
  }
  return ((count() - before) * 1_000) / (performance.now() - started);
}
