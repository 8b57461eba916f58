import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The user a PostgreSQL program runs as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Outcome of a program that ran to its end; `status` is null when it was killed. */
export interface ProgramResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** All that PostgreSQL's programs get to see of an environment: no PG* variable, locale or time zone of the caller changes what they do. */
export const CLEAN_ENVIRONMENT: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

const PREFERRED = ['postgres', '_postgres', 'nobody'];

/** Runs a program to its end, as the given user or, without one, as ourselves. Rejects with the system's error when it cannot be started. */
export function runAs(user: SystemUser | undefined, file: string, args: readonly string[]): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    // The caller's working directory may be closed to the user.
    const child = spawn(file, args, { ...user, cwd: '/', env: CLEAN_ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/**
 * The user PostgreSQL has to run as, because it refuses root: the owner of the cluster if there is one already, else `postgres`,
 * else `nobody`, else the first other user that is not root. Undefined when we are not root ourselves: nothing to switch.
 * @throws EmbeddedPostgresError when this root may not become anybody else, or when we are a plain user and the cluster is another's.
 */
export async function chooseUser(clusterOwner: SystemUser | undefined): Promise<SystemUser | undefined> {
  const uid = process.getuid?.();
  if (uid !== 0) {
    if (clusterOwner && clusterOwner.uid !== uid) {
      throw new EmbeddedPostgresError(
        `The embedded database belongs to user ${clusterOwner.uid}, but the broker runs as user ${uid}: ` +
          'start it as that user or as root, or set DATA_DIR or DATABASE_URL.',
      );
    }
    return undefined;
  }
  if (clusterOwner && clusterOwner.uid !== 0) return clusterOwner;
  for (const candidate of usersInOrder(await readFile('/etc/passwd', 'utf8').catch(() => ''))) {
    // In a restricted container root may lack the right to become this or any user: only trying tells.
    const result = await runAs(candidate, '/bin/sh', ['-c', ':']).catch(() => undefined);
    if (result?.status === 0) return candidate;
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL refuses to run as root and no other user can be used here: start the broker as a plain user, or set DATABASE_URL.',
  );
}

/** The users of a passwd file other than root, the preferred ones first. */
export function usersInOrder(passwd: string): SystemUser[] {
  const users = passwd.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) && Number(uid) !== 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
  const rank = (name: string): number => (PREFERRED.includes(name) ? PREFERRED.indexOf(name) : PREFERRED.length);
  return users.toSorted((a, b) => rank(a.name) - rank(b.name)).map(({ uid, gid }) => ({ uid, gid }));
}

/** Whether the user can enter this directory, asked of the system itself, so that access lists and mount options count too. */
export async function canEnter(user: SystemUser, dir: string): Promise<boolean> {
  return (await runAs(user, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir])).status === 0;
}
