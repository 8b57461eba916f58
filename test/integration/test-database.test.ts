import { MIGRATIONS } from '../../src/database/migrations.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('databases for tests', () => {
  const made: TestDatabase[] = [];
  afterAll(async () => {
    await Promise.all(made.map((database) => database.drop()));
  });

  it('are migrated and apart from one another, also when several are made at once', async () => {
    const databases = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
    made.push(...databases);
    const counts = await Promise.all(
      databases.map(async (test) => {
        const database = await test.open();
        await database.query('CREATE TABLE of_my_own (id int)');
        const [row] = await database.query<{ count: string }>('SELECT count(*) FROM schema_migration');
        await database.close();
        return Number(row?.count);
      }),
    );
    expect(counts).toEqual(databases.map(() => MIGRATIONS.length));
  });

  it('can be had without a schema', async () => {
    const test = await createEmptyDatabase();
    made.push(test);
    const database = await test.open();
    const [row] = await database.query<{ found: string | null }>("SELECT to_regclass('schema_migration') AS found");
    await database.close();
    expect(row?.found).toBeNull();
  });

  it('are gone after drop, whoever is still connected', async () => {
    const test = await createTestDatabase();
    const database = await test.open();
    await database.query('SELECT 1');
    await test.drop();
    await database.close();
    await expect(test.open()).rejects.toMatchObject({ code: '3D000' });
  });
});
