import { createHash, randomUUID } from 'node:crypto';
import { messageWriter } from '../load/payload.mjs';

const AT_ONCE = 2_000;
const SMALL_PAYLOAD = '{"n":0,"road":"urn:example:road:A40","lanes":[]}';

/**
 * Writes messages straight into the log, through the store's own group commit: what a registered sender's messages become once they were checked. For
 * backlogs too large to be accepted one by one.
 */
export class BulkLog {
  #writer;
  #model;

  /** Sends one message through acceptance, to see what becomes of it. */
  static async after({ accept, writer }, sender, receiver) {
    const { append } = writer;
    const log = new BulkLog();
    log.#writer = writer;
    writer.append = (row) => {
      log.#model = row;
      return append.call(writer, row);
    };
    try {
      await accept(messageWriter(sender, receiver)(randomUUID(), 0));
    } finally {
      writer.append = append;
    }
    return log;
  }

  /** Appends one message to an inbox. */
  append(channel, { lane = 1, payload = this.#model.payload } = {}) {
    const messageId = randomUUID();
    const fingerprint = createHash('sha256').update(messageId).digest();
    return this.#writer.append({ ...this.#model, channel, lane, messageId, fingerprint, payload });
  }

  /** Appends so many small ones, spread over the inboxes. */
  async fill(channels, count, { lane } = {}) {
    let next = 0;
    const work = async () => {
      while (next < count) {
        const channel = channels[next % channels.length];
        next += 1;
        await this.append(channel, { lane, payload: SMALL_PAYLOAD });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
}
