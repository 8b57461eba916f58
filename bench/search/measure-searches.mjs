import { closedLoop, interleaved, percentile } from '../measure/timing.mjs';
import { deepPageCase } from './search-cases.mjs';

export const CLIENTS = 4;
const DEEP_PAGES = 60;

/**
 * Every case through HTTP beside the same by hand.
 * @returns {Promise<Record<string, Record<'http' | 'hand', { p50: number, p99: number }>>>} milliseconds by case
 */
export async function measureSearches(api, connections, cases, effort) {
  const all = { ...cases, 'deep page': await deepPageCase((document) => api.search(document), DEEP_PAGES) };
  const results = {};
  for (const [name, at] of Object.entries(all)) {
    const http = Array.from({ length: CLIENTS }, () => (index) => api.search(at(index).document));
    const hand = connections.map((client) => (index) => {
      const { sql, parameters } = at(index);
      return client.query(sql, parameters);
    });
    results[name] = await interleaved({ http, hand }, effort);
  }
  return results;
}

/** The p99 of area + domain queries while something else goes on, and before it: `during` is a promise of its end. */
export async function disturbance(api, at, begin, longestMs) {
  const clients = Array.from({ length: CLIENTS }, () => (index) => api.search(at(index).document));
  const quiet = await closedLoop(clients, (begun) => begun < 400);
  let over = false;
  const started = performance.now();
  const work = begin().finally(() => (over = true));
  const disturbed = await closedLoop(clients, (begun) => begun < 100 || (!over && performance.now() - started < longestMs));
  const secondsOfWork = await work;
  return { before: percentile(quiet, 0.99), during: percentile(disturbed, 0.99), calls: disturbed.length, secondsOfWork };
}
