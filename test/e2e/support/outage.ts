import type { Answer } from './http-client.js';

const ATTEMPTS = 100;

/** Tells clients when the broker they talk to is down, so that they wait for its return instead of failing. */
export class Outage {
  private end = Promise.resolve();

  /** Runs what takes the broker down and brings it back. */
  async during(work: () => Promise<void>): Promise<void> {
    let over = (): void => undefined;
    this.end = new Promise((resolve) => (over = resolve));
    try {
      await work();
    } finally {
      over();
    }
  }

  /** Resolves once the broker is back. */
  over(): Promise<void> {
    return this.end;
  }

  /** Makes a request until there is an answer that the broker gave on purpose: again after the outage when the connection broke or on 503. */
  async outlast<T>(request: () => Promise<Answer<T>>): Promise<Answer<T>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await request();
        if (answer.status !== 503 || attempt === ATTEMPTS) return answer;
      } catch (error) {
        // fetch and reading its body fail with a TypeError when the connection breaks: that of Node, not that of jest's sandbox.
        if ((error as Error).name !== 'TypeError' || attempt === ATTEMPTS) throw error;
      }
      await this.end;
    }
  }
}
