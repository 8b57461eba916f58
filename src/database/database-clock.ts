import { performance } from 'node:perf_hooks';

/**
 * The time by the database's clock, which alone decides deadlines and leases. It is sampled now and then and carried on by this process's
 * monotonic timer, so that a step of this machine's wall clock changes nothing.
 */
export class DatabaseClock {
  private sampledAt = performance.now();
  private sample = Date.now();

  /** Takes a reading of the database's clock, in epoch milliseconds. */
  observe(epochMs: number): void {
    this.sample = epochMs;
    this.sampledAt = performance.now();
  }

  /** Epoch milliseconds by the database's clock, as of the last sample. */
  now(): number {
    return this.sample + (performance.now() - this.sampledAt);
  }
}
