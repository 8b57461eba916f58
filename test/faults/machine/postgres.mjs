import { spawn } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { freePort, until } from './ports.mjs';

/** A PostgreSQL as a process of its own, which can be killed and started again on the same data. */
export class Postgres {
  #child;
  #binaries;
  #user;
  #cluster;
  #arguments;
  log = '';

  /**
   * @param {string} dist the built product, whose embedded programs are used
   * @param {string} place an empty directory
   * @param {{settings?: string[], environment?: Record<string, string>}} [how] more server arguments; what its environment gets besides
   */
  static async start(dist, place, { settings = [], environment = {} } = {}) {
    const load = (name) => import(pathToFileURL(join(dist, 'src', 'database', 'embedded', name)).href);
    const [{ findBinaryPackage, provideBinaries }, { openCluster }, { serverArguments }, { chooseUser }] = await Promise.all(
      ['binaries.js', 'cluster.js', 'server-settings.js', 'run-as.js'].map(load),
    );
    const server = new Postgres();
    server.#user = await chooseUser(undefined);
    const programs = join(place, '..', `programs-${process.pid}`);
    server.#binaries = await provideBinaries(
      await findBinaryPackage(),
      server.#user,
      async () => programs,
      () => undefined,
    );
    const home = join(place, 'postgres');
    await mkdir(home, { recursive: true, mode: 0o755 });
    if (server.#user !== undefined) await chown(home, server.#user.uid, server.#user.gid);
    server.#cluster = await openCluster(home, server.#binaries, server.#user, () => undefined);
    server.port = await freePort();
    const { dir, settingsFile, authenticationFile, password } = server.#cluster;
    server.#arguments = [
      ...serverArguments({ cluster: dir, settings: settingsFile, authentication: authenticationFile }, server.port),
      ...settings.flatMap((setting) => ['-c', setting]),
    ];
    server.#environment = environment;
    server.adminUrl = `postgresql://twinfed:${encodeURIComponent(password)}@127.0.0.1:${server.port}/postgres`;
    await server.up();
    await server.query('CREATE DATABASE twinfed', [], server.adminUrl).catch((error) => {
      if (error.code !== '42P04') throw error;
    });
    return server;
  }

  #environment = {};
  port = 0;
  adminUrl = '';

  /** URL of the broker's database, directly or by way of another port. */
  url(port = this.port) {
    return this.adminUrl.replace(/:\d+\/postgres$/, `:${port}/twinfed`);
  }

  get pid() {
    return this.#child?.pid;
  }

  get running() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the server; resolves when it takes connections. */
  async up(limitMs = 60_000) {
    for (let tries = 0; ; tries += 1) {
      this.#spawn();
      const ready = await until(limitMs, async () => {
        if (!this.running) return true;
        return this.query('SELECT 1', [], this.adminUrl).then(
          () => true,
          () => false,
        );
      });
      if (ready && this.running) return;
      // The processes of a killed server let its memory go only when they have noticed.
      if (tries >= 40) throw new Error(`PostgreSQL does not start:\n${this.log.slice(-2_000)}`);
      await delay(250);
    }
  }

  #spawn() {
    this.#child = spawn(this.#binaries.postgres, this.#arguments, {
      ...this.#user,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.log = (this.log + text).slice(-20_000);
      });
    }
  }

  /** Ends it: SIGKILL without any warning, SIGINT as a fast restart does. */
  async down(signal = 'SIGINT') {
    if (!this.running) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }

  /** One statement over a connection of its own. */
  async query(sql, values = [], url = this.url()) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
