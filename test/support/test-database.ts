import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../src/database/database.js';
import { asAdmin, urlOfDatabase } from './admin-connection.js';
import { templateDatabase } from './template-database.js';

/** SQLSTATE object_in_use: somebody (autovacuum) is looking at the template at this moment. */
const OBJECT_IN_USE = '55006';
const ATTEMPTS = 20;

/** A database of a test's own, migrated, on a real PostgreSQL. */
export interface TestDatabase {
  /** Connection URL, for the broker's configuration. */
  readonly url: string;
  readonly name: string;
  /** Opens it as the broker would; the caller closes what it opened. */
  open(poolSize?: number): Promise<Database>;
  /** Removes it, breaking every connection that is left. */
  drop(): Promise<void>;
}

async function create(name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await asAdmin((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || (error as { code?: string }).code !== OBJECT_IN_USE) throw error;
      await delay(50 * attempt);
    }
  }
}

function handle(name: string): TestDatabase {
  const url = urlOfDatabase(name);
  return {
    url,
    name,
    open: (poolSize = 4) => Database.open({ url, poolSize, warn: () => undefined }),
    drop: async () => {
      await asAdmin((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** A fresh database cloned from the migrated template; cheap enough for one per test file. `drop()` it at the end. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `twinfed_test_${randomBytes(8).toString('hex')}`;
  await create(name, await templateDatabase());
  return handle(name);
}

/** A fresh database without any schema, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `twinfed_test_${randomBytes(8).toString('hex')}`;
  await create(name, 'template0');
  return handle(name);
}
