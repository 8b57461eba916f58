/**
 * The incremental join of one view. Time is cut into slots; those from `next` on are open. Values are added as they come, in any order. When the
 * watermark passes the end of a slot it is closed: each of its cells is handed what still holds from before, and the slot is given away. A value for a
 * slot that is closed already is late: it is dropped, or put aside for a correction, for which the slots that it touches are brought back.
 */
import { addSample, type ColumnRule, type Sample } from './cell.js';
import { cellOf, emptySlot, type Slot, slotOf } from './slot.js';

/** What a view asks of time. */
export interface TimelineRules {
  readonly columns: readonly ColumnRule[];
  readonly slotMs: number;
  /** For how long after its end a closed slot is corrected, in milliseconds by the watermark; 0: never. */
  readonly correctMs: number;
}

/** A value that came too late for its slot. */
export interface LateSample {
  readonly twin: string;
  readonly column: number;
  readonly sample: Sample;
}

/** What became of a value. `full`: its cell holds no more. */
export type Verdict = 'counted' | 'correcting' | 'late' | 'full';

/** What a timeline has to remember; see state-codec.ts. */
export interface TimelineState {
  /** The beginning of the first slot ever: before it nothing is counted. */
  readonly origin: number;
  next: number;
  watermark: number;
  readonly open: Map<number, Slot>;
  /** The newest value before `next` of each twin and column, while it can still hold. */
  readonly held: Map<string, (Sample | undefined)[]>;
}

/** The state before anything came. */
export function freshTimeline(origin: number): TimelineState {
  return { origin, next: origin, watermark: origin, open: new Map(), held: new Map() };
}

/** The slots of one view. */
export class Timeline {
  private late: LateSample[] = [];

  constructor(
    private readonly rules: TimelineRules,
    readonly state: TimelineState,
  ) {}

  /** Whether values wait for a correction. */
  get hasLate(): boolean {
    return this.late.length > 0;
  }

  /** Counts a value. */
  add(twin: string, column: number, sample: Sample): Verdict {
    const rule = this.rules.columns[column];
    if (rule === undefined) return 'late';
    const from = slotOf(sample.at, this.rules.slotMs);
    if (from >= this.state.next) return addSample(cellOf(this.slot(from), twin, column), sample, rule) ? 'counted' : 'full';
    if (!this.isCorrectable(from)) return 'late';
    this.late.push({ twin, column, sample });
    return 'correcting';
  }

  /** Moves the watermark, never back, and closes what it has passed, at most `limit` slots; the rest at the next call. */
  advance(watermark: number, limit: number): Slot[] {
    if (watermark > this.state.watermark) this.state.watermark = watermark;
    const closed: Slot[] = [];
    while (closed.length < limit && this.state.next + this.rules.slotMs <= this.state.watermark) closed.push(this.close());
    return closed;
  }

  /** Gives up on slots before `from` that are not closed yet. Says how many. */
  skipTo(from: number): number {
    let skipped = 0;
    for (; this.state.next < from; skipped += 1) this.close();
    return skipped;
  }

  /** Beginnings of the closed slots that a correction with what came late may touch. */
  touched(): Set<number> {
    const { slotMs, columns } = this.rules;
    const touched = new Set<number>();
    for (const { column, sample } of this.late) {
      const from = slotOf(sample.at, slotMs);
      touched.add(from);
      const holdsUntil = sample.at + (columns[column]?.holdMs ?? 0);
      for (let later = from + slotMs; later < this.state.next && later < holdsUntil; later += slotMs) touched.add(later);
    }
    return touched;
  }

  /**
   * Adds what came late to the closed slots, of which those that are not given are not kept any more; gives those that changed, their revision
   * grown, and how many values found no slot.
   */
  correct(slots: ReadonlyMap<number, Slot>): { changed: Slot[]; lost: number } {
    const changed = new Set<Slot>();
    let lost = 0;
    for (const each of this.late) if (!this.correctOne(each, slots, changed)) lost += 1;
    this.late = [];
    for (const slot of changed) slot.revision += 1;
    return { changed: [...changed].toSorted((a, b) => a.from - b.from), lost };
  }

  private correctOne({ twin, column, sample }: LateSample, slots: ReadonlyMap<number, Slot>, changed: Set<Slot>): boolean {
    const { slotMs, columns } = this.rules;
    const rule = columns[column];
    const from = slotOf(sample.at, slotMs);
    const slot = slots.get(from);
    if (rule === undefined || slot === undefined) return false;
    const cell = cellOf(slot, twin, column);
    if (!addSample(cell, sample, rule)) return false;
    changed.add(slot);
    if (cell.last !== sample || rule.holdMs === 0) return true;
    // It is now what its slot ends with, and so what the following ones begin with, up to the first that has values of its own.
    let later = from + slotMs;
    for (; later < this.state.next && sample.at + rule.holdMs > later; later += slotMs) {
      const follower = slots.get(later);
      if (follower === undefined) continue;
      const next = cellOf(follower, twin, column);
      if (next.carry !== undefined && next.carry.at > sample.at) return true;
      next.carry = sample;
      changed.add(follower);
      if (next.count > 0) return true;
    }
    if (later >= this.state.next) this.hold(twin, column, sample);
    return true;
  }

  private isCorrectable(from: number): boolean {
    const { correctMs, slotMs } = this.rules;
    return correctMs > 0 && from >= this.state.origin && from + slotMs + correctMs > this.state.watermark;
  }

  private slot(from: number): Slot {
    let slot = this.state.open.get(from);
    if (slot === undefined) this.state.open.set(from, (slot = emptySlot(from)));
    return slot;
  }

  private close(): Slot {
    const from = this.state.next;
    const slot = this.slot(from);
    this.state.open.delete(from);
    for (const [twin, samples] of this.state.held) {
      samples.forEach((sample, column) => {
        if (sample === undefined) return;
        if (sample.at + (this.rules.columns[column]?.holdMs ?? 0) > from) cellOf(slot, twin, column).carry = sample;
        else samples[column] = undefined;
      });
      if (samples.every((sample) => sample === undefined)) this.state.held.delete(twin);
    }
    for (const [twin, cells] of slot.cells) {
      cells.forEach((cell, column) => {
        if (cell?.last !== undefined) this.hold(twin, column, cell.last);
      });
    }
    this.state.next = from + this.rules.slotMs;
    return slot;
  }

  /** Remembers a value for the slots to come, unless there is a newer one. */
  private hold(twin: string, column: number, sample: Sample): void {
    if ((this.rules.columns[column]?.holdMs ?? 0) === 0) return;
    let samples = this.state.held.get(twin);
    if (samples === undefined) this.state.held.set(twin, (samples = []));
    const known = samples[column];
    if (known === undefined || known.at <= sample.at) samples[column] = sample;
  }
}
