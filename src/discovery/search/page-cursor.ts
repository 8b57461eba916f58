import { fingerprint } from '../../kernel/canonical-json.js';
import { InvalidId, parseTwinId } from '../../kernel/ids.js';
import { decodeCursor, encodeCursor, InvalidCursor } from '../../kernel/page.js';
import type { SortKey } from './order.js';

/** A cursor belongs to one query in one order. */
export class PageCursor {
  private readonly kind: string;

  constructor(list: string, query: object) {
    this.kind = `${list}:${fingerprint(query).toString('base64url')}`;
  }

  /** The cursor of what comes after these keys. */
  write(...keys: readonly SortKey[]): string {
    return encodeCursor(
      this.kind,
      keys.flatMap(({ value, id }) => [value, id]),
    );
  }

  /**
   * The keys that a cursor was written with.
   * @throws InvalidCursor for a cursor of another query or order, or one that was tampered with
   */
  read(cursor: string, count: number, isNumeric: boolean): SortKey[] {
    const parts = decodeCursor(this.kind, cursor);
    if (parts.length !== 2 * count) throw notOurs();
    return Array.from({ length: count }, (_, i) => {
      const [value, id] = [parts[2 * i], parts[2 * i + 1]];
      if (typeof value !== 'string' || (isNumeric && value !== '' && !Number.isFinite(Number(value)))) throw notOurs();
      return { value, id: id === '' ? '' : idOf(id) };
    });
  }
}

function idOf(value: unknown): string {
  try {
    return parseTwinId(value);
  } catch (error) {
    if (error instanceof InvalidId) throw notOurs();
    throw error;
  }
}

function notOurs(): InvalidCursor {
  return new InvalidCursor('is not a cursor of this list');
}
