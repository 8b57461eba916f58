/**
 * The PostgreSQL that the broker runs for itself when no DATABASE_URL is given.
 *
 * One living broker per data directory (data-dir-lock), one database home per data directory (database-home), one cluster in it,
 * created whole or not at all (cluster), one server on it, which outlives a killed broker and is adopted by the next (postmaster,
 * supervised-server). PostgreSQL refuses root: started by root, it runs as another user (run-as).
 */
import { join } from 'node:path';
import { findBinaryPackage, provideBinaries } from './binaries.js';
import { openCluster } from './cluster.js';
import { connectionString, ensureDatabase } from './database-access.js';
import { acquireDataDirLock, type DataDirLock } from './data-dir-lock.js';
import { chooseHome, clusterIn, knownHome, openDataDir, openStateRoot, ownerOf } from './database-home.js';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.js';
import { canEnter, chooseUser } from './run-as.js';
import { SupervisedServer, type UnexpectedExit } from './supervised-server.js';

export interface EmbeddedPostgresOptions {
  /** Created where missing. Also holds the lock that keeps a second broker out. */
  readonly dataDir: string;
  /** Receives what an operator should know, one line at a time, never with the password. */
  readonly log: (line: string) => void;
  /** Where root keeps what the user running PostgreSQL could not reach in the data directory or in node_modules. */
  readonly stateRoot?: string;
}

export interface EmbeddedPostgres {
  /** Connection string of the database, password included; stays valid through automatic restarts. */
  readonly url: string;
  /** The folder that holds the cluster, its password and its log: what a backup needs. */
  readonly dataDir: string;
  /** Stops the server within seconds and lets the next broker in. Repeating it waits for the same end. */
  stop(): Promise<void>;
  /** Registers a listener for ends nobody asked for; it is restarted a bounded number of times, after `gave-up` the broker has to end. */
  onUnexpectedExit(listener: (event: UnexpectedExit) => void): void;
}

const STATE_ROOT = '/var/lib/twinfed';

/**
 * Starts the database of a data directory, or adopts its server if a killed broker left it running.
 * @throws EmbeddedPostgresError when that is impossible, saying why and what to do; nothing keeps running then.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError('The embedded PostgreSQL does not support Windows: set DATABASE_URL to use a PostgreSQL of your own.');
  }
  const undo: (() => Promise<void>)[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch((failure: unknown) => options.log(errorText(failure)));
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL could not be started in ${options.dataDir} (${errorText(error)}): ` +
        'check that the broker may write there, choose another DATA_DIR, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

async function start(options: EmbeddedPostgresOptions, undo: (() => Promise<void>)[]): Promise<EmbeddedPostgres> {
  const { log, stateRoot = STATE_ROOT } = options;
  const listeners: ((event: UnexpectedExit) => void)[] = [];
  const running: { server?: SupervisedServer } = {};
  const onLost = (): void =>
    void running.server?.abandon('the lock of the data directory was lost').catch((failure: unknown) => log(errorText(failure)));
  const lock = async (dir: string): Promise<DataDirLock> => {
    const held = await acquireDataDirLock(dir, { onLost, log });
    undo.push(() => held.release());
    return held;
  };

  const binaryPackage = await findBinaryPackage();
  const dataDir = await openDataDir(options.dataDir);
  await lock(dataDir);
  const known = await knownHome(dataDir);
  const user = await chooseUser(known === undefined ? undefined : await ownerOf(clusterIn(known)));
  const home = known ?? (await chooseHome(dataDir, user, stateRoot, log));
  if (user && !(await canEnter(user, home))) {
    throw new EmbeddedPostgresError(
      `The database lies in ${home}, which the user that runs PostgreSQL (user ${user.uid}) cannot enter: give that user access to it and to the directories above.`,
    );
  }
  // A copied data directory points at the original's database: the home has to be locked too.
  if (home !== dataDir) await lock(home);
  const cacheDir = async (): Promise<string> => join(user ? await openStateRoot(stateRoot, user) : dataDir, 'binaries');
  const binaries = await provideBinaries(binaryPackage, user, cacheDir, log);
  const cluster = await openCluster(home, binaries, user, log);

  const notify = (event: UnexpectedExit): void => listeners.forEach((listener) => listener(event));
  const supervised = new SupervisedServer({ cluster, binaries, user, log, notify });
  running.server = supervised;
  undo.push(() => supervised.stop());
  const port = await supervised.start();
  await ensureDatabase(cluster, port);

  let stopped: Promise<void> | undefined;
  return {
    url: connectionString(cluster, port),
    dataDir: home,
    stop: () => (stopped ??= end(undo)),
    onUnexpectedExit: (listener) => void listeners.push(listener),
  };
}

/** Undoes a start in reverse: the server first, then the locks, which are given back even if the server resists. */
async function end(undo: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) await step().catch((failure: unknown) => failures.push(failure));
  if (failures.length > 0) throw failures[0];
}
