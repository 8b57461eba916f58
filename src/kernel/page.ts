import { createHash } from 'node:crypto';

/** One page of a keyset-paged list; `next` is absent on the last page. */
export interface Page<T> {
  items: T[];
  next?: string;
}

/** The cursor was not made by this list, or was tampered with. */
export class InvalidCursor extends Error {
  constructor(readonly detail: string) {
    super(detail);
    this.name = 'InvalidCursor';
  }
}

/** The most items a page may hold. */
export const MAX_PAGE_SIZE = 1000;
const DEFAULT_PAGE_SIZE = 50;

/** The page size asked for, held between 1 and `max`. */
export function clampLimit(limit: number | undefined, max = MAX_PAGE_SIZE, fallback = DEFAULT_PAGE_SIZE): number {
  return Math.min(Math.max(Math.trunc(limit ?? fallback), 1), max);
}

function checksum(kind: string, body: string): string {
  return createHash('sha256').update(kind).update('\0').update(body).digest('base64url').slice(0, 8);
}

/**
 * An opaque cursor holding the sort key of the last item shown. `kind` names the list and, where the list depends on a query, a
 * digest of it, so that a cursor of another list or query is recognised. The checksum finds mistakes; it is not a secret, and a cursor
 * grants nothing that the query itself would not.
 */
export function encodeCursor(kind: string, key: readonly unknown[]): string {
  const body = Buffer.from(JSON.stringify(key)).toString('base64url');
  return `${body}.${checksum(kind, body)}`;
}

/** @throws InvalidCursor when the text is not a cursor of this list */
export function decodeCursor(kind: string, cursor: string): unknown[] {
  const [body, sum, ...rest] = cursor.split('.');
  if (body === undefined || sum === undefined || rest.length > 0 || sum !== checksum(kind, body)) {
    throw new InvalidCursor('is not a cursor of this list with these filters; start again without it');
  }
  try {
    const key: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    const isText = (part: unknown): boolean => typeof part === 'string' && !part.includes('\0');
    if (Array.isArray(key) && key.every((part) => isText(part) || Number.isSafeInteger(part))) return key;
  } catch {
    // Falls through: a forged checksum over what is no key.
  }
  throw new InvalidCursor('is not a cursor of this list');
}

/** The place in a numbered list that a cursor holds, in digits. @throws InvalidCursor */
export function decodeSequenceCursor(kind: string, cursor: string): string {
  const digits = String(decodeCursor(kind, cursor)[0]);
  if (!/^\d{1,18}$/.test(digits)) throw new InvalidCursor('is not a cursor of this list');
  return digits;
}
