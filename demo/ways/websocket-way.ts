import type { IncomingMessage } from 'node:http';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Message } from '../client/message.js';
import { Cbor } from '../formats/cbor.js';
import { HOST } from './own-server.js';
import { dataOf, isPing, type Surroundings, type Way } from './way.js';

const MESSAGES = '/messages';
const VALUES = '/values/';

/** The broker connects to WebSockets of the twin: one on which it delivers and the twin acknowledges and answers, and one for each feature; payloads are CBOR. */
export class WebSocketWay implements Way {
  readonly name = 'WebSocket';
  readonly format = new Cbor();
  private server: WebSocketServer | undefined;
  /** Sockets by the path that was connected to. */
  private readonly sockets = new Map<string, Set<WebSocket>>();

  async begin(surroundings: Surroundings): Promise<void> {
    const { wires, outline } = surroundings;
    const server = new WebSocketServer({ host: HOST, port: 0 });
    this.server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).once('listening', resolve));
    server.on('connection', (socket, request) => this.welcome(socket, request, surroundings));
    const url = `ws://${HOST}:${(server.address() as { port: number }).port}`;
    await Promise.all([
      wires.deliverBy('websocket', { url: url + MESSAGES, acknowledge: 'frame' }),
      ...dataOf(outline).map((name) => wires.listenBy(name, 'websocket', { url: url + VALUES + name }, name)),
    ]);
  }

  publish(feature: string, value: unknown): Promise<void> {
    const document = this.format.documentOf(value);
    for (const socket of this.sockets.get(VALUES + feature) ?? []) socket.send(document);
    return Promise.resolve();
  }

  async end(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }

  private welcome(socket: WebSocket, { url = '' }: IncomingMessage, surroundings: Surroundings): void {
    const sockets = this.sockets.get(url) ?? new Set();
    this.sockets.set(url, sockets.add(socket));
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (url !== MESSAGES) return;
    // One after the other: values of a feature keep their order.
    let last: Promise<void> = Promise.resolve();
    socket.on('message', (data) => {
      last = last.then(() => take(socket, data, surroundings));
    });
  }
}

/** Acknowledges a delivery, with the answer if it is a REQUEST; what failed comes again. */
async function take(socket: WebSocket, data: RawData, { client, hear }: Surroundings): Promise<void> {
  const { id, message } = JSON.parse((data as Buffer).toString()) as { id: string; message: Message };
  try {
    const reply = isPing(message) ? undefined : await hear(message);
    const answer = reply === undefined ? {} : { answer: client.response(message, reply) };
    socket.send(JSON.stringify({ op: 'ack', id, ...answer }));
  } catch (error) {
    socket.send(JSON.stringify({ op: 'nack', id, reason: String(error), afterMs: 200 }));
  }
}
