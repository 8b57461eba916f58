import { performance } from 'node:perf_hooks';

/**
 * The time by the database's clock, which alone decides deadlines and leases. It is sampled now and then and carried on by this process's
 * monotonic timer, so that a step of this machine's wall clock changes nothing.
 */
export class DatabaseClock {
  private sampledAt = performance.now();
  private sample = Date.now();
  private isKnown = false;

  /**
   * Takes a reading of the database's clock, in epoch milliseconds. It was made at some moment since it was asked for, and the answer may have lain unread
   * while this process was frozen: what is known stays as it is, as far as it can be true.
   * @param askedAt when the reading was asked for, by `performance.now()`
   */
  observe(epochMs: number, askedAt: number): void {
    const latest = epochMs + (performance.now() - askedAt);
    const known = this.isKnown ? this.now() : (epochMs + latest) / 2;
    this.sample = Math.min(Math.max(known, epochMs), latest);
    this.sampledAt = performance.now();
    this.isKnown = true;
  }

  /** Epoch milliseconds by the database's clock, as of the last sample. */
  now(): number {
    return this.sample + (performance.now() - this.sampledAt);
  }
}
