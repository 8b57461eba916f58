import { type Cell, emptyCell } from './cell.js';

/** The partial aggregates of one slot: of each twin a cell per column. */
export interface Slot {
  /** Its beginning, epoch ms. */
  readonly from: number;
  readonly cells: Map<string, (Cell | undefined)[]>;
  /** How often it was corrected since it was closed. */
  revision: number;
}

/** A slot without values. */
export function emptySlot(from: number): Slot {
  return { from, cells: new Map(), revision: 0 };
}

/** The beginning of the slot that holds a moment. Slots are counted from the epoch on. */
export function slotOf(at: number, slotMs: number): number {
  return Math.floor(at / slotMs) * slotMs;
}

/** The cell of a twin in a column, made if it is not there. */
export function cellOf(slot: Slot, twin: string, column: number): Cell {
  let row = slot.cells.get(twin);
  if (row === undefined) slot.cells.set(twin, (row = []));
  return (row[column] ??= emptyCell());
}
