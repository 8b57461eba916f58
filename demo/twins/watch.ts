/** Waits until something has become true, looking again whenever it is told that something changed. */
export class Watch {
  private readonly waiting = new Set<() => void>();

  /** Something changed. */
  notify(): void {
    for (const look of [...this.waiting]) look();
  }

  /** Whether the condition became true within so many milliseconds. */
  until(condition: () => boolean, patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (outcome: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(outcome);
      };
      const look = (): void => {
        if (condition()) settle(true);
      };
      const timer = setTimeout(() => settle(condition()), patienceMs);
      this.waiting.add(look);
      look();
    });
  }
}
