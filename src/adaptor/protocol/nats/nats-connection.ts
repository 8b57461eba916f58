import { type Authenticator, connect, type ConnectionOptions, credsAuthenticator, type NatsConnection } from 'nats';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { untilAborted } from '../wire/kept-link.js';
import { placeOf } from '../wire-address.js';
import { WireFault, wireReason } from '../wire/wire-fault.js';
import type { NatsServer } from './nats-settings.js';

const PORTS = { nats: 4222, tls: 4222 };
const CLOSE_MS = 1_000;
const PING_MS = 10_000;
/** What the client calls things, in words. */
const WORDS: Readonly<Record<string, string>> = {
  AUTHORIZATION_VIOLATION: 'it refused access',
  PERMISSIONS_VIOLATION: 'it does not permit that',
  CONNECTION_REFUSED: 'it could not be connected to (ECONNREFUSED)',
  TIMEOUT: 'it did not answer in time',
  CONNECTION_TIMEOUT: 'it did not answer in time',
  CONNECTION_CLOSED: 'the connection broke',
  '503': 'nobody takes the subject: there is no stream for it',
};

/** Why something with the server failed, in words. */
export function natsReason(error: unknown): string {
  const { code, api_error } = (error ?? {}) as { code?: unknown; api_error?: { err_code?: unknown } };
  if (typeof api_error?.err_code === 'number') return `JetStream refused (${api_error.err_code})`;
  return (typeof code === 'string' ? WORDS[code] : undefined) ?? wireReason(error);
}

/**
 * A connection to the server, at an address that the guard lets us connect to; it is not made anew by itself, and other servers that it is told of are
 * ignored, since both would go around the guard.
 * @throws OutboundRefused, WireFault
 */
export async function natsConnection(
  guard: OutboundGuard,
  server: NatsServer,
  credentials: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const url = new URL(server.url);
  const { address, family, port, servername } = await placeOf(guard, url, PORTS);
  signal.throwIfAborted();
  const connecting = connect({
    servers: family === 6 ? `[${address}]:${port}` : `${address}:${port}`,
    resolve: false,
    ignoreClusterUpdates: true,
    reconnect: false,
    waitOnFirstConnect: false,
    timeout: server.timeoutMs,
    pingInterval: PING_MS,
    maxPingOut: 2,
    ...tls(url, servername === undefined ? { host: address } : { servername }, credentials),
    ...identification(credentials),
  });
  connecting.then(
    (connection) => {
      if (signal.aborted) void connection.close();
    },
    () => undefined,
  );
  try {
    return await untilAborted(connecting, signal);
  } catch (error) {
    throw new WireFault(natsReason(error));
  }
}

/** Ends a connection, of a server that no longer answers too. What was said before is still sent, if it can be. */
export async function closeNats(connection: NatsConnection): Promise<void> {
  const late = AbortSignal.timeout(CLOSE_MS);
  await untilAborted(
    connection.flush().catch(() => undefined),
    late,
  ).catch(() => undefined);
  await connection.close().catch(() => undefined);
}

function tls(
  url: URL,
  name: { readonly servername: string } | { readonly host: string },
  credentials: Readonly<Record<string, string>>,
): Pick<ConnectionOptions, 'tls'> {
  if (url.protocol === 'nats:') return { tls: null };
  const { ca, cert, key } = credentials;
  const own = cert === undefined || key === undefined ? {} : { cert, key };
  // Only a certificate of the name in the URL will do, although the connection goes to an address.
  const options = { ...name, ...(ca === undefined ? {} : { ca }), ...own };
  return { tls: options };
}

function identification({ username, password, token, creds }: Readonly<Record<string, string>>): ConnectionOptions {
  if (creds !== undefined) return { authenticator: credentialsFile(creds) };
  if (token !== undefined) return { token };
  return username === undefined ? {} : { user: username, pass: password ?? '' };
}

/** @throws WireFault when it is no credentials file */
function credentialsFile(creds: string): Authenticator {
  try {
    return credsAuthenticator(new TextEncoder().encode(creds));
  } catch {
    throw new WireFault('its credentials are no credentials file');
  }
}
