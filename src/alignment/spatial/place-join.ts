import type { Geometry } from 'geojson';
import { distanceMeters } from '../../kernel/geo/distance.js';
import { type PreparedGeometry, prepareGeometry } from '../../kernel/geo/prepared-geometry.js';
import type { Place } from '../aggregate/cell.js';

/** A place with its area. */
export interface LocatedPlace {
  readonly id: string;
  readonly area: Geometry;
}

/** How far things are from places. What stands still is measured once. */
export class PlaceJoin {
  private readonly areas: readonly PreparedGeometry[];
  private readonly measured = new Map<string, readonly number[]>();

  constructor(
    readonly places: readonly LocatedPlace[],
    /** Where members stand that do not say it themselves. */
    private readonly standing: ReadonlyMap<string, Geometry>,
  ) {
    this.areas = places.map(({ area }) => prepareGeometry(area));
  }

  /**
   * Meters from each place, 0 within it; undefined when nobody knows where the twin is.
   * @param moved where it said that it was
   */
  metersOf(twin: string, moved?: Place): readonly number[] | undefined {
    if (moved !== undefined) return this.measure({ type: 'Point', coordinates: [...moved] });
    const known = this.measured.get(twin);
    if (known !== undefined) return known;
    const area = this.standing.get(twin);
    if (area === undefined) return undefined;
    const meters = this.measure(area);
    this.measured.set(twin, meters);
    return meters;
  }

  private measure(geometry: Geometry): number[] {
    const prepared = prepareGeometry(geometry);
    return this.areas.map((area) => distanceMeters(area, prepared));
  }
}
