import { Client } from 'pg';
import type { ConnectionTarget, DatabaseHost } from './connection-options.js';
import { clientConfig, withClient } from './primary.js';

/** The oldest PostgreSQL this product runs on. */
export const MIN_SERVER_VERSION = 15;

/** Extensions from PostgreSQL's own contrib that the schema uses. */
export const REQUIRED_EXTENSIONS = ['btree_gist', 'pg_trgm'] as const;

/** The server cannot be used; the message says why and what to do. */
export class UnsuitableDatabase extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsuitableDatabase';
  }
}

async function backendPid(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

/**
 * Two clients that are open at once must have two server processes, each the same in every transaction. Behind a transaction pooler they
 * share or swap them, and session locks, LISTEN and prepared statements silently break.
 */
async function isTransactionPooled(target: ConnectionTarget, at: DatabaseHost): Promise<boolean> {
  const first = new Client(clientConfig(target, at, 'twinfed check'));
  const second = new Client(clientConfig(target, at, 'twinfed check'));
  first.on('error', () => undefined);
  second.on('error', () => undefined);
  try {
    await Promise.all([first.connect(), second.connect()]);
    const before = await backendPid(first);
    await second.query('BEGIN');
    const other = await backendPid(second);
    const after = await backendPid(first);
    await second.query('ROLLBACK');
    return before !== after || before === other;
  } finally {
    await Promise.allSettled([first.end(), second.end()]);
  }
}

/**
 * Refuses a server that is too old, behind a transaction pooler or without the extensions; warns of settings that give up durability.
 * @throws UnsuitableDatabase
 */
export async function checkServer(target: ConnectionTarget, at: DatabaseHost, warn: (line: string) => void): Promise<void> {
  await withClient(target, at, async (client) => {
    const { rows } = await client.query<{ version: string; fsync: string; synchronous: string; missing: string[] | null }>(
      `SELECT current_setting('server_version_num') AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS synchronous,
              (SELECT array_agg(name) FROM unnest($1::text[]) AS name
                WHERE NOT EXISTS (SELECT FROM pg_available_extensions e WHERE e.name = name.name)) AS missing`,
      [REQUIRED_EXTENSIONS],
    );
    const server = rows[0];
    if (server === undefined) throw new UnsuitableDatabase('The database did not describe itself.');
    const major = Math.floor(Number(server.version) / 10_000);
    if (major < MIN_SERVER_VERSION) {
      throw new UnsuitableDatabase(`The database is PostgreSQL ${major}; twinfed needs ${MIN_SERVER_VERSION} or newer.`);
    }
    if (server.missing !== null) {
      throw new UnsuitableDatabase(
        `The database server lacks the extension ${server.missing.join(', ')}; install PostgreSQL's contrib package (postgresql-contrib).`,
      );
    }
    if (server.fsync === 'off') warn('The database runs with fsync = off: a crash of its machine can lose or corrupt accepted messages.');
    if (server.synchronous === 'off') {
      warn('The database runs with synchronous_commit = off: a crash can lose messages that were already accepted.');
    }
  });
  if (await isTransactionPooled(target, at)) {
    throw new UnsuitableDatabase(
      'DATABASE_URL leads through a transaction pooler (such as PgBouncer in transaction mode); twinfed needs direct sessions. Connect to PostgreSQL itself or use session pooling.',
    );
  }
}
