import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import { errorCode, errorText } from './embedded-postgres-error.js';
import { DATABASE_NAME } from './server-settings.js';

/** Whether a server can be used: it answers, is on its way (starting, recovering or shutting down), or neither. */
export type Health = { readonly state: 'ready' } | { readonly state: 'busy' | 'silent'; readonly detail: string };

const CANNOT_CONNECT_NOW = '57P03';
const DUPLICATE_DATABASE = '42P04';

/** The connection string of the database, password included. */
export function connectionString(cluster: Cluster, port: number, database: string = DATABASE_NAME): string {
  return `postgresql://${DATABASE_NAME}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

/** Asks a server, within a few seconds, whether it is the one of this cluster and answers queries. */
export async function checkHealth(cluster: Cluster, port: number): Promise<Health> {
  try {
    const dir = await query(cluster, port, "SELECT current_setting('data_directory') AS value");
    return dir === cluster.dir ? { state: 'ready' } : { state: 'silent', detail: `port ${port} belongs to the database in ${dir ?? '?'}` };
  } catch (error) {
    return { state: errorCode(error) === CANNOT_CONNECT_NOW ? 'busy' : 'silent', detail: errorText(error) };
  }
}

/**
 * Waits until a server answers.
 * @param busyMs for how long it may be on its way (recovery after a crash takes time).
 * @param silentMs for how long it may be silent.
 * @param signal gives up at once.
 * @returns undefined when it is ready, else why it is not.
 */
export async function waitUntilReady(
  cluster: Cluster,
  port: number,
  exited: Promise<string>,
  { busyMs, silentMs, signal }: { busyMs: number; silentMs: number; signal?: AbortSignal },
): Promise<string | undefined> {
  const begin = performance.now();
  let lastAnswer = begin;
  let ending: string | undefined;
  void exited.then((detail) => (ending = detail));
  for (;;) {
    const health = await checkHealth(cluster, port);
    if (ending !== undefined) return ending;
    if (signal?.aborted) return 'the broker is stopping';
    if (health.state === 'ready') return undefined;
    const now = performance.now();
    if (health.state === 'busy') lastAnswer = now;
    if (now - begin > busyMs || now - lastAnswer > silentMs) return health.detail;
    await Promise.race([exited, delay(50)]);
  }
}

/** Creates the database where it is missing, which a start that was interrupted right after creating the cluster leaves behind. */
export async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  const found = await query(cluster, port, `SELECT datname AS value FROM pg_database WHERE datname = '${DATABASE_NAME}'`);
  if (found !== undefined) return;
  await query(cluster, port, `CREATE DATABASE ${DATABASE_NAME}`).catch((error: unknown) => {
    if (errorCode(error) !== DUPLICATE_DATABASE) throw error;
  });
}

async function query(cluster: Cluster, port: number, sql: string): Promise<string | undefined> {
  const client = new pg.Client({
    connectionString: connectionString(cluster, port, 'postgres'),
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    ssl: false,
  });
  // A connection that breaks while idle says so here; the query's own rejection tells the caller.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ value: string }>(sql);
    return rows[0]?.value;
  } finally {
    await client.end().catch(() => undefined);
  }
}
