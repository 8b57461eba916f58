import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands before several brokers under one address: requests go to them in turn, and on to the next when one is not there. */
export class EvenFront {
  /** Base URLs of the brokers. */
  readonly behind: string[] = [];
  private turn = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<EvenFront> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const front = new EvenFront(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        void front.forward(method, url, headers as Record<string, string>, Buffer.concat(chunks)).then(([status, body]) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(body);
        });
      });
    });
    return front;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async forward(method: string, path: string, headers: Record<string, string>, body: Buffer): Promise<[number, string]> {
    for (let n = 0; n < this.behind.length; n += 1) {
      this.turn += 1;
      const base = this.behind[this.turn % this.behind.length] ?? '';
      const answer = await asked(base, method, path, headers, body);
      if (answer !== undefined) return answer;
    }
    return [502, ''];
  }
}

/** Undefined when there was no answer. */
function asked(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<[number, string] | undefined> {
  return new Promise((resolve) => {
    const request = httpRequest(new URL(path, base), { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => resolve([answer.statusCode ?? 0, Buffer.concat(chunks).toString()]));
      answer.once('error', () => resolve(undefined));
    });
    request.once('error', () => resolve(undefined));
    request.end(body);
  });
}
