/** The server process: starting it, finding one that an earlier broker left running, waiting until it answers, stopping it. */
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { ifMissing } from './database-home.js';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';
import { isPostmasterOf, startMark } from './process-mark.js';
import { CLEAN_ENVIRONMENT, type SystemUser } from './run-as.js';
import { serverArguments } from './server-settings.js';

/** A running server. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Whether the id still belongs to this process, asked anew each time: a signal must not hit whoever gets the id next. */
  isRunning(): Promise<boolean>;
  /** Resolves once the process is gone, with how it ended as far as is known. */
  readonly exited: Promise<string>;
}

const LOG_LIMIT_BYTES = 10_000_000;
const ADOPTED_WATCH_MS = 250;

/**
 * The server that already runs on this cluster, from a broker that was killed. A process that merely got the recorded id is left
 * alone, and the stale record is removed, because PostgreSQL would take it for a living server.
 */
export async function findRunning(cluster: Cluster): Promise<Postmaster | undefined> {
  const file = join(cluster.dir, 'postmaster.pid');
  const record = parsePostmasterPid(await readFile(file, 'utf8').catch(ifMissing('')));
  if (!record) return undefined;
  const isRunning = (): Promise<boolean> => isPostmasterOf(record.pid, cluster.dir);
  if (await isRunning()) return { ...record, isRunning, exited: gone(isRunning) };
  if ((await startMark(record.pid)) !== undefined) await rm(file, { force: true });
  return undefined;
}

/** Process id and port from the text of a `postmaster.pid`; undefined while the server has not written them all. */
export function parsePostmasterPid(text: string): { pid: number; port: number } | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return Number.isInteger(pid) && pid > 1 && Number.isInteger(port) ? { pid, port } : undefined;
}

/** Resolves when a server that is not our child is gone: nothing tells us, so it is looked at. */
function gone(isRunning: () => Promise<boolean>): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      void isRunning().then((there) => {
        if (there) return;
        clearInterval(timer);
        resolve('it ended');
      });
    }, ADOPTED_WATCH_MS);
    timer.unref();
  });
}

/**
 * Starts the server, in a session of its own: neither Ctrl-C in the broker's terminal nor the broker's death reaches it.
 * It may not answer yet. Its output goes to the log file, which is set aside once it has grown large.
 */
export async function spawnPostmaster(
  cluster: Cluster,
  binaries: Binaries,
  user: SystemUser | undefined,
  port: number,
): Promise<Postmaster> {
  const size = await stat(cluster.logFile).then((s) => s.size, ifMissing(0));
  if (size > LOG_LIMIT_BYTES) await rename(cluster.logFile, `${cluster.logFile}.1`);
  const log = await open(cluster.logFile, 'a', 0o600);
  try {
    const from = (await log.stat()).size;
    const child = spawn(
      binaries.postgres,
      serverArguments({ cluster: cluster.dir, settings: cluster.settingsFile, authentication: cluster.authenticationFile }, port),
      { ...user, cwd: '/', detached: true, env: CLEAN_ENVIRONMENT, stdio: ['ignore', log.fd, log.fd] },
    );
    child.unref();
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => {
        if (signal) resolve(signal);
        else void lastWords(cluster.logFile, from).then((words) => resolve(`exit code ${code}${words && `: ${words}`}`));
      });
    });
    if (child.pid === undefined)
      throw new EmbeddedPostgresError(`PostgreSQL could not be started (${await exited}): set DATABASE_URL to use another one.`);
    const isRunning = (): Promise<boolean> => Promise.resolve(child.exitCode === null && child.signalCode === null);
    return { pid: child.pid, port, isRunning, exited };
  } finally {
    await log.close();
  }
}

/** The complaint a server ended with, without its refusals of our own asking whether it is ready. */
async function lastWords(logFile: string, from: number): Promise<string> {
  const text = await readFile(logFile).then(
    (bytes) => bytes.subarray(from).toString('utf8'),
    () => '',
  );
  return text
    .split('\n')
    .map((line) => line.replace(/^\S+ \S+ \S+ \[\d+\] /, ''))
    .filter((line) => line !== '' && !/the database system is |recovery state has not been/.test(line))
    .slice(-4)
    .join('; ');
}

/** Whether a server ended because its port was taken. */
export const portWasTaken = (ending: string): boolean => /could not bind|could not create any TCP\/IP sockets/i.test(ending);

/** Whether a server ended because another runs on the cluster already. */
export const anotherRuns = (ending: string): boolean => /lock file "postmaster\.pid" already exists/i.test(ending);

/** Whether a server ended because processes of its predecessor, which was killed, had not all gone yet. */
export const predecessorLingers = (ending: string): boolean => /shared memory block .* is still in use/i.test(ending);

/**
 * Stops a server and waits until it is gone: open transactions are rolled back and the data written out. One that does not manage
 * in time is stopped without writing, which costs only recovery at the next start.
 */
export async function stopPostmaster(server: Postmaster, log: (line: string) => void, graceMs = 10_000): Promise<void> {
  if (await endedWithin(server, 'SIGINT', graceMs)) return;
  log(`PostgreSQL (process ${server.pid}) has not stopped after ${graceMs} ms; stopping it at once, it recovers at the next start`);
  if (await endedWithin(server, 'SIGQUIT', graceMs)) return;
  if (await endedWithin(server, 'SIGKILL', graceMs)) return;
  throw new EmbeddedPostgresError(`PostgreSQL (process ${server.pid}) cannot be stopped: look at the state of that process.`);
}

/** Stops a server at once and without writing: its data belong to somebody else by now. */
export async function abandonPostmaster(server: Postmaster): Promise<void> {
  await endedWithin(server, 'SIGQUIT', 5_000);
}

async function endedWithin(server: Postmaster, signal: NodeJS.Signals, ms: number): Promise<boolean> {
  if (!(await server.isRunning())) return true;
  const wait = new AbortController();
  try {
    process.kill(server.pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
  const ended = await Promise.race([server.exited.then(() => true), delay(ms, false, { signal: wait.signal }).catch(() => false)]);
  wait.abort();
  return ended;
}

/** A port of 127.0.0.1 that is free right now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
