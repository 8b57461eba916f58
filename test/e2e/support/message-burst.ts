import type { Answer } from './http-client.js';
import type { Outage } from './outage.js';
import { Tally } from './tally.js';
import { type Api, flowMessage, type TwinNetwork } from './twin-network.js';

interface Outcome {
  status?: unknown;
}

/**
 * Senders that each send their numbered messages one after the other, the next only once the one before got its 2xx; whatever got none is
 * sent again, as it is. Keeps its own record of what was promised.
 */
export class MessageBurst {
  private readonly promised = new Map<string, number[]>();
  /** How many messages have got their 2xx. */
  readonly tally = new Tally();

  constructor(
    private readonly api: Api,
    private readonly outage: Outage,
    private readonly network: TwinNetwork,
  ) {}

  /** What was promised to a sender, in the order of the promises. */
  promisedTo(sender: string): number[] {
    return this.promised.get(sender) ?? [];
  }

  /** Sends messages 0 … count − 1 of a sender, each in a request of its own. */
  async sendSingly(sender: string, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const message = flowMessage(sender, this.network.receiver, n);
      const answer = await this.outage.outlast(() => this.api<Outcome>('POST', '/v1/messages', message));
      if (answer.status !== 202) throw refusal(sender, n, answer);
      this.note(sender, n);
    }
  }

  /** The same in arrays. */
  async sendArrays(sender: string, count: number, size: number): Promise<void> {
    for (let from = 0; from < count; from += size) {
      const numbers = Array.from({ length: Math.min(size, count - from) }, (_, index) => from + index);
      const messages = numbers.map((n) => flowMessage(sender, this.network.receiver, n));
      const answer = await this.outage.outlast(() => this.api<Outcome[]>('POST', '/v1/messages', messages));
      if (answer.status !== 207 || answer.body.length !== numbers.length) throw refusal(sender, from, answer);
      numbers.forEach((n, index) => {
        const outcome = answer.body[index] ?? {};
        if (outcome.status !== 'ACCEPTED') throw refusal(sender, n, { ...answer, body: outcome });
        this.note(sender, n);
      });
    }
  }

  private note(sender: string, n: number): void {
    const numbers = this.promised.get(sender) ?? [];
    numbers.push(n);
    this.promised.set(sender, numbers);
    this.tally.add();
  }
}

function refusal(sender: string, n: number, { status, body }: Answer): Error {
  return new Error(`Message ${n} of ${sender} was refused: ${status} ${JSON.stringify(body)}`);
}
