// `npm run db:distribute [-- --dry-run]`: spreads the tables over the machines of a Citus cluster whose coordinator DATABASE_URL names. Stop the brokers
// first; run it once, after the migrations. What is distributed already is left alone. Not run where the extension is missing: then it says so.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import pg from 'pg';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

buildWhenNeeded();
const { distributionStatements } = await import(pathToFileURL(join(ROOT, 'dist', 'src', 'database', 'distribution.js')).href);

if (process.argv.includes('--dry-run')) {
  for (const { sql } of distributionStatements()) console.log(`${sql};`);
  process.exit(0);
}
const url = process.env.DATABASE_URL;
if (url === undefined || url === '') {
  console.error(
    'Set DATABASE_URL to the Citus coordinator; the embedded PostgreSQL has no Citus. With --dry-run the statements are only shown.',
  );
  process.exit(2);
}
const client = new pg.Client({ connectionString: url, application_name: 'twinfed distribute' });
await client.connect();
try {
  const { rows: extension } = await client.query(`SELECT extversion FROM pg_extension WHERE extname = 'citus'`);
  if (extension.length === 0) {
    console.error('This database has no Citus: run CREATE EXTENSION citus on the coordinator and its workers first.');
    process.exitCode = 1;
  } else await distribute();
} finally {
  await client.end();
}

async function distribute() {
  const { rows: brokers } = await client.query(`SELECT id FROM broker WHERE seen_at > clock_timestamp() - interval '10 seconds'`);
  if (brokers.length > 0) {
    console.error(`Stop the brokers first: ${brokers.length} are at work on this database.`);
    process.exitCode = 1;
    return;
  }
  for (const { table, sql } of distributionStatements()) {
    const { rows } = await client.query('SELECT FROM pg_dist_partition WHERE logicalrelid = $1::regclass', [table]);
    if (rows.length > 0) {
      console.log(`${table}: distributed already`);
      continue;
    }
    await client.query(sql);
    console.log(`${table}: ${sql}`);
  }
}
