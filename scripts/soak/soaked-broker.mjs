// The built server on an embedded PostgreSQL in a throw-away data directory, and what can be seen of it from outside.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { ROOT } from '../build-when-needed.mjs';

const START_LIMIT_MS = 90_000;
const KEPT_LINES = 50;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

export class SoakedBroker {
  #child;
  #exited;
  #dataDir;
  #lines = [];

  /** Starts it; resolves when it is ready. */
  static async start() {
    const broker = new SoakedBroker();
    await broker.#start();
    return broker;
  }

  async #start() {
    this.#dataDir = mkdtempSync(join(tmpdir(), 'twinfed-soak-'));
    // Root starts PostgreSQL as another user, who has to get there.
    chmodSync(this.#dataDir, 0o711);
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: this.#dataDir, LOG_LEVEL: 'warn', LOG_FORMAT: 'json' };
    this.#child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
      env,
      cwd: this.#dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#lines.push(...text.split('\n').filter((line) => line.startsWith('{') || stream === this.#child.stderr));
        this.#lines.splice(0, Math.max(0, this.#lines.length - KEPT_LINES));
      });
    }
    const deadline = performance.now() + START_LIMIT_MS;
    while (this.running && performance.now() < deadline) {
      const ready = await fetch(`${this.url}/health/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
      await delay(100);
    }
    await this.stop();
    throw new Error(`The server did not come up:\n${this.log}`);
  }

  get running() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its last warnings and errors. */
  get log() {
    return this.#lines.join('\n');
  }

  /** The operator's credential, which its first start made. */
  get operator() {
    const { client_id: clientId, client_secret: clientSecret } = JSON.parse(readFileSync(join(this.#dataDir, 'operator.json'), 'utf8'));
    return { clientId, clientSecret };
  }

  /** Resident memory in bytes. */
  async memory() {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(this.#child.pid)]);
    return Number(stdout) * 1024;
  }

  /** Open files and sockets, where the system shows them (Linux). */
  openFiles() {
    try {
      return readdirSync(`/proc/${this.#child.pid}/fd`).length;
    } catch {
      return undefined;
    }
  }

  /** The broker's database connections by state, as PostgreSQL sees them. */
  async databaseConnections() {
    const home = this.#home();
    const port = Number(readFileSync(join(home, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[3]);
    const password = readFileSync(join(home, 'password'), 'utf8').trim();
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'twinfed', database: 'twinfed', password });
    await client.connect();
    try {
      const { rows } = await client.query(
        `SELECT coalesce(state, 'none') AS state, count(*)::int AS count FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1`,
      );
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    } finally {
      await client.end();
    }
  }

  /** Stops it as an operator would and removes all it had; resolves with its exit code, or the signal that ended it. */
  async stop() {
    const home = this.#home();
    if (this.running) this.#child.kill('SIGTERM');
    const [code, signal] = await this.#exited;
    for (const path of new Set([home, this.#dataDir])) rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    return signal ?? code;
  }

  /** Where the database lies: elsewhere, when the user that runs PostgreSQL cannot enter the data directory. */
  #home() {
    try {
      return readFileSync(join(this.#dataDir, 'database-location'), 'utf8').trim();
    } catch {
      return this.#dataDir;
    }
  }
}
