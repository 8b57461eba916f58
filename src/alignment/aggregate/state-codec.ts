/**
 * What a view remembers, as bytes: compact JSON, deflated. Numbers keep their digits, so that a state that was stored and read again goes on to the same
 * results. Moments are written relative to their slot.
 */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { type Cell, emptyCell, type Sample } from './cell.js';
import { emptySlot, type Slot } from './slot.js';
import type { TimelineState } from './timeline.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Written often, read seldom. */
const LEVEL = 1;

type StoredSample = [after: number, value: number, longitude?: number, latitude?: number];
type StoredCell = [
  count: number,
  sum: number,
  min: number,
  max: number,
  last: StoredSample | 0,
  carry: StoredSample | 0,
  samples: StoredSample[] | 0,
];
type StoredRow = [twin: string, cells: (StoredCell | 0)[]];

/** A slot as JSON. */
export interface StoredSlot {
  readonly from: number;
  readonly revision: number;
  readonly rows: readonly StoredRow[];
}

/** A timeline as JSON. */
export interface StoredTimeline {
  readonly origin: number;
  readonly next: number;
  readonly watermark: number;
  readonly open: readonly StoredSlot[];
  readonly held: readonly [twin: string, samples: (StoredSample | 0)[]][];
}

/** Packs a JSON value. */
export async function pack(value: unknown): Promise<Buffer> {
  return deflate(JSON.stringify(value), { level: LEVEL });
}

/** Unpacks what {@link pack} made. */
export async function unpack(bytes: Buffer): Promise<unknown> {
  return JSON.parse((await inflate(bytes)).toString()) as unknown;
}

/** Writes a slot. */
export function storeSlot({ from, revision, cells }: Slot): StoredSlot {
  const rows = [...cells].map(([twin, row]): StoredRow => [
    twin,
    Array.from(row, (cell) => (cell === undefined ? 0 : storeCell(cell, from))),
  ]);
  return { from, revision, rows };
}

/** Reads a slot. */
export function readSlot({ from, revision, rows }: StoredSlot): Slot {
  const slot = emptySlot(from);
  slot.revision = revision;
  for (const [twin, row] of rows)
    slot.cells.set(
      twin,
      row.map((cell) => (cell === 0 ? undefined : readCell(cell, from))),
    );
  return slot;
}

/** Writes a timeline. */
export function storeTimeline({ origin, next, watermark, open, held }: TimelineState): StoredTimeline {
  return {
    origin,
    next,
    watermark,
    open: [...open.values()].map(storeSlot),
    held: [...held].map(([twin, row]) => [twin, Array.from(row, (sample) => storeSample(sample, next))]),
  };
}

/** Reads a timeline. */
export function readTimeline({ origin, next, watermark, open, held }: StoredTimeline): TimelineState {
  return {
    origin,
    next,
    watermark,
    open: new Map(open.map((slot) => [slot.from, readSlot(slot)])),
    held: new Map(held.map(([twin, row]) => [twin, row.map((sample) => readSample(sample, next))])),
  };
}

function storeCell({ count, sum, min, max, last, carry, samples }: Cell, from: number): StoredCell {
  const numbers = count === 0 ? ([0, 0, 0, 0] as const) : ([count, sum, min, max] as const);
  const all = samples === undefined ? 0 : samples.map((sample) => storeSample(sample, from) || ([0, 0] satisfies StoredSample));
  return [...numbers, storeSample(last, from), storeSample(carry, from), all];
}

function readCell([count, sum, min, max, last, carry, samples]: StoredCell, from: number): Cell {
  const cell: Cell = count === 0 ? emptyCell() : { count, sum, min, max };
  cell.last = readSample(last, from);
  cell.carry = readSample(carry, from);
  if (samples !== 0) cell.samples = samples.flatMap((sample) => readSample(sample, from) ?? []);
  return cell;
}

function storeSample(sample: Sample | undefined, from: number): StoredSample | 0 {
  if (sample === undefined) return 0;
  const { at, value, place } = sample;
  return place === undefined ? [at - from, value] : [at - from, value, place[0], place[1]];
}

function readSample(stored: StoredSample | 0, from: number): Sample | undefined {
  if (stored === 0) return undefined;
  const [after, value, longitude, latitude] = stored;
  const sample = { at: from + after, value };
  return longitude === undefined || latitude === undefined ? sample : { ...sample, place: [longitude, latitude] };
}
