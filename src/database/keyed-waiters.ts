/** Readers that wait for news under a key. A reader enters before it looks, so that nothing falls between its look and its wait. */
export class KeyedWaiters {
  private readonly byKey = new Map<string, Set<() => void>>();
  private released = false;

  /** Whether waiting is over for good. */
  get isReleased(): boolean {
    return this.released;
  }

  /** Enters a reader; `end` must be called. */
  enter(key: string): { until: (ms: number, signal: AbortSignal) => Promise<void>; end: () => void } {
    let rung = false;
    let wake: (() => void) | undefined;
    const ring = (): void => {
      rung = true;
      wake?.();
    };
    const waiting = this.byKey.get(key) ?? new Set();
    this.byKey.set(key, waiting.add(ring));
    return {
      until: (ms, signal) =>
        new Promise((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            wake = undefined;
            rung = false;
            resolve();
          };
          const timer = setTimeout(done, ms);
          if (rung || signal.aborted || this.released) {
            done();
            return;
          }
          signal.addEventListener('abort', done, { once: true });
          wake = done;
        }),
      end: () => {
        waiting.delete(ring);
        if (waiting.size === 0 && this.byKey.get(key) === waiting) this.byKey.delete(key);
      },
    };
  }

  /** Wakes the readers under a key. */
  ring(key: string): void {
    for (const ring of this.byKey.get(key) ?? []) ring();
  }

  /** Wakes everybody; nobody waits any more. */
  release(): void {
    this.released = true;
    for (const key of this.byKey.keys()) this.ring(key);
  }
}
