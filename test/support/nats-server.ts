import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../e2e/support/broker-process.js';
import { LOCALHOST_TLS } from './localhost-tls.js';
import { installed, OwnServers, ownPlace } from './own-server.js';

/** Where the NATS server is. */
export const NATS = installed('/usr/sbin/nats-server', '/usr/bin/nats-server');

/** A NATS server of the test's own, with JetStream on disk. */
export interface OwnNats {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Of a second server, which wants TLS (the certificate of `localhost-tls.ts`) and a user `city` with the password `hall`. */
  readonly tlsPort: number;
  close(): Promise<void>;
}

/** Starts both. */
export async function startNats(): Promise<OwnNats> {
  const servers = new OwnServers(await ownPlace('nats'));
  const { place } = servers;
  const [port, tlsPort] = [await freePort(), await freePort()];
  const [cert, key] = [join(place, 'cert.pem'), join(place, 'key.pem')];
  await writeFile(cert, LOCALHOST_TLS.cert);
  await writeFile(key, LOCALHOST_TLS.key);
  await servers.start(NATS ?? '', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(place, 'data')], port);
  const secured = ['--tls', '--tlscert', cert, '--tlskey', key, '--user', 'city', '--pass', 'hall'];
  await servers.start(NATS ?? '', ['-a', '127.0.0.1', '-p', String(tlsPort), ...secured], tlsPort);
  return { port, tlsPort, close: () => servers.close() };
}
