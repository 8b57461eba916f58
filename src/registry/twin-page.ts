import { fingerprint } from '../kernel/canonical-json.js';
import { InvalidId, parseTwinId, type TwinId } from '../kernel/ids.js';
import { decodeCursor, encodeCursor, InvalidCursor, type Page } from '../kernel/page.js';

/** A cursor belongs to one list with one set of filters. */
function kindOf(list: string, filters: object): string {
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  return `${list}:${fingerprint(given).toString('base64url')}`;
}

/**
 * The id after which the page begins.
 * @throws InvalidCursor for a cursor of another list or other filters
 */
export function readCursor(list: string, filters: object, cursor: string): TwinId {
  try {
    return parseTwinId(decodeCursor(kindOf(list, filters), cursor)[0]);
  } catch (error) {
    if (error instanceof InvalidId || error instanceof SyntaxError) throw new InvalidCursor('is not a cursor of this list');
    throw error;
  }
}

/** A page that goes on after `last`; without it, the last page. */
export function pageAfter<T>(list: string, filters: object, items: T[], last: TwinId | undefined): Page<T> {
  return last === undefined ? { items } : { items, next: encodeCursor(kindOf(list, filters), [last]) };
}
