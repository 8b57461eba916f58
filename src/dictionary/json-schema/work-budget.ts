/** Thrown when checking one value takes more work than allowed. */
export class WorkExceeded extends Error {
  override readonly name = 'WorkExceeded';
}

/**
 * Bounds the work of checking one value. A recursive schema that looks at each member twice takes 2^depth steps; no look at the schema alone tells it
 * from a harmless one. One unit is the application of one subschema to one value, some tens of nanoseconds, or as much work on a text.
 */
export class WorkBudget {
  private left = 0;

  start(units: number): void {
    this.left = units;
  }

  /** Throws {@link WorkExceeded}. */
  spend(units: number): void {
    this.left -= units;
    if (this.left < 0) throw new WorkExceeded('checking the value takes too much work');
  }

  /** Charges work that grows with a text: one unit for every eight steps. */
  spendOnText(length: number, stepsEach = 1): void {
    this.spend(1 + ((length * stepsEach) >>> 3));
  }
}
