/**
 * One connection that several callers share: made when the first asks for it, made anew by the next who asks after it broke. Who gives up waiting does not
 * end it for the others.
 */
export interface Link {
  /** Resolves when the connection is over, by whomever; never rejects. */
  readonly over: Promise<unknown>;
  close(): Promise<void>;
}

/** Settles like the promise, or rejects with the signal's reason when that comes first. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

/** Keeps the link. */
export class KeptLink<T extends Link> {
  private current: Promise<T> | undefined;
  private readonly closing = new AbortController();

  /** @param connect makes a link; aborted when it is no longer wanted */
  constructor(private readonly connect: (signal: AbortSignal) => Promise<T>) {}

  /** The link, as soon as it stands. Rejects when it cannot be made, or the signal is aborted first. */
  async get(signal: AbortSignal): Promise<T> {
    this.closing.signal.throwIfAborted();
    return untilAborted((this.current ??= this.made()), signal);
  }

  async close(): Promise<void> {
    this.closing.abort();
    const link = await this.current?.catch(() => undefined);
    await link?.close();
  }

  private made(): Promise<T> {
    const made = this.connect(this.closing.signal);
    const forget = (): void => {
      if (this.current === made) this.current = undefined;
    };
    made.then((link) => {
      // Closed while it was being made: nobody would close it later.
      if (this.closing.signal.aborted) void link.close();
      void link.over.then(forget);
    }, forget);
    return made;
  }
}
