/**
 * Several ways of the same work in turn, so that whatever else the machine does falls on all of them.
 * @template T
 * @param {Record<string, (round: number) => Promise<T>>} ways
 * @param {number} rounds
 * @param {{ warmUp?: boolean }} [options] whether each way is gone once before, uncounted: code is compiled and connections are opened by then
 * @returns {Promise<Record<string, T[]>>} what each way gave in each round
 */
export async function inTurn(ways, rounds, { warmUp = false } = {}) {
  if (warmUp) for (const way of Object.values(ways)) await way(-1);
  const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) results[name].push(await way(round));
  }
  return results;
}

/** Quotients of two ways, round by round. */
export const quotients = (numerators, denominators) => numerators.map((value, index) => value / denominators[index]);
