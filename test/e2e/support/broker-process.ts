import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));
const START_LIMIT_MS = 100_000;
const KEPT_LOG_LINES = 200;

/** A TCP port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The built server as a process of its own, which can be stopped as an operator would, or killed. */
export class BrokerProcess {
  private readonly lines: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly exited: Promise<number | string>,
  ) {}

  /** Starts the server with these variables and none of this process's own settings; resolves when it is ready for requests. */
  static async start(baseUrl: string, environment: Readonly<Record<string, string>>, cwd: string): Promise<BrokerProcess> {
    if (!existsSync(MAIN)) throw new Error('The server is not built: run npm test, or npm run build first.');
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [MAIN], { cwd, env: { PATH, HOME, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? 0)));
    const broker = new BrokerProcess(child, exited);
    broker.collect();
    await broker.untilReady(baseUrl);
    return broker;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The last lines that it wrote. */
  get log(): string {
    return this.lines.join('');
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends a signal; resolves with the exit code, or the signal that ended it. */
  async end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<number | string> {
    if (this.running) this.child.kill(signal);
    return this.exited;
  }

  private collect(): void {
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.lines.push(text);
        if (this.lines.length > KEPT_LOG_LINES) this.lines.shift();
      });
    }
  }

  private async untilReady(baseUrl: string): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    for (;;) {
      if (!this.running) throw new Error(`The server ended (${await this.exited}):\n${this.log}`);
      const ready = await fetch(`${baseUrl}/health/ready`).then(
        (answer) => answer.status === 200,
        () => false,
      );
      if (ready) return;
      if (performance.now() > deadline) {
        await this.end('SIGKILL');
        throw new Error(`The server was not ready within ${START_LIMIT_MS} ms:\n${this.log}`);
      }
      await delay(50);
    }
  }
}
