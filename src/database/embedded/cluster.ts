import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { clusterIn, ifMissing, ownerOf, replaceFile, syncDirectory } from './database-home.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { runAs, type SystemUser } from './run-as.js';
import { CLIENT_AUTHENTICATION, DATABASE_NAME, TUNING } from './server-settings.js';

/** A cluster that is complete on disk, and what is needed to serve it and to log in. */
export interface Cluster {
  readonly dir: string;
  readonly password: string;
  readonly settingsFile: string;
  readonly authenticationFile: string;
  readonly logFile: string;
}

const STAGING = 'initdb-';

/**
 * Opens the cluster of a home, creating it where there is none. It is created beside its place and renamed into it at the end, so a
 * cluster that is there is whole, however an earlier attempt ended.
 * @throws EmbeddedPostgresError when it cannot be created, was made by another major version, or its password is lost.
 */
export async function openCluster(
  home: string,
  binaries: Binaries,
  user: SystemUser | undefined,
  log: (line: string) => void,
): Promise<Cluster> {
  const dir = clusterIn(home);
  const passwordFile = join(home, 'password');
  await removeLeftovers(home);
  const exists = (await ownerOf(dir)) !== undefined;
  let password = (await readFile(passwordFile, 'utf8').catch(ifMissing(''))).trim();
  if (exists) await assertUsable(dir, binaries.major, password, passwordFile);
  if (password === '') {
    password = randomBytes(32).toString('base64url');
    await replaceFile(passwordFile, `${password}\n`, 0o600);
  }
  if (!exists) {
    log(`creating a database in ${home}`);
    await createCluster(home, binaries, user, password);
  }
  // Outside the cluster: root writes nothing into a directory that another user owns.
  const settingsFile = join(home, 'postgresql.conf');
  const authenticationFile = join(home, 'pg_hba.conf');
  await replaceFile(settingsFile, TUNING, 0o644);
  await replaceFile(authenticationFile, CLIENT_AUTHENTICATION, 0o644);
  return { dir, password, settingsFile, authenticationFile, logFile: join(home, 'postgres.log') };
}

async function assertUsable(dir: string, major: number, password: string, passwordFile: string): Promise<void> {
  const version = (await readFile(join(dir, 'PG_VERSION'), 'utf8').catch(ifMissing('unknown'))).trim();
  if (version !== String(major)) {
    throw new EmbeddedPostgresError(
      `The database in ${dir} is of PostgreSQL ${version}, but PostgreSQL ${major} is installed: install the release of the broker ` +
        'that made it, dump the data there and restore them into a new DATA_DIR.',
    );
  }
  if (password === '') {
    throw new EmbeddedPostgresError(
      `The password of the database in ${dir} is missing: restore ${passwordFile} from a backup, or set DATA_DIR to a new directory to begin with an empty database.`,
    );
  }
}

async function createCluster(home: string, binaries: Binaries, user: SystemUser | undefined, password: string): Promise<void> {
  const staging = await mkdtemp(join(home, STAGING));
  const draft = join(staging, 'cluster');
  const passwordFile = join(staging, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await mkdir(draft, { mode: 0o700 });
  if (user) for (const path of [passwordFile, draft, staging]) await chown(path, user.uid, user.gid);
  // The builtin provider orders by code point and knows Unicode's letters, alike on every machine: neither the C library's nor ICU's
  // version has a say, so no index goes wrong when the data move to another one.
  const result = await runAs(user, binaries.initdb, [
    '--pgdata',
    draft,
    '--pwfile',
    passwordFile,
    '--username',
    DATABASE_NAME,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ]);
  if (result.status !== 0) {
    await rm(staging, { recursive: true, force: true });
    const reason = result.stderr.trim().replaceAll('\n', ' ') || 'it was interrupted';
    throw new EmbeddedPostgresError(`Could not create a database in ${home} (initdb: ${reason}): remove the cause, or set DATABASE_URL.`);
  }
  await rename(draft, clusterIn(home));
  await syncDirectory(home);
  await rm(staging, { recursive: true, force: true });
}

/** What an interrupted attempt left; an initdb that outlived its broker may still be writing there, hence the retries. */
async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith(STAGING)) await rm(join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
