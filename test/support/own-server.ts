import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 10_000;
/** After which a server ends whoever started it, in seconds. */
const LIFETIME_S = 900;

/** The first of these programs that is installed. */
export function installed(...paths: string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

/** `describe`, or where the server is not installed one that is skipped and says why. */
export function describeWith(server: string, program: string | undefined): (name: string, tests: () => void) => void {
  if (program !== undefined) return (name, tests) => describe(name, tests);
  return (name, tests) => describe.skip(`${name} (${server} is not installed)`, tests);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A directory that is gone with the test. */
export async function ownPlace(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `twinfed-${name}-`));
}

/** Servers that a test starts from their Debian packages, each in a process group of its own and with a lifetime, in one directory. */
export class OwnServers {
  private readonly children: ChildProcess[] = [];
  private text = '';

  constructor(readonly place: string) {}

  /** Starts a program and waits until it listens. */
  async start(program: string, args: readonly string[], port: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { PATH = '' } = process.env;
    const child = spawn('timeout', [`--kill-after=${STOP_LIMIT_MS / 1_000}`, String(LIFETIME_S), program, ...args], {
      cwd: this.place,
      detached: true,
      env: { PATH, HOME: this.place, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    const collect = (text: unknown): void => {
      this.text = (this.text + String(text)).slice(-4_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const until = performance.now() + START_LIMIT_MS;
    while (!(await accepts(port))) {
      await delay(50);
      if (child.exitCode === null && performance.now() < until) continue;
      await this.close();
      throw new Error(`${program} did not start:\n${this.text}`);
    }
  }

  /** Ends them, the last one first, and removes the directory. */
  async close(): Promise<void> {
    for (const child of this.children.splice(0).toReversed()) await ended(child);
    await rm(this.place, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const { pid, exitCode, signalCode } = child;
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-pid, 'SIGTERM');
  const force = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(force);
}
