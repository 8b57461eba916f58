import type { SqlConditions } from '../../registry/sql-conditions.js';

/** In which order matches are given. `id` is the usual one. */
export const SORTS = ['id', 'name', 'freshness', 'relevance', 'distance'] as const;
export type Sort = (typeof SORTS)[number];

/** An order that an index has. */
export type IndexedSort = Extract<Sort, 'id' | 'name' | 'freshness'>;

/** Where a match stands in an indexed order; the id parts those that stand at one place. */
export interface SortKey {
  readonly value: string;
  readonly id: string;
}

/** An indexed order as SQL on `t` (twin_search). */
export interface IndexedOrder {
  /** The value, as text that compares as given here and goes into cursors. */
  readonly value: string;
  readonly orderBy: string;
  /** What stands after a key. Beside a comparison of rows, one of the first column tells the planner how long a stretch between two keys is. */
  readonly after: (where: SqlConditions, key: SortKey) => string;
  /** What does not stand after a key. */
  readonly upTo: (where: SqlConditions, key: SortKey) => string;
  readonly compare: (a: SortKey, b: SortKey) => number;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By bytes of UTF-8, as PostgreSQL's collation "C" compares. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Milliseconds since 1970, in digits: what is stored has no finer part. */
const UPDATED_MS = '(extract(epoch FROM t.updated_at) * 1000)::bigint';

function rowSql(column: string, operator: '<' | '>' | '<=' | '>=', value: string, id: string): string {
  return `(${column} ${operator.charAt(0)}= ${value} AND (${column}, t.twin_id) ${operator} (${value}, ${id}))`;
}

function instantSql(where: SqlConditions, milliseconds: string): string {
  return `to_timestamp(${where.bind(milliseconds)}::bigint / 1000.0)`;
}

/** Rides twin_search_pkey, twin_search_name_idx and twin_search_updated_idx. */
export const INDEXED_ORDERS: Readonly<Record<IndexedSort, IndexedOrder>> = {
  id: {
    value: `''`,
    orderBy: 't.twin_id',
    after: (where, { id }) => `t.twin_id > ${where.bind(id)}`,
    upTo: (where, { id }) => `t.twin_id <= ${where.bind(id)}`,
    compare: (a, b) => byText(a.id, b.id),
  },
  name: {
    value: 't.name_key',
    orderBy: 't.name_key, t.twin_id',
    after: (where, { value, id }) => rowSql('t.name_key', '>', where.bind(value), where.bind(id)),
    upTo: (where, { value, id }) => rowSql('t.name_key', '<=', where.bind(value), where.bind(id)),
    compare: (a, b) => byBytes(a.value, b.value) || byText(a.id, b.id),
  },
  freshness: {
    value: `${UPDATED_MS}::text`,
    orderBy: 't.updated_at DESC, t.twin_id DESC',
    after: (where, { value, id }) => rowSql('t.updated_at', '<', instantSql(where, value), where.bind(id)),
    upTo: (where, { value, id }) => rowSql('t.updated_at', '>=', instantSql(where, value), where.bind(id)),
    compare: (a, b) => Number(b.value) - Number(a.value) || byText(b.id, a.id),
  },
};
