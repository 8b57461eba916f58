import '../../src/app.module.js';
import { COORDINATOR_TABLES, DISTRIBUTED_TABLES, REFERENCE_TABLES } from '../../src/database/distribution.js';
import type { Database } from '../../src/database/database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let place: TestDatabase;
let database: Database;
beforeAll(async () => {
  place = await createTestDatabase();
  database = await place.open(2);
});
afterAll(async () => {
  await database.close();
  await place.drop();
});

describe('the schema is ready for Citus', () => {
  it('every table is distributed, a reference table or the coordinator’s, and only one of them', async () => {
    const rows = await database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`,
    );
    const listed = [...Object.keys(DISTRIBUTED_TABLES), ...REFERENCE_TABLES, ...COORDINATOR_TABLES].toSorted();
    expect(listed).toEqual(rows.map(({ name }) => name));
  });

  it('every unique key of a distributed table contains its distribution column', async () => {
    const rows = await database.query<{ table: string; index: string; columns: string[] }>(
      `SELECT c.relname AS table, i.indexrelid::regclass::text AS index,
              array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)) AS columns
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relname = ANY ($1)`,
      [Object.keys(DISTRIBUTED_TABLES)],
    );
    expect(rows.length).toBeGreaterThanOrEqual(Object.keys(DISTRIBUTED_TABLES).length);
    const without = rows.filter(({ table, columns }) => !columns.includes(DISTRIBUTED_TABLES[table] ?? ''));
    expect(without).toEqual([]);
  });

  it('no foreign key touches a distributed table', async () => {
    const rows = await database.query<{ name: string }>(
      `SELECT conname AS name FROM pg_constraint
        WHERE contype = 'f' AND (conrelid::regclass::text = ANY ($1) OR confrelid::regclass::text = ANY ($1))`,
      [Object.keys(DISTRIBUTED_TABLES)],
    );
    expect(rows).toEqual([]);
  });
});
