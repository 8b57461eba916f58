import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

/** The product's embedded PostgreSQL in a temporary directory of its own, gone at the end. */
export class BenchPostgres {
  #server;

  /**
   * Starts it.
   * @param {string} dist the built product
   * @param {(line: string) => void} log told what an operator would be told
   */
  static async start(dist, log) {
    const postgres = new BenchPostgres();
    postgres.place = await mkdtemp(join(tmpdir(), 'twinfed-bench-'));
    try {
      // Root starts PostgreSQL as another user, who has to get there.
      await chmod(postgres.place, 0o755);
      const { startEmbeddedPostgres } = await import(pathToFileURL(join(dist, 'src/database/embedded/embedded-postgres.js')).href);
      postgres.#server = await startEmbeddedPostgres({
        dataDir: join(postgres.place, 'data'),
        stateRoot: join(postgres.place, 'state'),
        log,
      });
      return postgres;
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  /** The temporary directory; others may put what they need beside the cluster. */
  place = '';

  /** URL of the product's database, as its superuser. */
  get url() {
    return this.#server.url;
  }

  /** Makes a database of this name and gives its URL. */
  async database(name) {
    const client = await this.connect();
    try {
      await client.query(`CREATE DATABASE ${name}`);
    } finally {
      await client.end();
    }
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Removes a database, whoever is still connected to it: what autovacuum has to do there is no part of what is measured next. */
  async dropDatabase(name) {
    const client = await this.connect();
    try {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    } finally {
      await client.end();
    }
  }

  /** A connection to a database; the caller ends it. */
  async connect(url = this.url) {
    const client = new pg.Client({ connectionString: url, application_name: 'bench' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Stops the server and removes the directory. */
  async stop() {
    await this.#server?.stop().catch(() => undefined);
    if (this.place !== '') await rm(this.place, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
