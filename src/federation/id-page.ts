import { fingerprint } from '../kernel/canonical-json.js';
import { clampLimit, decodeCursor, encodeCursor, InvalidCursor, type Page } from '../kernel/page.js';

/** What every list here is asked with: filters, and where in the list. */
export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * One page of a list that is ordered by an id. A cursor holds the last id shown and belongs to this list with these filters.
 * @param list the list's name
 * @param fetch gives up to `limit` items beyond `after`, in order
 * @throws InvalidCursor for a cursor of another list or other filters
 */
export async function pageById<T>(
  list: string,
  { limit, cursor, ...filters }: PageQuery,
  idOf: (item: T) => string,
  fetch: (after: string, limit: number) => Promise<T[]>,
): Promise<Page<T>> {
  const kind = `${list}:${fingerprint(filters).toString('base64url')}`;
  const size = clampLimit(limit);
  const after = cursor === undefined ? '' : lastIdIn(kind, cursor);
  const found = await fetch(after, size + 1);
  const items = found.slice(0, size);
  const last = items.at(-1);
  return found.length > size && last !== undefined ? { items, next: encodeCursor(kind, [idOf(last)]) } : { items };
}

function lastIdIn(kind: string, cursor: string): string {
  const [id] = decodeCursor(kind, cursor);
  if (typeof id !== 'string') throw new InvalidCursor('is not a cursor of this list');
  return id;
}
