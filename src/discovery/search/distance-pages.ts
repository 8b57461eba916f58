import { Injectable } from '@nestjs/common';
import type { Geometry } from 'geojson';
import { boundingBoxes, expandBox } from '../../kernel/geo/bounding-box.js';
import { distanceMeters } from '../../kernel/geo/distance.js';
import { type PreparedGeometry, prepareGeometry } from '../../kernel/geo/prepared-geometry.js';
import { decodeShape } from '../../kernel/geo/shape-codec.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { SqlConditions } from '../../registry/sql-conditions.js';
import { rectangle, unfold } from '../query/area-test.js';
import { boxesSql } from '../query/compile-leaf.js';
import { type Candidate, CandidateSource, FEW } from './candidates.js';
import { INDEXED_ORDERS } from './order.js';
import type { PageCursor } from './page-cursor.js';
import { type PreparedQuery, QueryEngine } from './query-engine.js';
import { Look, storedArea } from './refinement.js';
import type { SearchPage } from './search-page.js';

/** Twins within the circle that a page needs; pages by distance go no further. */
export const MAX_NEAR = 20_000;
const FIRST_METERS = 500;
const GROWTH = 4;
/** Half the circumference of the Earth: everything. */
const EVERYWHERE = 20_050_000;
const SHAPE_BATCH = 64;
/** Larger pages do without a hint. */
const MAX_HINTED = 120;

interface Measured {
  readonly id: TwinId;
  readonly meters: number;
}

interface Bounded {
  readonly candidate: Candidate;
  /** Nothing of the twin's area is nearer. */
  readonly atLeast: number;
}

function byDistance(a: Measured, b: Measured): number {
  return a.meters - b.meters || (a.id < b.id ? -1 : 1);
}

/**
 * Pages by exact distance. Where matches abound around the place, some near ones tell how far to look; everyone within is measured. Otherwise few
 * matches are measured all. Of many, those whose extent reaches into a circle are, and the circle is widened until a page
 * is full of twins within it: nobody outside can be nearer.
 */
@Injectable()
export class DistancePages {
  constructor(
    private readonly source: CandidateSource,
    private readonly engine: QueryEngine,
  ) {}

  /** @throws InvalidCursor; DomainError `query-too-costly` beyond the nearest 20,000 */
  async page(query: PreparedQuery, origin: Geometry, size: number, cursors: PageCursor, cursor: string | undefined): Promise<SearchPage> {
    const [key] = cursor === undefined ? [] : cursors.read(cursor, 1, true);
    const after = key && { id: key.id as TwinId, meters: Number(key.value) };
    const nearest = await this.nearest(query, origin, size + 1, after);
    const items = nearest.slice(0, size);
    const write = ({ id, meters }: Measured): string => cursors.write({ value: String(meters), id });
    const last = items.at(-1);
    return {
      ids: items.map(({ id }) => id),
      after: (index) =>
        items
          .slice(index, index + 1)
          .map(write)
          .join(''),
      meters: items.map(({ meters }) => meters),
      ...(nearest.length > size && last && { next: write(last) }),
    };
  }

  private async nearest(query: PreparedQuery, origin: Geometry, count: number, after: Measured | undefined): Promise<Measured[]> {
    const prepared = prepareGeometry(origin);
    const hint = after === undefined ? await this.hint(query, origin, prepared, count) : undefined;
    if (hint !== undefined) {
      const some = await this.within(query, origin, hint, MAX_NEAR + 1);
      const found = some.length > MAX_NEAR ? [] : await this.measure(query, some, prepared, count, undefined, hint);
      if (found.length >= count) return found;
    }
    const all = await this.within(query, origin, EVERYWHERE, FEW + 1);
    if (all.length <= FEW) return this.measure(query, all, prepared, count, after, Infinity);
    let [meters, tooFar] = [Math.max(FIRST_METERS, (after?.meters ?? 0) * 1.2), Infinity];
    for (;;) {
      const some = await this.within(query, origin, meters, MAX_NEAR + 1);
      if (some.length > MAX_NEAR) {
        tooFar = meters;
        meters = ((after?.meters ?? 0) + meters) / 2;
        if (tooFar - meters < 1) throw tooDeep();
        continue;
      }
      const found = await this.measure(query, some, prepared, count, after, meters);
      if (found.length >= count || meters >= EVERYWHERE) return found;
      const wider = Math.min(EVERYWHERE, meters * GROWTH, (meters + tooFar) / 2);
      if (wider - meters < 1) throw tooDeep();
      meters = wider;
    }
  }

