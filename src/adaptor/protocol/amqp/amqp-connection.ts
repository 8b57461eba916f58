import type { Duplex } from 'node:stream';
import { type ChannelModel, connect, credentials as mechanisms, type Options, type SocketOptions } from 'amqplib';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { placeOf } from '../wire-address.js';
import { WireFault } from '../wire/wire-fault.js';
import type { AmqpServer } from './amqp-settings.js';

const HEARTBEAT_S = 15;
const CLOSE_MS = 1_000;
const PORTS = { amqp: 5672, amqps: 5671 };
/** Replies of the server to a connection that it does not want, or cannot serve (AMQP 0.9.1 §1.2). */
const REFUSALS: Readonly<Record<number, string>> = {
  402: 'the path is not valid',
  403: 'it refused access',
  404: 'there is no such exchange or queue',
  405: 'the queue is locked by another',
  406: 'a precondition failed',
  530: 'it refused the virtual host',
};

/** In words what an AMQP server said; undefined when it said nothing. */
export function amqpReply(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'number') return undefined;
  return `${REFUSALS[code] ?? 'it closed the channel'} (AMQP ${code})`;
}

/**
 * A connection to the server, at an address that the guard lets us connect to.
 * @throws OutboundRefused, WireFault, or what the socket says
 */
export async function amqpConnection(
  guard: OutboundGuard,
  server: AmqpServer,
  credentials: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ChannelModel> {
  const url = new URL(server.url);
  const isSecure = url.protocol === 'amqps:';
  const { address, port, servername } = await placeOf(guard, url, PORTS);
  signal.throwIfAborted();
  const { username, password, ca, cert, key } = credentials;
  const where: Options.Connect = {
    protocol: isSecure ? 'amqps' : 'amqp',
    hostname: address,
    port,
    vhost: url.pathname.length > 1 ? url.pathname.slice(1) : '/',
    heartbeat: HEARTBEAT_S,
  };
  const how = {
    timeout: server.timeoutMs,
    noDelay: true,
    host: address,
    // Only a certificate of the name in the URL will do, although the connection goes to an address.
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    credentials: identification(username, password, cert),
  };
  try {
    const model = await connect(where, how);
    // Its end is told by `close`; an error without a listener would end the process.
    model.on('error', () => undefined);
    if (!signal.aborted) return model;
    await closeAmqp(model);
  } catch (error) {
    const said = refusal(error);
    throw said === undefined ? error : new WireFault(said);
  }
  throw new WireFault('the broker gave up');
}

/** Ends a connection, of a server that no longer answers too. */
export async function closeAmqp(model: ChannelModel): Promise<void> {
  const { stream, heartbeater } = model.connection as unknown as { readonly stream: Duplex; readonly heartbeater?: { clear(): void } };
  stream.on('error', () => undefined);
  // With an error, so that the library notices and lets go of its timers.
  const destroy = (): void => void stream.destroy(new WireFault('it did not take leave'));
  const late = setTimeout(destroy, CLOSE_MS);
  const destroyed = new Promise<void>((resolve) => stream.once('close', resolve));
  await Promise.race([model.close().catch(() => undefined), destroyed]);
  clearTimeout(late);
  destroy();
  // A connection that fell over while it was closing would beat for ever.
  heartbeater?.clear();
}

/** A name and a password; of who shows a certificate instead, the certificate; without either, what RabbitMQ knows a guest by. */
function identification(username: string | undefined, password = '', cert?: string): SocketOptions['credentials'] {
  if (username !== undefined) return mechanisms.plain(username, password);
  return cert === undefined ? mechanisms.plain('guest', 'guest') : mechanisms.external();
}

/** What went wrong before the connection stood: the library says it in words alone. */
function refusal(error: unknown): string | undefined {
  const { message } = (error ?? {}) as { message?: unknown };
  if (typeof message !== 'string') return undefined;
  if (/ACCESS[-_]REFUSED|403/.test(message)) return 'it refused access (AMQP 403)';
  if (/NOT[-_]ALLOWED|530/.test(message)) return 'it refused the virtual host (AMQP 530)';
  if (message === 'connect ETIMEDOUT') return 'it did not answer in time';
  if (/Socket closed abruptly|closed unexpectedly/i.test(message)) return 'it accepted the connection and dropped it';
  return amqpReply(error);
}
