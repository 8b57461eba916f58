import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './http-client.js';
import type { Outage } from './outage.js';
import { Tally } from './tally.js';
import type { RunningBroker } from './running-broker.js';
import { twinPath } from './twin-network.js';

/** A delivery as claims and streams give it, as far as the tests look at it. */
export interface Delivery {
  id: string;
  attempt?: number;
  redelivered?: boolean;
  message: { header: { messageId: string; sender: { id: string } }; data: { payload: { n: number } } };
}

/** What a receiver got: every delivery once, in the order it came first. */
export class Received {
  private readonly deliveries = new Map<string, Delivery>();
  private readonly settled = new Set<string>();
  /** Deliveries that should never have come: a second copy of a message, or one that was settled already. */
  readonly wrong: string[] = [];
  /** How many different deliveries have come. */
  readonly tally = new Tally();
  /** How many streams were opened. */
  streams = 0;

  add(delivery: Delivery): void {
    if (this.settled.has(delivery.id)) this.wrong.push(`${name(delivery)} came again after its ack`);
    if (this.deliveries.has(delivery.id)) {
      if (delivery.redelivered === false) this.wrong.push(`${name(delivery)} came again and does not say so`);
      return;
    }
    this.deliveries.set(delivery.id, delivery);
    this.tally.add();
  }

  settle(deliveries: readonly Delivery[]): void {
    for (const { id } of deliveries) this.settled.add(id);
  }

  /** The numbers that came from a sender, one for each time the message is stored. */
  from(sender: string): number[] {
    return [...this.deliveries.values()]
      .filter(({ message }) => message.header.sender.id === sender)
      .map(({ message }) => message.data.payload.n);
  }
}

const name = ({ id, message }: Delivery): string => `${message.header.sender.id} ${message.header.messageId} (delivery ${id})`;

/** Reads an inbox over every outage. */
export class InboxReader {
  readonly received = new Received();

  constructor(
    private readonly broker: RunningBroker,
    private readonly token: string,
    private readonly outage: Outage,
    private readonly receiver: string,
  ) {}

  /** Claims and settles until so many deliveries have come. */
  async claim(expected: number): Promise<void> {
    const { received } = this;
    for (let turn = 0; received.tally.count < expected; turn += 1) {
      const claimId = `claim-${turn}`;
      const claim = await this.post<{ leaseToken?: string; deliveries: Delivery[] }>('claims', {
        claimId,
        max: 200,
        waitSeconds: 5,
        leaseSeconds: 5,
      });
      if (claim.status !== 200) throw new Error(`A claim was refused: ${claim.status} ${JSON.stringify(claim.body)}`);
      for (const delivery of claim.body.deliveries) received.add(delivery);
      if (claim.body.leaseToken === undefined) continue;
      const ack = await this.post('acks', { claimId });
      // 409: the lease ran out during an outage, or the ack before it was carried out although its answer was lost.
      if (ack.status === 200) received.settle(claim.body.deliveries);
      else if (ack.status !== 409) throw new Error(`An ack was refused: ${ack.status} ${JSON.stringify(ack.body)}`);
    }
  }

  /** Reads the stream until so many deliveries have come, resuming by Last-Event-ID whenever it breaks. */
  async stream(expected: number): Promise<void> {
    const { received } = this;
    let lastEventId: string | undefined;
    while (received.tally.count < expected) {
      const { status, body } = await this.outage.outlast(async () => {
        const hangUp = new AbortController();
        const answer = await fetch(`${this.broker.url}${twinPath(this.receiver)}/inbox/stream`, {
          headers: { authorization: `Bearer ${this.token}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
          signal: hangUp.signal,
        });
        if (answer.status !== 200 || answer.body === null) {
          return { status: answer.status, headers: answer.headers, body: await answer.text() };
        }
        received.streams += 1;
        for await (const event of eventsOf(answer.body)) {
          lastEventId = event.id;
          received.add(JSON.parse(event.data) as Delivery);
          if (received.tally.count >= expected) break;
        }
        hangUp.abort();
        return { status: 200, headers: answer.headers, body: '' };
      });
      if (status !== 200) throw new Error(`The stream was refused: ${status} ${body}`);
      // A stream that ends at once must not become a busy loop.
      await delay(10);
    }
  }

  private post<T>(what: string, body: object): Promise<Answer<T>> {
    return this.outage.outlast(() => this.broker.api<T>('POST', `${twinPath(this.receiver)}/inbox/${what}`, body, this.token));
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id: string; data: string }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const frames = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = new Map(
        frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
      );
      const [id, data] = [fields.get('id'), fields.get('data')];
      if (id !== undefined && data !== undefined) yield { id, data };
    }
  }
}
