import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { CLEAN_ENVIRONMENT } from './run-as.js';

const execFileAsync = promisify(execFile);
const onLinux = process.platform === 'linux';

/** Where process ids mean the same thing: one boot of one kernel, one PID namespace. Empty where the system has no such notion. */
export async function pidScope(): Promise<string> {
  if (!onLinux) return '';
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return `${boot.trim()} ${namespace}`;
}

/**
 * When the process with this id started, in the system's own notation; together with the id it names one process for good,
 * so that a recycled id is not taken for the process that once had it. Undefined when there is none (a zombie counts as none).
 */
export async function startMark(pid: number): Promise<string | undefined> {
  if (onLinux) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) return undefined;
    // The command name, in parentheses, may itself hold spaces and parentheses; the third field follows the last of them.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  }
  return (await ps(pid, 'lstart=')) || undefined;
}

/** Whether this id belongs to the main process of a PostgreSQL server that runs on exactly this cluster directory (a real path). */
export async function isPostmasterOf(pid: number, clusterDir: string): Promise<boolean> {
  if (!onLinux) {
    const command = await ps(pid, 'command=');
    return command.includes('postgres') && command.includes(`-D ${clusterDir} `);
  }
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (basename(argv[0] ?? '') !== 'postgres') return false;
  // The working directory of a postmaster is its cluster: it still tells the truth after somebody moved the directory.
  return argv[argv.indexOf('-D') + 1] === clusterDir || (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === clusterDir;
}

async function ps(pid: number, column: string): Promise<string> {
  const result = await execFileAsync('ps', ['-ww', '-o', column, '-p', String(pid)], { env: CLEAN_ENVIRONMENT }).catch(() => undefined);
  return result?.stdout.trim() ?? '';
}
