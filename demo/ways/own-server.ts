import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';

/** Where twins listen: on this machine alone. */
export const HOST = '127.0.0.1';

/** A twin's own HTTP server, on a port that the system chooses. */
export async function serve(answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, HOST, resolve));
  return server;
}

/** Its address, without a scheme. */
export function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return `${HOST}:${address.port}`;
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Ends it and what is connected to it. */
export function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
