import { type Aggregation, cellValue, heldSample, type Place } from '../aggregate/cell.js';
import type { Slot } from '../aggregate/slot.js';
import type { MissingReason } from '../member/member.js';
import type { PlaceJoin } from '../spatial/place-join.js';
import type { ViewDefinition } from '../view/view.js';

/** One row of a slot. What a column has no value for is absent. */
export interface SlotRow {
  /** Of rows by twin. */
  readonly twin?: string;
  /** Of rows by place. */
  readonly place?: string;
  /** By the name of the column, in its unit. */
  readonly values: Readonly<Record<string, number>>;
  /** Columns whose value is from before the slot and still holds. */
  readonly held?: readonly string[];
  /** How many twins each value is of; absent of rows by twin. */
  readonly members?: Readonly<Record<string, number>>;
  /** Of the nearest: whose value it is, and how far away. */
  readonly nearest?: Readonly<Record<string, { readonly twin: string; readonly meters: number }>>;
}

/** A member without a value. */
export interface MissingMember {
  readonly twin: string;
  readonly column: string;
  readonly reason: MissingReason;
}

/** Who was expected when a slot was closed: twin, column, and why it was not joined, or 0. */
export type ExpectedMember = readonly [twin: string, column: number, missing: MissingReason | 0];

/** What a slot says. */
export interface SlotContent {
  readonly rows: readonly SlotRow[];
  readonly missing: readonly MissingMember[];
  readonly missingCount: number;
}

/** Members without a value that a slot names at most. */
export const MAX_NAMED_MISSING = 1_000;

interface Found {
  readonly twin: string;
  readonly value: number;
  readonly at: number;
  readonly held: boolean;
  readonly place?: Place;
}

/**
 * The rows of a slot, by what the view says. Where a row is of several twins, each has been brought to one value first, and these are put together:
 * mean and time-weighted mean by their mean, the last by the newest.
 */
export function slotContent(
  view: ViewDefinition,
  slot: Slot,
  expected: readonly ExpectedMember[],
  join: PlaceJoin | undefined,
): SlotContent {
  const found = valuesOf(view, slot);
  return { rows: rowsOf(view, found, join), ...missingOf(view, found, expected) };
}

/** The values of each column. */
function valuesOf({ columns, slotMs }: ViewDefinition, { from, cells }: Slot): readonly (readonly Found[])[] {
  return columns.map((rule, column) => {
    const found: Found[] = [];
    for (const [twin, row] of cells) {
      const cell = row[column];
      const value = cell && cellValue(cell, rule, from, from + slotMs);
      if (cell === undefined || value === undefined) continue;
      const held = heldSample(cell, rule, from);
      const newest = held ?? cell.last;
      found.push({ twin, value, at: newest?.at ?? from, held: held !== undefined, place: newest?.place });
    }
    return found;
  });
}

function rowsOf(view: ViewDefinition, found: readonly (readonly Found[])[], join: PlaceJoin | undefined): SlotRow[] {
  const { rows, columns } = view;
  switch (rows.by) {
    case 'twin':
      return rowsByTwin(columns, found);
    case 'all':
      return [together(columns, found)];
    case 'place': {
      if (join === undefined) return [];
      const limit = rows.maxMeters ?? (rows.join === 'within' ? 0 : Infinity);
      const near = found.map((values) =>
        values.flatMap((value) => {
          const meters = join.metersOf(value.twin, value.place);
          return meters === undefined ? [] : [{ value, meters }];
        }),
      );
      return join.places.map(({ id }, place) =>
        rows.join === 'nearest' ? nearestRow(columns, id, place, near, limit) : withinRow(columns, id, place, near, limit),
      );
    }
  }
}

type Columns = ViewDefinition['columns'];
type Near = readonly (readonly { readonly value: Found; readonly meters: readonly number[] }[])[];

