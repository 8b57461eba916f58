import { Client } from 'pg';
import type { Database } from './database.js';

/** Session advisory lock under which migrations run; any number of brokers may start at once. */
const MIGRATION_LOCK = [7200, 1] as const;

/** Brings the schema up to date, one broker at a time. Returns the names of the migrations that were run. */
export async function migrate(database: Database): Promise<string[]> {
  const client = new Client(database.sessionConfig('twinfed migration'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1, $2)', [...MIGRATION_LOCK]);
    const done = await database.dataSource.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}
