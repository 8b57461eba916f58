import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Geometry } from 'geojson';
import { decodeShape } from '../../kernel/geo/shape-codec.js';
import type { TwinId } from '../../kernel/ids.js';
import type { CompiledQuery, StoredArea } from '../query/compile-query.js';
import type { Candidate } from './candidates.js';

/** Milliseconds of geometry between two chances for other requests. */
const LONGEST_BREATH_MS = 10;
/** Milliseconds after which a request answers with what it has found, and a cursor to go on. */
const LONGEST_LOOK_MS = 2_000;
/** Geometries fetched together. */
const SHAPE_BATCH = 100;

/** How long a request has looked at geometries, and whether it should go on. */
export class Look {
  private readonly start = performance.now();
  private breath = this.start;

  get isOver(): boolean {
    return performance.now() - this.start > LONGEST_LOOK_MS;
  }

  /** Lets other requests have their turn, now and then. */
  async breathe(): Promise<void> {
    if (performance.now() - this.breath < LONGEST_BREATH_MS) return;
    await setImmediate();
    this.breath = performance.now();
  }
}

/** A box as PostgreSQL writes it, `(east,north),(west,south)`. */
export function readBox(text: string): StoredArea['extent'] {
  const [east = 0, north = 0, west = 0, south = 0] = text.replace(/[()]/g, '').split(',').map(Number);
  return { west, south, east, north };
}

/** What the row of a candidate tells of its area. */
export function storedArea({ box, hasShape }: Pick<Candidate, 'box' | 'hasShape'>): StoredArea | null {
  if (box === null) return null;
  const extent = readBox(box);
  return hasShape ? { extent } : { extent, point: { type: 'Point', coordinates: [extent.west, extent.south] } };
}

/** A candidate, and whether it matches. */
export interface Judged {
  readonly candidate: Candidate;
  readonly matches: boolean;
}

/** Reads geometries that were asked for, in batches. */
export type ShapeReader = (ids: readonly TwinId[]) => Promise<Map<TwinId, Buffer>>;

/**
 * The candidates that match, one by one in the order given. Extents decide on most of them; the geometries of the rest are read in batches.
 */
export async function* refine(
  query: CompiledQuery,
  candidates: readonly Candidate[],
  shapes: ShapeReader,
  look: Look,
): AsyncGenerator<Judged> {
  for (let first = 0; first < candidates.length; first += SHAPE_BATCH) {
    const judged = candidates.slice(first, first + SHAPE_BATCH).map((candidate) => {
      const area = query.hasAreas ? storedArea(candidate) : null;
      return { candidate, area, verdict: query.hasAreas ? query.decide(candidate.answers, area) : true };
    });
    const open = judged.filter(({ verdict }) => verdict === undefined).map(({ candidate }) => candidate.id);
    const read = await shapes(open);
    for (const { candidate, area, verdict } of judged) {
      if (verdict !== undefined) {
        yield { candidate, matches: verdict };
        continue;
      }
      const shape = read.get(candidate.id);
      const geometry: Geometry | undefined = shape && decodeShape(shape);
      yield { candidate, matches: geometry !== undefined && query.decide(candidate.answers, area, geometry) === true };
      await look.breathe();
    }
    await look.breathe();
  }
}
