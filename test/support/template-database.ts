import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { MIGRATIONS } from '../../src/database/migrations.js';
import { asAdmin, urlOfDatabase } from './admin-connection.js';

/** Session advisory lock under which a template is made; any number of test files start at once. */
const TEMPLATE_LOCK = [7200, 99];
const MIGRATION_FILES = fileURLToPath(new URL('../../migrations/', import.meta.url));

async function schemaHash(): Promise<string> {
  const hash = createHash('sha256').update(MIGRATIONS.map((migration) => migration.name).join());
  for (const name of (await readdir(MIGRATION_FILES)).sort()) hash.update(name).update(await readFile(MIGRATION_FILES + name));
  return hash.digest('hex').slice(0, 16);
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}

/**
 * Name of a database with every migration run, made by the first who asks. It gets its name only when it is complete, so a run that dies
 * halfway leaves a draft that the next one replaces.
 */
export async function templateDatabase(): Promise<string> {
  const name = `twinfed_template_${await schemaHash()}`;
  const draft = `${name}_draft`;
  await asAdmin(async (client) => {
    await client.query('SELECT pg_advisory_lock($1, $2)', TEMPLATE_LOCK);
    if (await exists(client, name)) return;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
    const database = await Database.open({ url: urlOfDatabase(draft), poolSize: 2, warn: () => undefined });
    try {
      await migrate(database);
    } finally {
      await database.close();
    }
    // The server notices a closed connection a moment later than its client.
    await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [draft]);
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}
