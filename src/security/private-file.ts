import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;
/**
 * A data directory that root makes may be passed through by others, but not read: the embedded PostgreSQL lies in it and runs as another
 * user. The files in it are private each for itself.
 */
const DIRECTORY_OF_ROOT = 0o711;
const DIRECTORY = 0o700;

async function writeBeside(path: string, content: string): Promise<string> {
  const directory = dirname(path);
  if ((await mkdir(directory, { recursive: true })) !== undefined)
    await chmod(directory, process.getuid?.() === 0 ? DIRECTORY_OF_ROOT : DIRECTORY);
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; there the rename is journalled.
  if (process.platform === 'win32') return;
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

/** The content of the file; undefined when there is none. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Creates the file (mode 0600) unless it exists, and returns what is in it. Of any number of processes doing this at once all return the
 * same content, and none sees half of it: it is written beside and linked into place, which only one can do.
 */
export async function createPrivateFile(path: string, content: string): Promise<string> {
  const draft = await writeBeside(path, content);
  try {
    await link(draft, path);
    await syncDirectory(path);
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return await readFile(path, 'utf8');
  } finally {
    await rm(draft, { force: true });
  }
}

/** Writes the file (mode 0600) anew; on return it is on disk, and no reader ever sees half of it. */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  const draft = await writeBeside(path, content);
  try {
    await rename(draft, path);
    await syncDirectory(path);
  } finally {
    await rm(draft, { force: true });
  }
}
