import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, until } from './ports.mjs';

export const OPERATOR_SECRET = 'operator-secret-of-the-faults';

/** The built broker as a process of its own, which can be killed, frozen and started again on the same port. */
export class Broker {
  #child;
  #main;
  #environment;
  #place;
  log = '';
  url = '';

  /** @param {string} dist the built product */
  static async start(dist, place, databaseUrl, environment = {}) {
    const broker = new Broker();
    const port = await freePort();
    broker.url = `http://127.0.0.1:${port}`;
    broker.#main = join(dist, 'src', 'main.js');
    broker.#place = join(place, `broker-${port}`);
    await mkdir(broker.#place, { recursive: true });
    broker.#environment = {
      PATH: process.env.PATH ?? '',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: '5',
      DATA_DIR: broker.#place,
      SECRET_KEY: 'a-secret-key-shared-by-the-brokers-of-the-faults',
      OPERATOR_CLIENT_SECRET: OPERATOR_SECRET,
      TOKEN_TTL: '3600',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      ...environment,
    };
    await broker.up();
    return broker;
  }

  get running() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resident memory, in bytes. */
  get residentBytes() {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  /** Starts it; resolves when it is ready. */
  async up() {
    this.#child = spawn(process.execPath, [this.#main], { cwd: this.#place, env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.log = (this.log + text).slice(-20_000);
      });
    }
    const ready = await until(90_000, async () => {
      if (!this.running) return true;
      return this.isReady();
    });
    if (!ready || !this.running) throw new Error(`The broker does not start:\n${this.log.slice(-3_000)}`);
  }

  async isReady() {
    return fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.status === 200,
      () => false,
    );
  }

  /** Ends it by this signal. */
  async down(signal = 'SIGTERM') {
    if (!this.running) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }

  freeze() {
    this.#child.kill('SIGSTOP');
  }

  thaw() {
    this.#child.kill('SIGCONT');
  }
}
