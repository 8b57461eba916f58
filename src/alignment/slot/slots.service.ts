import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { clampLimit, decodeCursor, encodeCursor, InvalidCursor } from '../../kernel/page.js';
import { READ_SLOTS } from '../run/checkpoint.queries.js';
import type { View } from '../view/view.js';

/** Which closed slots. */
export interface SlotQuery {
  /** RFC 3339: slots that begin at this moment or later. */
  readonly from?: string;
  /** RFC 3339: slots that begin before this moment. */
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** Closed slots as JSON texts, oldest first. */
export interface SlotPage {
  readonly items: readonly string[];
  readonly next?: string;
}

/** Slots that one query gives: each may be as large as a message. */
const SLOTS_OF_QUERY = 16;
/** Characters after which a page ends, whatever its limit. */
const MAX_PAGE_CHARACTERS = 8 * 1_048_576;
const FOREVER = '9999-12-31T23:59:59Z';

/** Closed slots for as long as they are retained. */
@Injectable()
export class SlotsService {
  constructor(private readonly database: Database) {}

  /** Those of a time, each as it was last corrected. @throws InvalidCursor */
  async read({ id, firstVersion, definition }: View, { from, to, limit, cursor }: SlotQuery): Promise<SlotPage> {
    const list = `slots:${id}`;
    const size = clampLimit(limit);
    const kept = new Date(this.database.clock.now() - definition.retainSeconds * 1_000);
    let begin = cursor === undefined ? (from ?? kept.toISOString()) : afterOf(list, cursor);
    const items: string[] = [];
    for (let characters = 0; items.length < size && characters < MAX_PAGE_CHARACTERS;) {
      const wanted = Math.min(SLOTS_OF_QUERY, size - items.length);
      const rows = await this.database.query<{ from: Date; payload: string }>(READ_SLOTS, [
        id,
        firstVersion,
        begin,
        to ?? FOREVER,
        kept,
        wanted,
      ]);
      for (const { payload } of rows) {
        items.push(payload);
        characters += payload.length;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < wanted) return { items };
      begin = new Date(last.from.getTime() + 1).toISOString();
    }
    return { items, next: encodeCursor(list, [begin]) };
  }
}

function afterOf(list: string, cursor: string): string {
  const [begin] = decodeCursor(list, cursor);
  if (typeof begin !== 'string' || Number.isNaN(Date.parse(begin))) throw new InvalidCursor('is not a cursor of this list');
  return begin;
}
