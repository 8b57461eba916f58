import '../../src/app.module.js';
import { getMetadataArgsStorage } from 'typeorm';
import type { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { MIGRATIONS } from '../../src/database/migrations.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NAMES = MIGRATIONS.map((migration) => migration.name);

/** Everything the migrations make, in words that are the same for the same schema; what extensions brought is not ours. */
const SCHEMA_SQL = `
  WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname = 'public'),
    foreign_objects AS (SELECT objid FROM pg_depend WHERE deptype = 'e')
  SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'relation ' || relkind::text || ' ' || relname || ' ' || coalesce(reloptions::text, '')
    FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours) AND relkind IN ('r', 'p', 'S', 'v', 'm')
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ours)
  UNION ALL SELECT 'function ' || pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours) AND oid NOT IN (SELECT objid FROM foreign_objects)
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'type ' || typname FROM pg_type
    WHERE typnamespace IN (SELECT oid FROM ours) AND typtype IN ('e', 'd') AND oid NOT IN (SELECT objid FROM foreign_objects)
  ORDER BY line`;

async function schemaOf(database: Database): Promise<string[]> {
  const rows = await database.query<{ line: string }>(SCHEMA_SQL);
  return rows.map(({ line }) => line);
}

describe('the migrations', () => {
  const databases: TestDatabase[] = [];
  const opened: Database[] = [];
  afterAll(async () => {
    for (const database of opened) await database.close();
    for (const database of databases) await database.drop();
  });

  async function empty(): Promise<TestDatabase> {
    const database = await createEmptyDatabase();
    databases.push(database);
    return database;
  }

  async function open(database: TestDatabase): Promise<Database> {
    const handle = await database.open(2);
    opened.push(handle);
    return handle;
  }

  it('are in the order of their time stamps', () => {
    const stamps = NAMES.map((name) => Number(/\d{13}$/.exec(name)?.[0]));
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
    expect(new Set(stamps).size).toBe(stamps.length);
  });

  it('lead from nothing to the head, once', async () => {
    const database = await open(await empty());
    expect(await migrate(database)).toEqual(NAMES);
    expect(await migrate(database)).toEqual([]);
  });

  it('lead back to nothing and up again to the same schema', async () => {
    const database = await open(await empty());
    const before = await schemaOf(database);
    await migrate(database);
    const head = await schemaOf(database);
    expect(head.length).toBeGreaterThan(before.length + 100);
    for (const name of NAMES) {
      expect(name).not.toBe('');
      await database.dataSource.undoLastMigration({ transaction: 'each' });
    }
    const left = (await schemaOf(database)).filter((line) => !line.includes('schema_migration'));
    expect(left).toEqual(before);
    expect(await migrate(database)).toEqual(NAMES);
    expect(await schemaOf(database)).toEqual(head);
  });

  it('can each be taken back and run again at the head', async () => {
    const database = await open(await empty());
    await migrate(database);
    const head = await schemaOf(database);
    for (let depth = 1; depth <= NAMES.length; depth += 1) {
      for (let step = 0; step < depth; step += 1) await database.dataSource.undoLastMigration({ transaction: 'each' });
      expect(await migrate(database)).toEqual(NAMES.slice(-depth));
      expect(await schemaOf(database)).toEqual(head);
    }
  });

  it('run once when five brokers start together', async () => {
    const database = await empty();
    const handles = await Promise.all([1, 2, 3, 4, 5].map(() => open(database)));
    const runs = await Promise.all(handles.map((handle) => migrate(handle)));
    expect(runs.flat()).toEqual(NAMES);
    const [first] = handles;
    const rows = await first?.query<{ name: string }>('SELECT name FROM schema_migration ORDER BY id');
    expect(rows?.map(({ name }) => name)).toEqual(NAMES);
  });

  it('say the same as the entities', async () => {
    const migrated = await createTestDatabase();
    databases.push(migrated);
    const database = await open(migrated);
    expect(database.dataSource.entityMetadatas).toHaveLength(getMetadataArgsStorage().tables.length);
    expect(database.dataSource.entityMetadatas.length).toBeGreaterThan(10);
    const differences = async (): Promise<string[]> =>
      (await database.dataSource.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
    expect(await differences()).toEqual([]);
    await database.query('ALTER TABLE twin ADD COLUMN stray integer');
    expect(await differences()).toEqual([expect.stringContaining('stray')]);
  });
});
