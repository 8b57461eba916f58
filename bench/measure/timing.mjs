/** The value below which the given part (0 to 1) of the samples lies. */
export function percentile(samples, part) {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/** The one in the middle. */
export const median = (samples) => percentile(samples, 0.5);

/**
 * Lets clients work side by side, each starting its next call when the one before is done.
 * @param {readonly ((index: number) => Promise<unknown>)[]} clients
 * @param {(done: number) => boolean} goesOn asked with the calls begun so far
 * @returns {Promise<number[]>} milliseconds of each call
 */
export async function closedLoop(clients, goesOn) {
  const samples = [];
  let begun = 0;
  const work = async (call) => {
    while (goesOn(begun)) {
      const index = begun;
      begun += 1;
      const started = performance.now();
      await call(index);
      samples.push(performance.now() - started);
    }
  };
  await Promise.all(clients.map(work));
  return samples;
}

/**
 * Two ways of the same work in turn, so that whatever else the machine does falls on both.
 * @param {Record<string, readonly ((index: number) => Promise<unknown>)[]>} ways clients by the name of the way
 * No round lasts much longer than `longestMs`; one that is cut short has fewer calls, at least a quarter of them.
 * @returns {Promise<Record<string, { p50: number, p99: number }>>} medians over the rounds, in milliseconds
 */
export async function interleaved(ways, { rounds, calls, warm, longestMs = Infinity }) {
  const results = Object.fromEntries(Object.keys(ways).map((name) => [name, { p50: [], p99: [] }]));
  const within = (started, most) => (begun) => begun < most && (begun < most / 4 || performance.now() - started < longestMs);
  for (const clients of Object.values(ways)) await closedLoop(clients, within(performance.now(), warm));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, clients] of Object.entries(ways)) {
      const samples = await closedLoop(clients, within(performance.now(), calls));
      results[name].p50.push(percentile(samples, 0.5));
      results[name].p99.push(percentile(samples, 0.99));
    }
  }
  return Object.fromEntries(Object.entries(results).map(([name, { p50, p99 }]) => [name, { p50: median(p50), p99: median(p99) }]));
}
