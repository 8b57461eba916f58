import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Credentials } from '../client/broker-client.js';
import { ENVIRONMENT } from '../environment.js';

/** A broker to play on. */
export interface Broker {
  url: string;
  operator: Credentials;
  /** Whether it was started here, and ends with the demonstration. */
  isOwn: boolean;
  stop(): Promise<void>;
}

/** The twins' own servers, and the city's MQTT broker, are on this machine. */
const HERE = '127.0.0.1';
const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 20_000;
const PROBE_MS = 2_000;
const POLL_MS = 100;
const KEPT_LOG = 4_000;

/** The broker at BROKER_URL or, when none answers there, one started for the demonstration. @throws Error with a sentence for the user */
export async function findOrStartBroker(say: (line: string) => void, signal: AbortSignal): Promise<Broker> {
  const url = (ENVIRONMENT['BROKER_URL'] ?? 'http://127.0.0.1:3000').replace(/\/+$/, '');
  if (await answers(url)) {
    say(`The broker at ${url} is used.`);
    return { url, operator: await operatorOf(url), isOwn: false, stop: () => Promise.resolve() };
  }
  const dataDir = resolve(ENVIRONMENT['DEMO_DATA_DIR'] ?? join('.data', 'demo'));
  say(`No broker answers at ${url}; one is started with its data in ${dataDir}.`);
  return startBroker(dataDir, signal);
}

/** Whether it is a broker that answers, not just anything. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/.well-known/oauth-authorization-server`, { signal: AbortSignal.timeout(PROBE_MS) });
    return response.ok && (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
}

async function operatorOf(url: string): Promise<Credentials> {
  const secret = ENVIRONMENT['OPERATOR_CLIENT_SECRET'];
  if (secret !== undefined) return { clientId: 'operator', clientSecret: secret };
  const path = resolve(ENVIRONMENT['DATA_DIR'] ?? '.data', 'operator.json');
  return readOperator(path).catch(() => {
    throw new Error(
      `The broker at ${url} needs its operator to create the five organizations, and there is no credential in ${path}. Set ` +
        'OPERATOR_CLIENT_SECRET or DATA_DIR; or set BROKER_URL to where no broker answers, and one is started for the demonstration.',
    );
  });
}

async function readOperator(path: string): Promise<Credentials> {
  const { client_id, client_secret } = JSON.parse(await readFile(path, 'utf8')) as Record<'client_id' | 'client_secret', string>;
  return { clientId: client_id, clientSecret: client_secret };
}

async function startBroker(dataDir: string, signal: AbortSignal): Promise<Broker> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { DATABASE_URL: _database, OPERATOR_CLIENT_SECRET: _secret, PUBLIC_URL: _public, SECRET_KEY: _key, ...others } = ENVIRONMENT;
  const child = fork(join(import.meta.dirname, 'broker-host.js'), [], {
    env: {
      ...others,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'pretty',
      OUTBOUND_ALLOW: HERE,
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a process group of its own, so that Ctrl-C reaches the director alone, which then ends everything in order.
    detached: process.platform !== 'win32',
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-KEPT_LOG)));
  }
  const stop = (): Promise<void> => stopBroker(child);
  try {
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await answers(url))) {
      signal.throwIfAborted();
      if (!isRunning(child)) throw new Error(`The broker ended while it started:\n${log.trim()}`);
      if (performance.now() > deadline) throw new Error(`The broker was not ready within ${START_LIMIT_MS / 1_000} s:\n${log.trim()}`);
      await delay(POLL_MS);
    }
    return { url, operator: await readOperator(join(dataDir, 'operator.json')), isOwn: true, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** As an operator would, and by force only when that does not help. */
async function stopBroker(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Losing its parent tells it to stop, on Windows too, where a signal would kill it.
  child.disconnect();
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
