/** Counts failures in a row. */
export class Circuit {
  private failures = 0;

  constructor(private readonly tripAfter: () => number) {}

  /** Failures since the last success. */
  get inARow(): number {
    return this.failures;
  }

  succeeded(): void {
    this.failures = 0;
  }

  /** Whether the circuit is to be opened. */
  failed(): boolean {
    this.failures += 1;
    return this.failures >= this.tripAfter();
  }
}
