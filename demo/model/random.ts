/** A stream of numbers, each at least 0 and below 1. */
export type Random = () => number;

/** 32-bit FNV-1a of a text. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

/**
 * Random numbers that depend on the seed and a name alone, so that each model draws its own and none disturbs another's (mulberry32; good
 * enough for a demonstration, not for statistics).
 */
export function randomOf(seed: number, name: string): Random {
  let state = hash(`${seed} ${name}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number from `low` to `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

/** An integer from `low` to `high`, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** The values in a random order (Fisher–Yates). */
export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const rest = [...values];
  const drawn: T[] = [];
  while (rest.length > 0) drawn.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return drawn;
}

/** Rounded to so many decimals, as measurements are published. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