function rowsByTwin(columns: Columns, found: readonly (readonly Found[])[]): SlotRow[] {
  const rows = new Map<string, { twin: string; values: Record<string, number>; held: string[] }>();
  columns.forEach(({ name }, column) => {
    for (const { twin, value, held } of found[column] ?? []) {
      let row = rows.get(twin);
      if (row === undefined) rows.set(twin, (row = { twin, values: {}, held: [] }));
      row.values[name] = value;
      if (held) row.held.push(name);
    }
  });
  return [...rows.values()]
    .toSorted((one, other) => (one.twin < other.twin ? -1 : 1))
    .map(({ held, ...row }) => (held.length === 0 ? row : { ...row, held }));
}

function together(columns: Columns, found: readonly (readonly Found[])[]): SlotRow {
  const values: Record<string, number> = {};
  const members: Record<string, number> = {};
  const held: string[] = [];
  columns.forEach(({ name, aggregation }, column) => {
    const all = found[column] ?? [];
    const value = combined(aggregation, all);
    if (value === undefined) return;
    values[name] = value;
    members[name] = all.length;
    if (all.every((each) => each.held)) held.push(name);
  });
  return held.length === 0 ? { values, members } : { values, members, held };
}

function withinRow(columns: Columns, id: string, place: number, near: Near, limit: number): SlotRow {
  const inside = near.map((all) => all.filter(({ meters }) => (meters[place] ?? Infinity) <= limit).map(({ value }) => value));
  return { place: id, ...together(columns, inside) };
}

function nearestRow(columns: Columns, id: string, place: number, near: Near, limit: number): SlotRow {
  const values: Record<string, number> = {};
  const nearest: Record<string, { twin: string; meters: number }> = {};
  const held: string[] = [];
  columns.forEach(({ name }, column) => {
    let best: { value: Found; meters: number } | undefined;
    for (const { value, meters: all } of near[column] ?? []) {
      const meters = all[place] ?? Infinity;
      if (meters > limit || (best !== undefined && !isNearer({ value, meters }, best))) continue;
      best = { value, meters };
    }
    if (best === undefined) return;
    values[name] = best.value.value;
    nearest[name] = { twin: best.value.twin, meters: Math.round(best.meters * 10) / 10 };
    if (best.value.held) held.push(name);
  });
  return held.length === 0 ? { place: id, values, nearest } : { place: id, values, nearest, held };
}

/** Of two equally near ones that of the lesser id, so that the outcome does not depend on who came first. */
function isNearer(one: { value: Found; meters: number }, other: { value: Found; meters: number }): boolean {
  return one.meters < other.meters || (one.meters === other.meters && one.value.twin < other.value.twin);
}

function combined(aggregation: Aggregation, all: readonly Found[]): number | undefined {
  const [first, ...rest] = all;
  if (first === undefined) return undefined;
  const sum = (): number => all.reduce((total, { value }) => total + value, 0);
  switch (aggregation) {
    case 'last':
      return rest.reduce((newest, each) => (isNewer(each, newest) ? each : newest), first).value;
    case 'min':
      return all.reduce((least, { value }) => Math.min(least, value), Infinity);
    case 'max':
      return all.reduce((greatest, { value }) => Math.max(greatest, value), -Infinity);
    case 'sum':
      return sum();
    case 'mean':
    case 'timeWeightedMean':
      return sum() / all.length;
  }
}

function isNewer(one: Found, other: Found): boolean {
  return one.at > other.at || (one.at === other.at && one.twin < other.twin);
}

function missingOf(
  { columns }: ViewDefinition,
  found: readonly (readonly Found[])[],
  expected: readonly ExpectedMember[],
): Pick<SlotContent, 'missing' | 'missingCount'> {
  const present = found.map((all) => new Set(all.map(({ twin }) => twin)));
  const missing = new Map<string, MissingMember>();
  for (const [twin, column, reason] of expected) {
    const { name } = columns[column] ?? {};
    if (name === undefined || present[column]?.has(twin) === true) continue;
    const key = `${column} ${twin}`;
    if (!missing.has(key)) missing.set(key, { twin, column: name, reason: reason === 0 ? 'no-value' : reason });
  }
  return { missing: [...missing.values()].slice(0, MAX_NAMED_MISSING), missingCount: missing.size };
}
