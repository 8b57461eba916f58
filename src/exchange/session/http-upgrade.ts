import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEMS } from '../../problems/catalogue.js';
import type { DomainError } from '../../problems/domain-error.js';
import { problemDocument } from '../../problems/problem-document.js';

/** Takes over a connection that is to become a WebSocket. */
export type UpgradeHandler = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

const LINGER_MS = 1_000;

/**
 * Hands requests for a WebSocket at this path to a handler. All others that ask for an upgrade (some HTTP clients do so for HTTP/2 with every first
 * request) are answered as if they had not, as HTTP allows: without a listener Node would do so by itself, with one it leaves that to the listener.
 */
export function handleUpgrades(server: Server, path: string, handler: UpgradeHandler): () => void {
  const listener = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket' && request.url?.split('?', 1)[0] === path) handler(request, socket, head);
    else readAgain(server, request, socket, head);
  };
  server.on('upgrade', listener);
  return () => server.off('upgrade', listener);
}

/** Lets the server read a request once more, without its wish for an upgrade. */
function readAgain(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[i + 1] ?? ''}`);
  }
  // Header bytes are Latin-1 for Node, in both directions.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/** Answers a request for a WebSocket with a refusal, as any other request would be, and ends the connection. */
export function refuseUpgrade(socket: Socket, error: DomainError): void {
  const { http, title } = PROBLEMS[error.code];
  const body = JSON.stringify(problemDocument(error));
  const head = [
    `HTTP/1.1 ${http} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(http === 401 ? ['WWW-Authenticate: Bearer realm="twinfed", error="invalid_token"'] : []),
    ...(error.retryAfterSeconds === undefined ? [] : [`Retry-After: ${Math.ceil(error.retryAfterSeconds)}`]),
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
