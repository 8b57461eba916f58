/**
 * Group commit for libraries that offer a bulk insert but leave the gathering to the caller: what comes while one insert is under way goes into the next.
 * Without it, no caller of theirs that sends one message at a time gets the speed of their bulk insert.
 */
export class Batching {
  #insert;
  #most;
  #queue = [];
  #running = 0;
  #writers;

  /**
   * @param {(items: unknown[]) => Promise<unknown>} insert writes a batch durably
   * @param {{ most: number, writers: number }} limits items of a batch, and inserts beside each other
   */
  constructor(insert, { most, writers }) {
    this.#insert = insert;
    this.#most = most;
    this.#writers = writers;
  }

  add(item) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      if (this.#running < this.#writers) void this.#drain();
    });
  }

  async #drain() {
    this.#running += 1;
    // All callers of this turn get into the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#most);
      try {
        await this.#insert(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running -= 1;
  }
}
