import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchPostgres } from './bench-postgres.mjs';

const OPERATOR_SECRET = 'operator-secret-of-the-benchmark';
const START_LIMIT_MS = 60_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The built broker in a process of its own, beside a PostgreSQL of its own in a temporary directory, both gone at the end. */
export class BenchBroker {
  #child;
  #postgres;
  #lines = [];

  /** @param {string} dist the built product */
  static async start(dist) {
    const broker = new BenchBroker();
    try {
      await broker.#startDatabase(dist);
      await broker.#startBroker(dist);
      return broker;
    } catch (error) {
      await broker.close();
      throw error;
    }
  }

  /** Base URL of the broker. */
  url = '';
  /** URL of its database, for what is written by hand. */
  databaseUrl = '';

  get pid() {
    return this.#child.pid;
  }

  /** Resident memory of the broker's process, in bytes. */
  get residentBytes() {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  /** Processor time that the broker's process has taken, in seconds. */
  get cpuSeconds() {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return (user + system) / 100;
  }

  /** The last lines that it wrote. */
  get log() {
    return this.#lines.join('');
  }

  /** A new organization's token. */
  async organization(id) {
    const operator = await this.#token('operator', OPERATOR_SECRET);
    const answer = await fetch(`${this.url}/v1/organizations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id, name: `Organization ${id}` }),
    });
    if (answer.status !== 201) throw new Error(`The organization was not made: ${await answer.text()}`);
    const { credential } = await answer.json();
    return { id, token: () => this.#token(credential.clientId, credential.clientSecret) };
  }

  async close() {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await Promise.race([gone, delay(15_000).then(() => this.#child.kill('SIGKILL'))]);
    }
    await this.#postgres?.stop();
  }

  async #startDatabase(dist) {
    this.#postgres = await BenchPostgres.start(dist, (line) => this.#note(`${line}\n`));
    this.databaseUrl = this.#postgres.url;
  }

  async #startBroker(dist) {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const { PATH = '', HOME = '', BENCH_NODE_OPTIONS = '' } = process.env;
    this.#child = spawn(process.execPath, [...BENCH_NODE_OPTIONS.split(' ').filter(Boolean), join(dist, 'src/main.js')], {
      cwd: this.#postgres.place,
      env: {
        PATH,
        HOME,
        HOST: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: this.databaseUrl,
        DATA_DIR: join(this.#postgres.place, 'broker'),
        SECRET_KEY: 'a-secret-key-for-the-benchmark-alone',
        OPERATOR_CLIENT_SECRET: OPERATOR_SECRET,
        LOG_LEVEL: 'warn',
        LOG_FORMAT: 'json',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.setEncoding('utf8').on('data', (text) => this.#note(text));
    const deadline = performance.now() + START_LIMIT_MS;
    for (;;) {
      const ready = await fetch(`${this.url}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (ready) return;
      if (this.#child.exitCode !== null || performance.now() > deadline) throw new Error(`The broker did not start:\n${this.log}`);
      await delay(50);
    }
  }

  async #token(clientId, clientSecret) {
    const answer = await fetch(`${this.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
    });
    return (await answer.json()).access_token;
  }

  #note(text) {
    this.#lines.push(text);
    if (this.#lines.length > 200) this.#lines.shift();
  }
}
