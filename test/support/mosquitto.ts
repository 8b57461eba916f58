import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../e2e/support/broker-process.js';
import { LOCALHOST_TLS } from './localhost-tls.js';
import { installed, OwnServers, ownPlace } from './own-server.js';

/** Where Mosquitto is. */
export const MOSQUITTO = installed('/usr/sbin/mosquitto', '/usr/bin/mosquitto');

/** A Mosquitto of the test's own, with three ways in on 127.0.0.1. */
export interface OwnMosquitto {
  readonly port: number;
  /** Lets nobody in. */
  readonly closedPort: number;
  /** With the certificate of `localhost-tls.ts`. */
  readonly tlsPort: number;
  close(): Promise<void>;
}

/** Starts it. */
export async function startMosquitto(): Promise<OwnMosquitto> {
  const servers = new OwnServers(await ownPlace('mosquitto'));
  const { place } = servers;
  const [port, closedPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const [cert, key, config] = [join(place, 'cert.pem'), join(place, 'key.pem'), join(place, 'mosquitto.conf')];
  await writeFile(cert, LOCALHOST_TLS.cert);
  await writeFile(key, LOCALHOST_TLS.key);
  const lines = [
    // As root it would become another user, who may not read the key.
    `user ${userInfo().username}`,
    'per_listener_settings true',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    `listener ${closedPort} 127.0.0.1`,
    'allow_anonymous false',
    `listener ${tlsPort} 127.0.0.1`,
    'allow_anonymous true',
    `certfile ${cert}`,
    `keyfile ${key}`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  await servers.start(MOSQUITTO ?? '', ['-c', config], port);
  return { port, closedPort, tlsPort, close: () => servers.close() };
}
