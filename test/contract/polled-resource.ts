import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A resource of a real HTTP server that says one document after the other; until the first, that nothing has changed. */
export interface PolledResource {
  readonly url: string;
  document: string | undefined;
  say(document: string): Promise<void>;
  /** Breaks the next two requests off. */
  breakOff(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one. */
export async function aPolledResource(): Promise<PolledResource> {
  let version = 0;
  let broken = 0;
  const server = createServer((request, response) => {
    if (broken > 0) {
      broken -= 1;
      request.socket.destroy();
      return;
    }
    const etag = `"${version}"`;
    const { document } = resource;
    if (document === undefined || request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag, 'content-type': 'application/json' }).end(document);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const resource: PolledResource = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    document: undefined,
    say(document) {
      resource.document = document;
      version += 1;
      return Promise.resolve();
    },
    breakOff() {
      broken = 2;
      return Promise.resolve();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return resource;
}
