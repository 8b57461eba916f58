/**
 * Where the database of a data directory really lies: its *home*, which holds the cluster, its password, its settings and its log.
 * The home is the data directory itself, unless we are root and the user PostgreSQL runs as cannot get into it (/root and the like).
 * Then it is a directory of its own under the state root, and the file `database-location` in the data directory points at it.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, lstat, open, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';
import { canEnter, type SystemUser } from './run-as.js';

const POINTER = 'database-location';

/** The cluster inside a home (PostgreSQL's own data directory). */
export const clusterIn = (home: string): string => join(home, 'cluster');

/** Creates the data directory where missing and returns its real path. Root's is left enterable for the user PostgreSQL runs as. */
export async function openDataDir(dataDir: string): Promise<string> {
  const path = resolve(dataDir);
  if ((await mkdir(path, { recursive: true })) !== undefined) await chmod(path, process.getuid?.() === 0 ? 0o711 : 0o700);
  return realpath(path);
}

/**
 * The home that an earlier start chose, if there was one.
 * @throws EmbeddedPostgresError when it has since disappeared, because starting with an empty database would hide the loss.
 */
export async function knownHome(dataDir: string): Promise<string | undefined> {
  const pointer = join(dataDir, POINTER);
  const target = (await readFile(pointer, 'utf8').catch(ifMissing(''))).trim();
  if (target === '') return (await ownerOf(clusterIn(dataDir))) ? dataDir : undefined;
  if (await ownerOf(target)) return target;
  throw new EmbeddedPostgresError(
    `${pointer} says that the database lies in ${target}, which does not exist: bring it back, or delete ${pointer} to begin with an empty database.`,
  );
}

/** Owner of a directory, or undefined when there is none. */
export async function ownerOf(path: string): Promise<SystemUser | undefined> {
  const found = await stat(path).catch(ifMissing(undefined));
  return found && { uid: found.uid, gid: found.gid };
}

/**
 * Chooses the home of a database that has none yet.
 * @param stateRoot where root keeps what cannot lie in the data directory; when it cannot be created, the temporary directory serves.
 */
export async function chooseHome(
  dataDir: string,
  user: SystemUser | undefined,
  stateRoot: string,
  log: (line: string) => void,
): Promise<string> {
  if (user === undefined || (await canEnter(user, dataDir))) return dataDir;
  const root = await openStateRoot(stateRoot, user);
  // The random end keeps apart databases whose data directories had the same path one after the other.
  const home = await mkdtemp(join(root, `${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}-`));
  await chmod(home, 0o711);
  await writeFile(join(home, 'belongs-to'), `${dataDir}\n`);
  await replaceFile(join(dataDir, POINTER), `${home}\n`, 0o644);
  log(`the user that runs PostgreSQL cannot enter ${dataDir}; the database lies in ${home}`);
  return home;
}

/** Creates the state root where missing; root's own, which no other user may write. */
export async function openStateRoot(stateRoot: string, user: SystemUser): Promise<string> {
  for (const path of [stateRoot, join(tmpdir(), 'twinfed')]) {
    const made = await mkdir(path, { recursive: true }).then(
      (created) => (created === undefined ? undefined : chmod(path, 0o711)),
      () => 'refused' as const,
    );
    if (made === 'refused') continue;
    const found = await lstat(path);
    const ours = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
    if (ours && (await canEnter(user, path))) return realpath(path);
  }
  throw new EmbeddedPostgresError(
    `The user that runs PostgreSQL can use neither the data directory nor ${stateRoot}: set DATA_DIR to a place every user may enter, or set DATABASE_URL.`,
  );
}

/** Writes a file so that a crash leaves either the old content or the new. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.new`;
  const handle = await open(draft, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncDirectory(join(path, '..'));
}

/** Makes names created in or renamed into a directory survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** For `catch`: a missing file becomes a value, any other error stays one. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (errorCode(error) === 'ENOENT') return value;
    throw error;
  };
}
