/** A longitude and latitude in degrees, WGS 84. */
export type Place = readonly [longitude: number, latitude: number];

/** One value as a view counts it: in the unit of its column, at the moment it was observed (epoch ms). */
export interface Sample {
  readonly at: number;
  readonly value: number;
  /** Where it was observed, when the value says so. */
  readonly place?: Place;
}

/** How the values of one twin within one slot become one. */
export const AGGREGATIONS = ['last', 'mean', 'min', 'max', 'sum', 'timeWeightedMean'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** What a column asks of its values. */
export interface ColumnRule {
  readonly aggregation: Aggregation;
  /** For how long a value holds when no other follows, in milliseconds; 0: for its slot alone. */
  readonly holdMs: number;
}

/**
 * What is known of the values of one twin in one column and slot: a partial aggregate, to which values are added in whatever order they come. Only a
 * time-weighted mean has to remember each value, because one that comes late shortens the time of the one before it.
 */
export interface Cell {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** The newest; of two of one moment the one that came later. */
  last?: Sample;
  /** The newest of the slots before, if it still holds when this one begins. */
  carry?: Sample;
  /** Of a time-weighted mean: all, by time. */
  samples?: Sample[];
}

/** Values that one cell of a time-weighted mean remembers at most; more are not counted. */
export const MAX_CELL_SAMPLES = 10_000;

/** A cell without values. */
export function emptyCell(): Cell {
  return { count: 0, sum: 0, min: Infinity, max: -Infinity };
}

/** Adds a value; false when the cell is full. */
export function addSample(cell: Cell, sample: Sample, { aggregation }: ColumnRule): boolean {
  if (aggregation === 'timeWeightedMean' && !insert((cell.samples ??= []), sample)) return false;
  cell.count += 1;
  cell.sum += sample.value;
  if (sample.value < cell.min) cell.min = sample.value;
  if (sample.value > cell.max) cell.max = sample.value;
  if (cell.last === undefined || sample.at >= cell.last.at) cell.last = sample;
  return true;
}

/** The cell's one value for the slot `[from, to)`; undefined when there is none. */
export function cellValue(cell: Cell, rule: ColumnRule, from: number, to: number): number | undefined {
  const value = aggregated(cell, rule, from, to);
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

/** The value that a slot gets without one of its own: the last before it, while it holds. A sum has none: nothing came. */
export function heldSample({ count, carry }: Cell, { aggregation, holdMs }: ColumnRule, from: number): Sample | undefined {
  return count === 0 && aggregation !== 'sum' && carry !== undefined && carry.at + holdMs > from ? carry : undefined;
}

function aggregated(cell: Cell, rule: ColumnRule, from: number, to: number): number | undefined {
  if (cell.count === 0) return heldSample(cell, rule, from)?.value;
  switch (rule.aggregation) {
    case 'last':
      return cell.last?.value;
    case 'mean':
      return cell.sum / cell.count;
    case 'min':
      return cell.min;
    case 'max':
      return cell.max;
    case 'sum':
      return cell.sum;
    case 'timeWeightedMean':
      return timeWeightedMean(cell, rule.holdMs, from, to);
  }
}

/** Each value counts for as long as it stood: until the next, the end of the slot, or for as long as it holds. */
function timeWeightedMean({ samples = [], carry, last }: Cell, holdMs: number, from: number, to: number): number | undefined {
  const until = (sample: Sample): number => (holdMs === 0 ? to : sample.at + holdMs);
  let [weighted, weights] = [0, 0];
  const stand = (sample: Sample, begin: number, end: number): void => {
    const weight = Math.min(end, until(sample)) - begin;
    if (weight <= 0) return;
    weighted += sample.value * weight;
    weights += weight;
  };
  const first = samples[0];
  if (first !== undefined && carry !== undefined && holdMs > 0) stand(carry, from, first.at);
  samples.forEach((sample, index) => stand(sample, sample.at, samples[index + 1]?.at ?? to));
  return weights > 0 ? weighted / weights : last?.value;
}

/** Inserts by time, behind those of the same moment. */
function insert(samples: Sample[], sample: Sample): boolean {
  if (samples.length >= MAX_CELL_SAMPLES) return false;
  let index = samples.length;
  while (index > 0 && (samples[index - 1]?.at ?? -Infinity) > sample.at) index -= 1;
  samples.splice(index, 0, sample);
  return true;
}
