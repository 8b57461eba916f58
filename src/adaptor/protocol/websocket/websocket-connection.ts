import { WebSocket } from 'ws';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { credentialHeaders } from '../http-wire.js';
import { wordsOf } from '../no-answer.js';
import { ConnectionOver } from '../reconnecting.js';
import { pinnedLookup } from '../wire-address.js';
import type { WebSocketSettings } from './websocket-settings.js';

const CONNECT_MS = 10_000;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Connects to the address that was checked; follows no redirect. @throws ConnectionOver, OutboundRefused */
export async function connectWebSocket(
  guard: OutboundGuard,
  settings: WebSocketSettings,
  credentials: Readonly<Record<string, string>>,
  signal: AbortSignal,
  prepare: (socket: WebSocket) => void = () => undefined,
): Promise<WebSocket> {
  const url = new URL(settings.url);
  const place = await guard.resolve(url.hostname);
  signal.throwIfAborted();
  const { ca, cert, key } = credentials;
  const socket = new WebSocket(url, settings.subprotocol === undefined ? [] : [settings.subprotocol], {
    lookup: pinnedLookup(place),
    followRedirects: false,
    perMessageDeflate: false,
    handshakeTimeout: CONNECT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    headers: { ...settings.headers, ...credentialHeaders(credentials, settings.apiKeyHeader) },
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  socket.on('error', () => undefined);
  prepare(socket);
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (request, response) => {
        request.destroy();
        reject(new ConnectionOver(`it answered with HTTP ${response.statusCode ?? 0}`));
      });
      socket.once('error', (error) => reject(new ConnectionOver(wordsOf(error))));
      socket.once('close', () => reject(new ConnectionOver('the connection broke')));
    });
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  signal.throwIfAborted();
  return socket;
}
