import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/** A port on this machine that nobody listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The first of these programs that is installed. */
export const installed = (...paths) => paths.find((path) => existsSync(path));

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}

/** A server of a peer, started for the benchmark alone, with all that it starts in a process group of its own. */
export class OwnServer {
  #child;
  #text = '';

  constructor(program, args, { cwd, env = {} }) {
    const { PATH = '' } = process.env;
    this.#child = spawn(program, args, { cwd, detached: true, env: { PATH, HOME: cwd, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.#text = (this.#text + text).slice(-4_000)));
    }
    this.#child.on('error', (error) => (this.#text += error.message));
  }

  /** Waits until it listens. */
  async listens(port) {
    for (const until = performance.now() + START_LIMIT_MS; !(await accepts(port)); await delay(100)) {
      if (this.#child.exitCode !== null || performance.now() > until) throw new Error(`it did not start:\n${this.#text}`);
    }
  }

  async close() {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    process.kill(-pid, 'SIGTERM');
    const force = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(force);
  }
}
