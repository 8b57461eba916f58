import fc from 'fast-check';
import { AGGREGATIONS, cellValue, type ColumnRule, heldSample, type Sample } from './cell.js';
import { type Slot, slotOf } from './slot.js';
import { pack, readSlot, readTimeline, storeSlot, storeTimeline, unpack, type StoredSlot, type StoredTimeline } from './state-codec.js';
import { freshTimeline, Timeline } from './timeline.js';

const SLOT = 1_000;
const TWINS = ['a', 'b'] as const;

interface Arrival {
  readonly twin: string;
  readonly column: number;
  readonly sample: Sample;
  /** What the watermark moves by before it comes. */
  readonly step: number;
  /** Whether the broker dies before it comes, and another reads what was stored. */
  readonly restart: boolean;
}

/** The aggregate as anybody would reckon it with all values of the column before them, those that came first in front of others of their moment. */
function naive(samples: readonly Sample[], { aggregation, holdMs }: ColumnRule, from: number): number | undefined {
  const sorted = samples.toSorted((one, other) => one.at - other.at);
  const own = sorted.filter(({ at }) => at >= from && at < from + SLOT).map(({ value }) => value);
  const before = sorted.findLast(({ at }) => at < from);
  const carried = before !== undefined && before.at + holdMs > from ? before : undefined;
  if (own.length === 0) return aggregation === 'sum' ? undefined : carried?.value;
  const sum = own.reduce((total, value) => total + value, 0);
  if (aggregation === 'last') return own.at(-1);
  if (aggregation === 'min') return Math.min(...own);
  if (aggregation === 'max') return Math.max(...own);
  if (aggregation === 'sum') return sum;
  if (aggregation === 'mean') return sum / own.length;
  // Millisecond by millisecond.
  let [weighted, weights] = [0, 0];
  for (let moment = from; moment < from + SLOT; moment += 1) {
    const standing = sorted.findLast(({ at }) => at <= moment);
    if (standing === undefined || (holdMs === 0 ? standing.at < from : standing.at + holdMs <= moment)) continue;
    weighted += standing.value;
    weights += 1;
  }
  return weights === 0 ? own.at(-1) : weighted / weights;
}

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true });
const arrival: fc.Arbitrary<Arrival> = fc.record({
  twin: fc.constantFrom(...TWINS),
  column: fc.integer({ min: 0, max: 1 }),
  sample: fc.record({ at: fc.integer({ min: 0, max: 12_000 }), value }),
  step: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 0, max: 2_500 }) }),
  restart: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const rule: fc.Arbitrary<ColumnRule> = fc.record({
  aggregation: fc.constantFrom(...AGGREGATIONS),
  holdMs: fc.constantFrom(0, 300, 1_000, 3_500),
});

/** A broker with one view: what it closed and corrected is stored, its open state is stored after each step. */
class Runner {
  readonly slots = new Map<number, StoredSlot>();
  private stored: StoredTimeline;
  private timeline: Timeline;
  readonly counted: Arrival[] = [];
  dropped = 0;

  constructor(
    private readonly columns: readonly ColumnRule[],
    private readonly correctMs: number,
  ) {
    this.stored = storeTimeline(freshTimeline(0));
    this.timeline = this.load();
  }

  private load(): Timeline {
    const state = readTimeline(JSON.parse(JSON.stringify(this.stored)) as StoredTimeline);
    return new Timeline({ columns: this.columns, slotMs: SLOT, correctMs: this.correctMs }, state);
  }

  restart(): void {
    this.timeline = this.load();
  }

  add(each: Arrival): void {
    const verdict = this.timeline.add(each.twin, each.column, each.sample);
    if (verdict === 'counted' || verdict === 'correcting') this.counted.push(each);
    else this.dropped += 1;
  }

  step(watermark: number): void {
    for (const slot of this.timeline.advance(watermark, 1_000)) this.slots.set(slot.from, storeSlot(slot));
    const loaded = new Map<number, Slot>();
    for (const from of this.timeline.touched()) {
      const slot = this.slots.get(from);
      if (slot !== undefined) loaded.set(from, readSlot(slot));
    }
    const { changed, lost } = this.timeline.correct(loaded);
    expect(lost).toBe(0);
    for (const slot of changed) {
      expect(slot.revision).toBe((this.slots.get(slot.from)?.revision ?? 0) + 1);
      this.slots.set(slot.from, storeSlot(slot));
    }
    this.stored = storeTimeline(this.timeline.state);
  }
}

