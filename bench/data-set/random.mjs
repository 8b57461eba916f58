/** A seeded source of numbers: the same seed gives the same twins on every machine. */
export class Random {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** The next number from 0 to below 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** A number around 0 with standard deviation 1 (Box and Muller). */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** A number from `low` to `high`, small ones as likely as large ones per factor. */
  logUniform(low, high) {
    return low * (high / low) ** this.next();
  }

  /** One of the list; early ones far more often than late ones (Zipf with exponent 1). */
  skewed(list) {
    const index = Math.floor((list.length + 1) ** this.next()) - 1;
    return list[Math.min(index, list.length - 1)];
  }
}
