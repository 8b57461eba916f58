interface Waiting<K, R> {
  readonly key: K;
  readonly resolve: (found: R | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Looks things up one by one for those who ask, many with a statement: what is asked for while one is under way shares the next. */
export class SharedLookup<K, R> {
  private waiting: Waiting<K, R>[] = [];
  private isLooking = false;

  /**
   * @param most how many keys go together
   * @param look what is found for each key, in the order of the keys
   */
  constructor(
    private readonly most: number,
    private readonly look: (keys: readonly K[]) => Promise<readonly (R | undefined)[]>,
  ) {}

  find(key: K): Promise<R | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
      if (this.isLooking) return;
      this.isLooking = true;
      void this.run();
    });
  }

  private async run(): Promise<void> {
    // What is asked for in one turn of the event loop goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const asked = this.waiting.splice(0, this.most);
      try {
        const found = await this.look(asked.map(({ key }) => key));
        for (const [index, { resolve }] of asked.entries()) resolve(found[index]);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.isLooking = false;
  }
}
