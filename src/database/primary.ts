import { Client, type ClientConfig } from 'pg';
import type { ConnectionTarget, DatabaseHost } from './connection-options.js';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Session settings of every connection: an abandoned transaction gives its locks back, times are UTC, and short queries are not slowed by
 * compiling them or by starting workers.
 */
export const SESSION_OPTIONS = '-c idle_in_transaction_session_timeout=60s -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0';

/** pg options for one host of the target. */
export function clientConfig(target: ConnectionTarget, at: DatabaseHost, applicationName: string): ClientConfig {
  return {
    host: at.host,
    port: at.port,
    user: target.user,
    password: target.password,
    database: target.database,
    ssl: target.ssl,
    application_name: applicationName,
    options: SESSION_OPTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
}

/** Opens a client at `at`, runs `work`, closes it. */
export async function withClient<T>(target: ConnectionTarget, at: DatabaseHost, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(clientConfig(target, at, 'twinfed check'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * The first host of the target that answers and accepts writes.
 * @throws the last host's error when none does
 */
export async function findPrimary(target: ConnectionTarget): Promise<DatabaseHost> {
  let failure: unknown = new Error('no database host given');
  for (const host of target.hosts) {
    try {
      const readOnly = await withClient(target, host, async (client) => {
        const { rows } = await client.query<{ read_only: boolean }>(
          `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS read_only`,
        );
        return rows[0]?.read_only ?? true;
      });
      if (!readOnly) return host;
      failure = new Error(`The database at ${host.host}:${host.port} is read-only (a standby?); name the primary in DATABASE_URL.`);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
