import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../e2e/support/broker-process.js';
import { LOCALHOST_TLS } from './localhost-tls.js';
import { installed, OwnServers, ownPlace } from './own-server.js';

/** Where RabbitMQ is; the wrapper of Debian's package would change the user. */
export const RABBITMQ = installed('/usr/lib/rabbitmq/bin/rabbitmq-server');
const MAPPER = '/usr/bin/epmd';

/** A RabbitMQ of the test's own, with an Erlang port mapper of its own. */
export interface RabbitServer {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** With the certificate of `localhost-tls.ts`. */
  readonly tlsPort: number;
  close(): Promise<void>;
}

/** Starts it; takes up to a minute on a busy machine. */
export async function startRabbit(): Promise<RabbitServer> {
  const servers = new OwnServers(await ownPlace('rabbitmq'));
  const { place } = servers;
  const [port, tlsPort, mapperPort, distribution] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const mapping = { ERL_EPMD_PORT: String(mapperPort), ERL_EPMD_ADDRESS: '127.0.0.1' };
  await mkdir(join(place, 'tls'));
  await writeFile(join(place, 'tls', 'cert.pem'), LOCALHOST_TLS.cert);
  await writeFile(join(place, 'tls', 'key.pem'), LOCALHOST_TLS.key);
  const settings = [
    `listeners.tcp.local = 127.0.0.1:${port}`,
    `listeners.ssl.local = 127.0.0.1:${tlsPort}`,
    `ssl_options.certfile = ${join(place, 'tls', 'cert.pem')}`,
    `ssl_options.keyfile = ${join(place, 'tls', 'key.pem')}`,
    'ssl_options.verify = verify_none',
    'loopback_users = none',
    'log.file.level = warning',
  ];
  await writeFile(join(place, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
  await writeFile(join(place, 'enabled_plugins'), '[].\n');
  await servers.start(MAPPER, [], mapperPort, mapping);
  await servers.start(RABBITMQ ?? '', [], port, {
    ...mapping,
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_CONFIG_FILE: join(place, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(place, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(place, 'mnesia'),
    RABBITMQ_LOG_BASE: join(place, 'log'),
    RABBITMQ_PID_FILE: join(place, 'pid'),
  });
  return { port, tlsPort, close: () => servers.close() };
}
