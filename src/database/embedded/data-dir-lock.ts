/**
 * One living broker per data directory.
 *
 * The lock is the file `broker-<n>.lock` with the highest n. Nobody ever rewrites another's file: to take over from n, whether
 * it was released or its holder died, one creates n + 1 with link(2), which is atomic and fails when it exists, so of any number
 * of brokers starting at the same instant exactly one wins. Numbers never go back (a release leaves its file, marked), so a
 * challenger that was delayed between judging and linking finds a higher number afterwards and withdraws.
 *
 * A holder in the same PID scope is alive when its process is (id and start time). One in another scope (a container or machine
 * sharing the volume) cannot be looked up: its file's modification time is its heartbeat, and only silence proves it dead. The
 * challenger watches for a change and compares no clocks.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';
import { pidScope, startMark } from './process-mark.js';

/** What a lock file says about its holder. */
export interface LockRecord {
  readonly pid: number;
  readonly startMark: string;
  readonly scope: string;
  readonly host: string;
  readonly released: boolean;
}

export interface DataDirLockOptions {
  /** Milliseconds between two heartbeats. */
  readonly heartbeatMs?: number;
  /** Milliseconds without a heartbeat after which a holder that cannot be looked up is taken for dead. */
  readonly silenceMs?: number;
  /** Called once if another broker took the lock from this one, or somebody deleted it. */
  readonly onLost?: () => void;
  readonly log?: (line: string) => void;
}

export interface DataDirLock {
  /** Lets the next broker in. Repeating it does nothing. */
  release(): Promise<void>;
}

const LOCK_NAME = /^broker-(\d+)\.lock$/;
const lockFile = (dir: string, generation: number): string => join(dir, `broker-${generation}.lock`);

/**
 * Takes the lock of a data directory, which must exist.
 * @throws EmbeddedPostgresError when a living broker holds it.
 */
export async function acquireDataDirLock(dir: string, options: DataDirLockOptions = {}): Promise<DataDirLock> {
  const record: LockRecord = {
    pid: process.pid,
    startMark: (await startMark(process.pid)) ?? '',
    scope: await pidScope(),
    host: hostname(),
    released: false,
  };
  const generation = await claim(dir, record, options);
  await sweep(dir, generation);
  return hold(dir, generation, record, options);
}

async function claim(dir: string, record: LockRecord, options: DataDirLockOptions): Promise<number> {
  const claimFile = join(dir, `broker-${randomUUID()}.claim`);
  await writeDurably(claimFile, record);
  try {
    for (;;) {
      const held = await highestGeneration(dir);
      if (held > 0) await assertFree(dir, held, record, options);
      const mine = held + 1;
      const won = await link(claimFile, lockFile(dir, mine)).then(
        () => true,
        (error: unknown) => {
          if (errorCode(error) === 'EEXIST') return false;
          throw error;
        },
      );
      if (!won) continue;
      if ((await highestGeneration(dir)) === mine) return mine;
      await rm(lockFile(dir, mine), { force: true });
    }
  } finally {
    await rm(claimFile, { force: true });
  }
}

async function assertFree(dir: string, generation: number, own: LockRecord, options: DataDirLockOptions): Promise<void> {
  const file = lockFile(dir, generation);
  const holder = await readRecord(file);
  if (holder?.released) return;
  if (holder && holder.scope === own.scope) {
    if ((await startMark(holder.pid)) !== holder.startMark) return;
    throw inUse(dir, `another broker on this machine (process ${holder.pid})`);
  }
  if (!(await heartbeatSeen(file, holder, options))) return;
  const who = holder ? `process ${holder.pid} on host ${holder.host}` : 'unreadable lock file';
  throw inUse(dir, `a broker in another container or on another machine (${who})`);
}

function inUse(dir: string, holder: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The data directory ${dir} is in use by ${holder}: stop that one first, give this broker a DATA_DIR of its own, ` +
      'or set DATABASE_URL so that both share one PostgreSQL.',
  );
}

async function heartbeatSeen(file: string, holder: LockRecord | undefined, options: DataDirLockOptions): Promise<boolean> {
  const { heartbeatMs = 2_000, silenceMs = 20_000 } = options;
  const modified = (): Promise<number | undefined> =>
    stat(file).then(
      (s) => s.mtimeMs,
      () => undefined,
    );
  const before = await modified();
  options.log?.(
    `${file} was left by ${holder?.host ?? 'an unknown host'}; waiting up to ${silenceMs} ms for a sign of life from its broker`,
  );
  for (let waited = 0; waited < silenceMs; waited += heartbeatMs) {
    await delay(heartbeatMs);
    const now = await modified();
    // A file that vanished was superseded: report silence, and the claim meets its successor.
    if (now === undefined) return false;
    if (now !== before) return true;
  }
  return false;
}

function hold(dir: string, generation: number, record: LockRecord, options: DataDirLockOptions): DataDirLock {
  const file = lockFile(dir, generation);
  let released = false;
  const beat = async (): Promise<void> => {
    const highest = await highestGeneration(dir).catch((error: unknown) => (errorCode(error) === 'ENOENT' ? 0 : generation));
    if (released) return;
    if (highest === generation) return utimes(file, new Date(), new Date()).catch(() => undefined);
    released = true;
    clearInterval(timer);
    options.onLost?.();
  };
  const timer = setInterval(() => void beat(), options.heartbeatMs ?? 2_000);
  timer.unref();
  return {
    async release() {
      if (released) return;
      released = true;
      clearInterval(timer);
      // Superseded, or gone with its directory: nothing to give back.
      if ((await highestGeneration(dir).catch(() => 0)) !== generation) return;
      const successor = join(dir, `broker-${randomUUID()}.claim`);
      await writeDurably(successor, { ...record, released: true });
      await rename(successor, file);
    },
  };
}

async function highestGeneration(dir: string): Promise<number> {
  const names = await readdir(dir);
  return names.reduce((highest, name) => Math.max(highest, Number(LOCK_NAME.exec(name)?.[1] ?? 0)), 0);
}

async function readRecord(file: string): Promise<LockRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockRecord;
  } catch {
    return undefined;
  }
}

async function writeDurably(file: string, record: LockRecord): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(record));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what earlier holders and killed challengers left; a fresh claim may belong to one that is just starting. */
async function sweep(dir: string, generation: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    const older = Number(LOCK_NAME.exec(name)?.[1] ?? generation) < generation;
    const abandoned = /^broker-.+\.claim$/.test(name) && Date.now() - (await stat(file).then((s) => s.mtimeMs, Date.now)) > 3_600_000;
    if (older || abandoned) await rm(file, { force: true });
  }
}
