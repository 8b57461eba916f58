/**
 * Several ways of the same work in turn, so that whatever else the machine does falls on all of them.
 * @template T
 * @param {Record<string, (round: number) => Promise<T>>} ways
 * @param {number} rounds
 * @returns {Promise<Record<string, T[]>>} what each way gave in each round
 */
export async function inTurn(ways, rounds) {
  const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) results[name].push(await way(round));
  }
  return results;
}

/** Quotients of two ways, round by round. */
export const quotients = (numerators, denominators) => numerators.map((value, index) => value / denominators[index]);
