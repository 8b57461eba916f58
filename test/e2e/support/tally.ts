/** Counts, and tells when a number is reached. */
export class Tally {
  private readonly waiting: { count: number; resolve: () => void }[] = [];
  private total = 0;

  get count(): number {
    return this.total;
  }

  add(): void {
    this.total += 1;
    for (const each of this.waiting) if (this.total >= each.count) each.resolve();
  }

  reaches(count: number): Promise<void> {
    return this.total >= count ? Promise.resolve() : new Promise((resolve) => this.waiting.push({ count, resolve }));
  }
}
