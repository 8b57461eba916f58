import { setTimeout as delay } from 'node:timers/promises';
import type { Outage } from './outage.js';
import { type Api, twinPath } from './twin-network.js';

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

  get count(): number {
    return this.deliveries.size;
  }

  add(delivery: Delivery): void {
    if (this.settled.has(delivery.id)) this.wrong.push(`${name(delivery)} came again after its ack`);
    if (this.deliveries.has(delivery.id)) {
      if (delivery.redelivered === false) this.wrong.push(`${name(delivery)} came again and does not say so`);
      return;
    }
    this.deliveries.set(delivery.id, delivery);
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

/** Claims and settles until so many deliveries have come, over every outage. */
export async function readByClaims(api: Api, outage: Outage, receiver: string, expected: number): Promise<Received> {
  const received = new Received();
  const inbox = `${twinPath(receiver)}/inbox`;
  for (let turn = 0; received.count < expected; turn += 1) {
    const claimId = `claim-${turn}`;
    const claim = { claimId, max: 200, waitSeconds: 5, leaseSeconds: 5 };
    const { body, status } = await outage.outlast(() =>
      api<{ leaseToken?: string; deliveries: Delivery[] }>('POST', `${inbox}/claims`, claim),
    );
    if (status !== 200) throw new Error(`A claim was refused: ${status} ${JSON.stringify(body)}`);
    for (const delivery of body.deliveries) received.add(delivery);
    if (body.leaseToken === undefined) continue;
    const ack = await outage.outlast(() => api('POST', `${inbox}/acks`, { claimId }));
    // 409: the lease ran out during an outage, or the ack before it was carried out although its answer was lost.
    if (ack.status === 200) received.settle(body.deliveries);
    else if (ack.status !== 409) throw new Error(`An ack was refused: ${ack.status} ${JSON.stringify(ack.body)}`);
  }
  return received;
}

/** Reads the inbox as a stream until so many deliveries have come, resuming by Last-Event-ID whenever the stream breaks. */
export async function readByStream(
  url: string,
  token: string,
  outage: Outage,
  receiver: string,
  expected: number,
): Promise<Received & { connections: number }> {
  const received = Object.assign(new Received(), { connections: 0 });
  let lastEventId: string | undefined;
  while (received.count < expected) {
    await outage.outlast(async () => {
      const hangUp = new AbortController();
      const answer = await fetch(`${url}${twinPath(receiver)}/inbox/stream`, {
        headers: { authorization: `Bearer ${token}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
        signal: hangUp.signal,
      });
      if (answer.status !== 200 || answer.body === null)
        return { status: answer.status, headers: answer.headers, body: await answer.text() };
      received.connections += 1;
      for await (const event of eventsOf(answer.body)) {
        lastEventId = event.id;
        received.add(JSON.parse(event.data) as Delivery);
        if (received.count >= expected) break;
      }
      hangUp.abort();
      return { status: 200, headers: answer.headers, body: '' };
    });
    // A stream that ends at once must not become a busy loop.
    await delay(10);
  }
  return received;
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
