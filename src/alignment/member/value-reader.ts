import type { Units } from '../../dictionary/unit/units.js';
import type { StreamRow } from '../../exchange/log/stream-reader.js';
import { readInstant } from '../../registry/instant.js';
import type { Place, Sample } from '../aggregate/cell.js';
import type { ViewColumn } from '../view/view.js';
import type { Member } from './member.js';
import { pointerSteps } from './source-unit.js';

/** Beyond this nothing is summed up safely. */
const LARGEST = 1e290;

/** A message of a stream, read once for all columns that want something of it. */
export class PublishedValue {
  /** When the message says it was observed, or else was accepted; epoch ms. */
  readonly observedAt: number;
  private parsed?: { value: unknown };

  constructor(private readonly row: StreamRow) {
    const { data } = JSON.parse(row.envelope) as { data: { observedAt?: string } };
    const observed = data.observedAt === undefined ? NaN : Date.parse(data.observedAt);
    this.observedAt = Number.isNaN(observed) ? row.acceptedAt.getTime() : observed;
  }

  /** What lies at a place of the payload. */
  at(steps: readonly string[]): unknown {
    this.parsed ??= { value: this.row.payload === null ? undefined : (JSON.parse(this.row.payload) as unknown) };
    let { value } = this.parsed;
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string, unknown>)[step];
    }
    return value;
  }
}

/** Finds the value of one member in what its feature publishes. */
export class ValueReader {
  readonly twin: string;
  readonly column: number;
  private readonly value: readonly string[];
  private readonly time?: readonly string[];
  private readonly place?: readonly string[];
  private readonly conversion?: { readonly from: string; readonly to: string };

  constructor(
    { twin, column, unit }: Member,
    { pointer, timePointer, placePointer, unit: target }: ViewColumn,
    private readonly units: Units,
  ) {
    this.twin = twin;
    this.column = column;
    this.value = pointerSteps(pointer);
    if (timePointer !== undefined) this.time = pointerSteps(timePointer);
    if (placePointer !== undefined) this.place = pointerSteps(placePointer);
    if (unit !== undefined && target !== undefined) this.conversion = { from: unit, to: target };
  }

  /** The value in the unit of the column; undefined when there is no number, or it has no counterpart. */
  read(published: PublishedValue): Sample | undefined {
    const found = published.at(this.value);
    if (typeof found !== 'number' || !(Math.abs(found) <= LARGEST)) return undefined;
    const value = this.converted(found);
    if (value === undefined) return undefined;
    const told = this.time === undefined ? undefined : readInstant(published.at(this.time));
    const at = told === undefined ? published.observedAt : Date.parse(told);
    const place = this.place === undefined ? undefined : placeOf(published.at(this.place));
    return place === undefined ? { at, value } : { at, value, place };
  }

  private converted(value: number): number | undefined {
    if (this.conversion === undefined) return value;
    try {
      const result = this.units.convert(value, this.conversion.from, this.conversion.to);
      return Math.abs(result) <= LARGEST ? result : undefined;
    } catch {
      // The level of a negative power, for one.
      return undefined;
    }
  }
}

/** A GeoJSON point, or longitude and latitude. */
function placeOf(found: unknown): Place | undefined {
  const pair: unknown = typeof found === 'object' && found !== null && 'coordinates' in found ? found.coordinates : found;
  if (!Array.isArray(pair)) return undefined;
  const [longitude, latitude] = pair as unknown[];
  if (typeof longitude !== 'number' || typeof latitude !== 'number') return undefined;
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 ? [longitude, latitude] : undefined;
}
