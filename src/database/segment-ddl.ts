import { Client } from 'pg';
import type { Database } from './database.js';
import { LOCK_NOT_AVAILABLE, sqlState } from './sqlstate.js';

/** Bits of a position below the segment number. */
export const POSITION_BITS = 36n;

const LOCK_TRIES = 50;

/** How a table is cut: by a position that embeds the segment number, or by the number itself. */
export type PartitionKey = 'position' | 'segment';

/** One append-only table. */
export interface SegmentedTable {
  name: string;
  key: PartitionKey;
}

/** Name of a table's partition for one segment. */
export function partitionName(table: string, segment: number): string {
  return `${table}_${segment}`;
}

function bounds(key: PartitionKey, segment: number): string {
  const [from, to] = key === 'segment' ? [segment, segment + 1] : [BigInt(segment) << POSITION_BITS, BigInt(segment + 1) << POSITION_BITS];
  return `FROM (${from}) TO (${to})`;
}

/** A session for partition work, which waits at most 100 ms for a lock and tries again, so that nobody queues behind it. */
export async function withMaintenanceSession<T>(database: Database, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(database.sessionConfig('twinfed maintenance'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SET lock_timeout = '100ms'`);
    return await work(client);
  } finally {
    await client.end();
  }
}

async function untilLocked(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE || tries >= LOCK_TRIES) throw error;
    }
  }
}

async function isAttached(client: Client, table: string, partition: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM pg_inherits WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2) AND NOT inhdetachpending',
    [table, partition],
  );
  return (rowCount ?? 0) > 0;
}

/**
 * Makes and attaches the partition of a segment. CREATE and ATTACH apart: a plain CREATE TABLE … PARTITION OF locks the parent so that every
 * INSERT queues behind an old reader, ATTACH (SHARE UPDATE EXCLUSIVE) does not.
 */
export async function attachPartition(client: Client, table: SegmentedTable, segment: number): Promise<void> {
  const partition = partitionName(table.name, segment);
  if (await isAttached(client, table.name, partition)) return;
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${partition} (LIKE ${table.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING STORAGE)`,
  );
  await untilLocked(() => client.query(`ALTER TABLE ${table.name} ATTACH PARTITION ${partition} FOR VALUES ${bounds(table.key, segment)}`));
}

/** Citus has no DETACH CONCURRENTLY: there the partition is detached under a short lock, which is tried for as long as anybody reads. */
async function isCitus(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM pg_extension WHERE extname = 'citus'`);
  return (rowCount ?? 0) > 0;
}

/** How the partition is attached: not at all, or with a detach that was cut off. */
async function attachment(client: Client, table: string, partition: string): Promise<{ pending: boolean } | undefined> {
  const { rows } = await client.query<{ pending: boolean }>(
    'SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)',
    [table, partition],
  );
  return rows[0];
}

/** Detaches and drops the partition of a segment; harmless when it is gone, resumes a detach that was cut off. */
export async function dropPartition(client: Client, table: SegmentedTable, segment: number): Promise<void> {
  const partition = partitionName(table.name, segment);
  await client.query(`SET statement_timeout = '10s'`);
  try {
    await untilLocked(async () => {
      // A try that gave up waiting may have got as far as to make it pending.
      const attached = await attachment(client, table.name, partition);
      if (attached === undefined) return;
      const how = attached.pending ? 'FINALIZE' : (await isCitus(client)) ? '' : 'CONCURRENTLY';
      await client.query(`ALTER TABLE ${table.name} DETACH PARTITION ${partition} ${how}`);
    });
  } finally {
    await client.query('SET statement_timeout = 0');
  }
  await untilLocked(() => client.query(`DROP TABLE IF EXISTS ${partition}`));
}
