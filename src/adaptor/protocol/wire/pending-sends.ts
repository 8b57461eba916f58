import { performance } from 'node:perf_hooks';

/** What ends a send before its acknowledgement, in its own words for each end. */
export interface SendEnds<T> {
  /** It was not acknowledged in time. */
  readonly late: T;
  /** Whoever sent it has given up. */
  readonly abandoned: T;
}

interface PendingSend<T> {
  readonly due: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outcome: T) => void;
}

/**
 * Sends that wait for their acknowledgement. There is one timer for all of them and one listener a signal: a promise that is raced against the end of a
 * connection is kept until that, and a timer, a signal and two listeners for each message cost more than the message.
 */
export class PendingSends<T> {
  /** In the order in which they are due, because all have the same time. */
  private readonly pending = new Set<PendingSend<T>>();
  private readonly heard = new WeakSet<AbortSignal>();
  private timer?: NodeJS.Timeout;

  /** @param timeoutMs how long an acknowledgement may take, in milliseconds */
  constructor(
    private readonly timeoutMs: number,
    private readonly ends: SendEnds<T>,
  ) {}

  /** The outcome of a send, unless its time, its signal or {@link endAll} comes first. `acknowledged` must not reject. */
  wait(acknowledged: Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) return Promise.resolve(this.ends.abandoned);
    return new Promise((resolve) => {
      const send: PendingSend<T> = { due: performance.now() + this.timeoutMs, signal, resolve };
      this.pending.add(send);
      if (signal !== undefined) this.listen(signal);
      this.timer ??= this.startTimer(this.timeoutMs);
      void acknowledged.then((outcome) => this.end(send, outcome));
    });
  }

  /** Ends every send that still waits. */
  endAll(outcome: T): void {
    for (const send of this.pending) this.end(send, outcome);
  }

  private end(send: PendingSend<T>, outcome: T): void {
    if (!this.pending.delete(send)) return;
    send.resolve(outcome);
    if (this.pending.size > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private listen(signal: AbortSignal): void {
    if (this.heard.has(signal)) return;
    this.heard.add(signal);
    const abandon = (): void => {
      for (const send of this.pending) if (send.signal === signal) this.end(send, this.ends.abandoned);
    };
    signal.addEventListener('abort', abandon, { once: true });
  }

  private startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.endLate(), ms).unref();
  }

  private endLate(): void {
    const now = performance.now();
    for (const send of this.pending) {
      if (send.due > now) break;
      this.end(send, this.ends.late);
    }
    const [next] = this.pending;
    this.timer = next === undefined ? undefined : this.startTimer(Math.max(1, next.due - now));
  }
}
