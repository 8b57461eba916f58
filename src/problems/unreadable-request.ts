import type { Socket } from 'node:net';
import type { ProblemCode } from './catalogue.js';
import { PROBLEMS } from './catalogue.js';
import { DomainError } from './domain-error.js';
import { problemDocument } from './problem-document.js';

const CODE_BY_PARSER_ERROR: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'header-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};
const DETAILS: Partial<Record<ProblemCode, string>> = {
  'header-too-large': 'The request line and the headers may have 16 KiB together.',
  'request-timeout': 'The request did not arrive whole in time.',
};

const LINGER_MS = 1_000;
/** Connections whose request may take its time. */
const unhurried = new WeakSet<Socket>();

/** Lets the body of the request that this connection carries arrive for as long as its handler waits for it; gives what ends that. */
export function allowLongBody(socket: Socket): () => void {
  unhurried.add(socket);
  return () => {
    unhurried.delete(socket);
  };
}

/** Answers what Node's HTTP parser could not read: there is no request then, only a socket, which is closed. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  // Node asks once per request, and closes nothing by itself here.
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return;
  const code = CODE_BY_PARSER_ERROR[error.code ?? ''] ?? 'malformed-message';
  const { http, title } = PROBLEMS[code];
  const body = JSON.stringify(problemDocument(new DomainError(code, DETAILS[code] ?? 'This is not a request of HTTP/1.1.')));
  const head = [
    `HTTP/1.1 ${http} ${title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closed at once, with bytes unread, the connection would be reset and the answer lost.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
