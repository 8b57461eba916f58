import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request that a hook got. */
export interface HookRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a hook does with a delivery. */
export type HookBehaviour = (request: HookRequest, response: ServerResponse) => void | Promise<void>;

/** A real HTTP server on 127.0.0.1 that receives webhooks; it agrees to the handshake unless told otherwise. */
export class HookServer {
  /** POSTs, in the order of arrival. */
  readonly received: HookRequest[] = [];
  /** Most POSTs under way at once. */
  mostAtOnce = 0;
  allowedOrigin: string | undefined = '*';
  optionsStatus = 200;
  behaviour: HookBehaviour = (_, response) => void response.writeHead(204).end();
  private atOnce = 0;
  private readonly watchers = new Set<() => void>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(options: { tls?: { key: string; cert: string }; host?: string } = {}): Promise<HookServer> {
    const { tls, host = '127.0.0.1' } = options;
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const hook = new HookServer(server, `${tls === undefined ? 'http' : 'https'}://${host}:${port}/hook`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void hook.serve(request, response));
    return hook;
  }

  /** Resolves when `condition` holds; it is looked at whenever something arrived or was answered. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  /** Closes connections that have no request under way. */
  dropIdle(): void {
    this.server.closeIdleConnections();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    if (method === 'OPTIONS') {
      response
        .writeHead(this.optionsStatus, this.allowedOrigin === undefined ? {} : { 'webhook-allowed-origin': this.allowedOrigin })
        .end();
      return;
    }
    const received = { method, path, headers, body: Buffer.concat(chunks).toString() };
    this.received.push(received);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    response.once('close', () => {
      this.atOnce -= 1;
      this.tell();
    });
    this.tell();
    await this.behaviour(received, response);
  }

  private tell(): void {
    for (const look of [...this.watchers]) look();
  }
}

/** The message within a structured or binary delivery. */
export function messageIn(request: HookRequest): { header: Record<string, unknown>; data: { payload?: { n?: number } } } {
  const body = JSON.parse(request.body) as Record<string, unknown>;
  return (request.headers['content-type']?.startsWith('application/cloudevents+json') === true ? body['data'] : body) as never;
}

/** The number in the payload of each delivery. */
export function numbersIn(requests: readonly HookRequest[]): number[] {
  return requests.map((request) => messageIn(request).data.payload?.n ?? Number.NaN);
}
