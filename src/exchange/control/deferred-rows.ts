import type { SourcedRow } from '../inbox/delivery.js';
import { before, comparePositions, type Position } from '../log/log-row.js';

interface Deferred {
  row: SourcedRow;
  subscriptionId?: string;
  until: number;
}

/** The most messages that a reader puts off; beyond it goes no further. */
export const MAX_DEFERRED = 1_000;

/**
 * What a reader that changes nothing has passed but may not show yet. Its place stays before them, so that one that comes back does not miss them; it
 * may see again what came after.
 */
export class DeferredRows {
  private rows: Deferred[] = [];

  /** Puts a message off until a moment (epoch ms by the database's clock). */
  add(row: SourcedRow, subscriptionId: string | undefined, until: number): void {
    this.rows.push({ row, subscriptionId, until });
  }

  /** Whether no more may be put off. */
  get isFull(): boolean {
    return this.rows.length >= MAX_DEFERRED;
  }

  /** Those whose moment has come; they are put off no longer. */
  due(now: number): Deferred[] {
    const due = this.rows.filter(({ until }) => until <= now);
    if (due.length > 0) this.rows = this.rows.filter(({ until }) => until > now);
    return due;
  }

  /** How long until the next moment, in milliseconds. */
  wait(now: number): number {
    return Math.max(1, Math.min(...this.rows.map(({ until }) => until)) - now);
  }

  /** A reader's place, not beyond what is put off. */
  placeOf(vector: Readonly<Record<string, Position>>): Readonly<Record<string, Position>> {
    if (this.rows.length === 0) return vector;
    const place = { ...vector };
    for (const { row } of this.rows) {
      const known = place[row.source];
      if (known === undefined || comparePositions(before(row.position), known) < 0) place[row.source] = before(row.position);
    }
    return place;
  }
}