  /** A distance within which there are `count` matches, where that many stand close together. */
  private async hint(query: PreparedQuery, origin: Geometry, prepared: PreparedGeometry, count: number): Promise<number | undefined> {
    const [box] = boundingBoxes(origin);
    if (box === undefined || count > MAX_HINTED) return undefined;
    const place = [(box.west + box.east) / 2, (box.south + box.north) / 2] as const;
    const some = await this.source.nearby(query.asker, query, { order: INDEXED_ORDERS.id, withArea: true }, place, 2 * count);
    return (await this.measure(query, some, prepared, count, undefined, Infinity))[count - 1]?.meters;
  }

  private within(query: PreparedQuery, origin: Geometry, meters: number, limit: number): Promise<Candidate[]> {
    const boxes = boundingBoxes(origin).flatMap((box) => expandBox(box, meters));
    const also = (where: SqlConditions): string => (meters >= EVERYWHERE ? 't.area_box IS NOT NULL' : boxesSql(where, boxes));
    return this.source.some(query.asker, query, { order: INDEXED_ORDERS.id, also, withArea: true }, limit);
  }

  /** The first `count` after `after` that match and are at most `limit` meters away, nearest first. */
  private async measure(
    query: PreparedQuery,
    candidates: readonly Candidate[],
    origin: PreparedGeometry,
    count: number,
    after: Measured | undefined,
    limit: number,
  ): Promise<Measured[]> {
    const look = new Look();
    const queue: Bounded[] = [];
    for (const candidate of candidates) {
      const atLeast = nearestOfExtent(candidate, origin);
      if (atLeast <= limit) queue.push({ candidate, atLeast });
      await look.breathe();
    }
    queue.sort((a, b) => a.atLeast - b.atLeast);
    const found: Measured[] = [];
    for (let first = 0; first < queue.length; first += SHAPE_BATCH) {
      const reached = queue[first]?.atLeast ?? 0;
      if (found.filter(({ meters }) => meters < reached).length >= count) break;
      if (look.isOver) throw tooDeep();
      const batch = queue.slice(first, first + SHAPE_BATCH).map(({ candidate }) => candidate);
      for (const measured of await this.measureBatch(query, batch, origin)) {
        if (measured.meters <= limit && (after === undefined || byDistance(after, measured) < 0)) found.push(measured);
      }
      await look.breathe();
    }
    return found.sort(byDistance).slice(0, count);
  }

  private async measureBatch(query: PreparedQuery, batch: readonly Candidate[], origin: PreparedGeometry): Promise<Measured[]> {
    const shapes = await this.source.shapes(batch.filter(({ hasShape }) => hasShape).map(({ id }) => id));
    const measured = batch.flatMap((candidate) => {
      const area = storedArea(candidate);
      const shape = shapes.get(candidate.id);
      const geometry = shape === undefined ? area?.point : decodeShape(shape);
      if (geometry === undefined || query.decide(candidate.answers, area, geometry) !== true) return [];
      return [{ id: candidate.id, meters: distanceMeters(geometry, origin) }];
    });
    const ids = measured.map(({ id }) => id);
    // A whole without an area has no place among these, so that its parts keep theirs.
    const covered = await this.engine.covered(query, ids, 't.area_box IS NOT NULL');
    return measured.filter(({ id }) => !covered.has(id));
  }
}

function nearestOfExtent(candidate: Candidate, origin: PreparedGeometry): number {
  const area = storedArea(candidate);
  if (area === null) return Infinity;
  return Math.min(...unfold(area.extent).map((part) => distanceMeters(rectangle(part), origin)));
}

function tooDeep(): DomainError {
  return new DomainError(
    'query-too-costly',
    `Pages by distance reach the nearest ${MAX_NEAR} twins, or as many as can be measured in two seconds; add a criterion.`,
  );
}
