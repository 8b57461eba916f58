/** What came in at a far end, for tests that wait for it. */
export class Arrivals {
  readonly texts: string[] = [];
  private readonly watchers = new Set<() => void>();

  add(text: string): void {
    this.texts.push(text);
    for (const look of [...this.watchers]) look();
  }

  /** Resolves as soon as this many came. */
  async atLeast(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.texts.length < count) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }
}
