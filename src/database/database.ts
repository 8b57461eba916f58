import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { DataSource, getMetadataArgsStorage } from 'typeorm';
import { type ConnectionTarget, type DatabaseHost, parseDatabaseUrl } from './connection-options.js';
import { DatabaseClock } from './database-clock.js';
import { MIGRATIONS } from './migrations.js';
import { clientConfig, findPrimary } from './primary.js';
import { checkServer } from './server-check.js';

/** How to reach the database. */
export interface DatabaseOptions {
  url: string;
  poolSize: number;
  caFile?: string;
  /** Told of settings that give up durability, and of lost connections. */
  warn: (line: string) => void;
  /** Where it is, for people; without it, as DATABASE_URL says. */
  place?: string;
  /** Run after the last connection is closed: stops the embedded server. */
  onClose?: () => Promise<void>;
}

/**
 * A connection that breaks while nobody listens to it (it was just given back as broken, or lies between two statements) must not end the process: pg
 * throws what no listener takes.
 */
function surviveLostConnections(pool: pg.Pool): void {
  const known = new WeakSet<pg.PoolClient>();
  const listen = (client: pg.PoolClient): void => {
    if (known.has(client)) return;
    known.add(client);
    client.on('error', () => undefined);
  };
  pool.on('connect', listen).on('acquire', listen);
}

/** Connections kept apart for the message path, so that slow searches never hold up acceptance. */
const HOT_POOL_SIZE = 6;
/** Connections kept apart for discovery, so that what its planner settings and its time limit are for holds for it alone. */
const SEARCH_POOL_SIZE = 4;
/**
 * Every statement of the message path rides an index, in its order. The statistics of a partition that was opened a minute ago say that it is empty, and
 * a plan made by them would read all of it for every batch.
 */
export const HOT_OPTIONS = '-c enable_seqscan=off -c enable_bitmapscan=off';
/**
 * Every search rides an index: what PostgreSQL takes for a large result is more often a box or a word whose selectivity it guessed wrong. None may run
 * for longer than a request looks.
 */
const SEARCH_OPTIONS = '-c enable_seqscan=off -c random_page_cost=1.1 -c work_mem=32MB -c statement_timeout=2s';

/**
 * The database as the rest of the program sees it: TypeORM for aggregates, `query` for literal SQL, `hot` for the message path (named
 * statements, its own connections), `searches` for discovery (unnamed statements, its own settings), and the database's clock.
 */
@Injectable()
export class Database {
  readonly clock = new DatabaseClock();

  private constructor(
    readonly dataSource: DataSource,
    readonly pool: pg.Pool,
    readonly hot: pg.Pool,
    readonly searches: pg.Pool,
    private readonly target: ConnectionTarget,
    private host: DatabaseHost,
    private readonly options: DatabaseOptions,
    private readonly closing: AbortController,
  ) {}

  /**
   * Checks the server and connects. With several hosts, the first that accepts writes is used.
   * @throws UnsuitableDatabase when the server is too old, pooled by transaction or lacks an extension
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const closing = new AbortController();
    const lost = (error: unknown): void => {
      if (!closing.signal.aborted)
        options.warn(`A database connection was lost: ${error instanceof Error ? error.message : String(error)}`);
    };
    const target = parseDatabaseUrl(options.url, options.caFile);
    const host = await findPrimary(target);
    await checkServer(target, host, options.warn);
    const config = clientConfig(target, host, 'twinfed');
    const dataSource = new DataSource({
      type: 'postgres',
      // Every entity class of the program so far: features register theirs by being imported, and this module knows none of them.
      entities: getMetadataArgsStorage().tables.map(({ target }) => target),
      migrations: MIGRATIONS,
      migrationsTableName: 'schema_migration',
      synchronize: false,
      poolSize: options.poolSize,
      poolErrorHandler: lost,
      extra: { ...config, max: options.poolSize },
    });
    await dataSource.initialize();
    const hotOptions = `${config.options ?? ''} ${HOT_OPTIONS}`;
    const hot = new pg.Pool({ ...config, options: hotOptions, max: HOT_POOL_SIZE, application_name: 'twinfed exchange' });
    hot.on('error', lost);
    const searchOptions = `${config.options ?? ''} ${SEARCH_OPTIONS}`;
    const searches = new pg.Pool({ ...config, options: searchOptions, max: SEARCH_POOL_SIZE, application_name: 'twinfed discovery' });
    searches.on('error', lost);
    const pool = (dataSource.driver as unknown as { master: pg.Pool }).master;
    for (const each of [pool, hot, searches]) surviveLostConnections(each);
    const database = new Database(dataSource, pool, hot, searches, target, host, options, closing);
    await database.sampleClock();
    return database;
  }

  /** Runs one literal SQL statement outside any transaction. */
  async query<R>(sql: string, parameters: unknown[] = []): Promise<R[]> {
    const { rows } = await this.pool.query(sql, parameters);
    return rows as R[];
  }

  /** Options for a connection that is kept for long (LISTEN), to the present primary. */
  sessionConfig(applicationName: string): pg.ClientConfig {
    return clientConfig(this.target, this.host, applicationName);
  }

  /** Takes a reading of the database's clock. */
  async sampleClock(): Promise<void> {
    const askedAt = performance.now();
    const [row] = await this.query<{ now: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
    if (row !== undefined) this.clock.observe(Number(row.now), askedAt);
  }

  /** Looks again for the host that accepts writes, after a failover; new connections go there. */
  async followPrimary(): Promise<void> {
    if (this.target.hosts.length < 2) return;
    const host = await findPrimary(this.target);
    if (host.host === this.host.host && host.port === this.host.port) return;
    this.options.warn(`The database's primary is now ${host.host}:${host.port}.`);
    this.host = host;
    for (const pool of [this.pool, this.hot, this.searches]) Object.assign(pool.options, { host: host.host, port: host.port });
  }

  /** Where the database is, for people. */
  get place(): string {
    return this.options.place ?? 'as DATABASE_URL says';
  }

  /** Closes every connection, then the embedded server if there is one. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled([this.hot.end(), this.searches.end(), this.dataSource.destroy()]);
    await this.options.onClose?.();
  }
}