describe('the slots of a view', () => {
  it.each([0, 4_000, 1_000_000])(
    'hold what a recomputation from all counted values gives, in whatever order they come, across restarts (corrected for %d ms)',
    (correctMs) => {
      fc.assert(
        fc.property(fc.array(arrival, { maxLength: 60 }), rule, rule, (arrivals, first, second) => {
          const columns = [first, second];
          const runner = new Runner(columns, correctMs);
          let watermark = 0;
          for (const each of arrivals) {
            watermark += each.step;
            runner.step(watermark);
            if (each.restart) runner.restart();
            runner.add(each);
          }
          runner.step(watermark);
          runner.step(20_000);
          expect([...runner.slots.keys()]).toEqual(Array.from({ length: 20 }, (_, index) => index * SLOT));
          for (const stored of runner.slots.values()) {
            const slot = readSlot(stored);
            for (const twin of TWINS) {
              columns.forEach((column, index) => {
                const samples = runner.counted.filter((each) => each.twin === twin && each.column === index).map(({ sample }) => sample);
                const expected = naive(samples, column, slot.from);
                const cell = slot.cells.get(twin)?.[index];
                const found = cell && cellValue(cell, column, slot.from, slot.from + SLOT);
                if (expected === undefined) expect(found).toBeUndefined();
                else expect(Math.abs((found ?? NaN) - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
              });
            }
          }
          if (correctMs === 1_000_000) expect(runner.dropped).toBe(0);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('count a value that is late neither before their first nor when nothing is corrected', () => {
    const timeline = new Timeline({ columns: [{ aggregation: 'last', holdMs: 0 }], slotMs: SLOT, correctMs: 0 }, freshTimeline(5_000));
    expect(timeline.add('a', 0, { at: 4_999, value: 1 })).toBe('late');
    expect(timeline.add('a', 0, { at: 5_000, value: 1 })).toBe('counted');
    timeline.advance(6_000, 10);
    expect(timeline.add('a', 0, { at: 5_001, value: 1 })).toBe('late');
    const correcting = new Timeline(
      { columns: [{ aggregation: 'last', holdMs: 0 }], slotMs: SLOT, correctMs: 10_000 },
      freshTimeline(5_000),
    );
    correcting.advance(6_000, 10);
    expect(correcting.add('a', 0, { at: 4_999, value: 1 })).toBe('late');
    expect(correcting.add('a', 0, { at: 5_999, value: 1 })).toBe('correcting');
    expect(correcting.correct(new Map())).toEqual({ changed: [], lost: 1 });
  });

  it('tell a value that was carried over from one of their own', () => {
    const column: ColumnRule = { aggregation: 'mean', holdMs: 1_100 };
    const timeline = new Timeline({ columns: [column], slotMs: SLOT, correctMs: 0 }, freshTimeline(0));
    timeline.add('a', 0, { at: 900, value: 7, place: [1, 2] });
    const [own, held, none] = timeline.advance(3_000, 10);
    const cells = [own, held, none].map((slot) => slot?.cells.get('a')?.[0]);
    expect(cells[0] && heldSample(cells[0], column, 0)).toBeUndefined();
    expect(cells[1] && heldSample(cells[1], column, 1_000)).toEqual({ at: 900, value: 7, place: [1, 2] });
    expect(cells[2]).toBeUndefined();
  });

  it('close no more than is asked at a time, and go on from there', () => {
    const timeline = new Timeline({ columns: [], slotMs: SLOT, correctMs: 0 }, freshTimeline(0));
    expect(timeline.advance(10_000, 4).map(({ from }) => from)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(timeline.skipTo(8_000)).toBe(4);
    expect(timeline.advance(0, 10).map(({ from }) => from)).toEqual([8_000, 9_000]);
  });

  it('count slots from the epoch', () => {
    expect([slotOf(1_999, 1_000), slotOf(2_000, 1_000), slotOf(-1, 1_000)]).toEqual([1_000, 2_000, -1_000]);
  });

  it('are the same after they were packed', async () => {
    const timeline = new Timeline(
      { columns: [{ aggregation: 'timeWeightedMean', holdMs: 9 }], slotMs: SLOT, correctMs: 0 },
      freshTimeline(0),
    );
    timeline.add('a', 0, { at: 1, value: 0.1 + 0.2, place: [-0.1, 51.5] });
    timeline.add('a', 0, { at: 1_001, value: -1e-300 });
    timeline.advance(1_000, 9);
    const packed = await pack(storeTimeline(timeline.state));
    expect(readTimeline((await unpack(packed)) as StoredTimeline)).toEqual(timeline.state);
  });
});
