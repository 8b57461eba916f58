import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../client/message.js';
import { Csv } from '../formats/csv.js';
import { addressOf, close, serve } from './own-server.js';
import { patiently } from './patience.js';
import { dataOf, type Surroundings, type Way } from './way.js';

/** Events that are kept for a reader who was away. */
const KEPT = 200;
const RETRY_MS = 500;

/** Server-sent events both ways: the twin reads the broker's stream of its inbox, and the broker reads the twin's own stream of values; payloads are CSV. */
export class SseWay implements Way {
  readonly name = 'SSE';
  readonly format = new Csv();
  private server: Server | undefined;
  private readonly readers = new Set<ServerResponse>();
  private readonly events: { id: number; text: string }[] = [];
  private lastId = 0;
  private readonly ending = new AbortController();
  private reading: Promise<void> | undefined;

  async begin(surroundings: Surroundings): Promise<void> {
    const { wires, outline } = surroundings;
    this.server = await serve((request, response) => this.stream(request, response));
    const url = `http://${addressOf(this.server)}/events`;
    await Promise.all(dataOf(outline).map((name) => wires.listenBy(name, 'sse', { url, events: [name], mediaType: 'text/csv' }, name)));
    this.reading = this.read(surroundings);
  }

  publish(feature: string, value: unknown): Promise<void> {
    this.lastId += 1;
    const lines = this.format.documentOf(value).trimEnd().split('\n');
    const text = `id: ${this.lastId}\nevent: ${feature}\n${lines.map((line) => `data: ${line}\n`).join('')}\n`;
    this.events.push({ id: this.lastId, text });
    if (this.events.length > KEPT) this.events.shift();
    for (const reader of this.readers) reader.write(text);
    return Promise.resolve();
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.reading;
    await close(this.server);
  }

  /** Begins after the event that the reader saw last. */
  private stream({ headers }: IncomingMessage, response: ServerResponse): void {
    const after = Number(headers['last-event-id'] ?? this.lastId);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
    for (const { id, text } of this.events) if (id > after) response.write(text);
    this.readers.add(response);
    response.on('close', () => this.readers.delete(response));
  }

  /** Reads the inbox until the end; what was written to the stream is settled. */
  private async read({ client, hear }: Surroundings): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        for await (const data of client.stream(signal)) {
          const { message, acceptedAt } = JSON.parse(data) as Partial<Delivery>;
          if (message === undefined) continue;
          await patiently(async () => {
            const reply = await hear(message, acceptedAt);
            if (reply !== undefined) await client.answer(message, reply);
          }).catch(() => undefined);
        }
      } catch {
        // The stream broke, or the broker is not there; it goes on where it was.
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
