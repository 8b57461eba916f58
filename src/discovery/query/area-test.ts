import type { Geometry } from 'geojson';
import { type BoundingBox, boundingBoxes, boxesOverlap, expandBox } from '../../kernel/geo/bounding-box.js';
import { withinDistance } from '../../kernel/geo/distance.js';
import { intersects } from '../../kernel/geo/intersects.js';
import { prepareGeometry } from '../../kernel/geo/prepared-geometry.js';
import { Container } from '../../kernel/geo/within.js';
import type { AreaLeaf } from './query.js';

/** An area asked for: boxes that overlap whatever can match, and the exact tests. */
export interface AreaTest {
  /** Boxes, one of which every match overlaps. */
  readonly boxes: readonly BoundingBox[];
  /** What the extent alone tells of an area: that it matches, that it does not, or (undefined) nothing. */
  readonly byExtent: (extent: BoundingBox) => boolean | undefined;
  readonly matches: (area: Geometry) => boolean;
}

/** Extents as they are stored may go on beyond longitude 180; these are the boxes, within the usual bounds, that they stand for. */
export function unfold(box: BoundingBox): BoundingBox[] {
  if (box.east <= 180) return [box];
  return [
    { ...box, east: 180 },
    { ...box, west: -180, east: box.east - 360 },
  ];
}

/** The box as a geometry; a point or a line when it is one. */
export function rectangle({ west, south, east, north }: BoundingBox): Geometry {
  if (west === east && south === north) return { type: 'Point', coordinates: [west, south] };
  if (west === east || south === north) return { type: 'LineString', coordinates: [[west, south], [east, north]] }; // prettier-ignore
  return { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }; // prettier-ignore
}

function overlapsAny(boxes: readonly BoundingBox[], extent: BoundingBox): boolean {
  return unfold(extent).some((part) => boxes.some((box) => boxesOverlap(box, part)));
}

/** Prepares the tests of an area criterion. */
export function areaTest({ relation, geometry, meters = 0 }: AreaLeaf): AreaTest {
  const boxes = relation === 'near' ? boundingBoxes(geometry).flatMap((box) => expandBox(box, meters)) : boundingBoxes(geometry);
  const prepared = prepareGeometry(geometry);
  switch (relation) {
    case 'intersects': {
      const container = new Container(geometry);
      return {
        boxes,
        matches: (area) => intersects(area, prepared),
        byExtent: (extent) => {
          if (!overlapsAny(boxes, extent)) return false;
          const parts = unfold(extent).map(rectangle);
          if (!parts.some((part) => intersects(part, prepared))) return false;
          return parts.every((part) => container.holds(part)) ? true : undefined;
        },
      };
    }
    case 'within': {
      const container = new Container(geometry);
      return {
        boxes,
        matches: (area) => container.holds(area),
        byExtent: (extent) => {
          if (!overlapsAny(boxes, extent)) return false;
          return unfold(extent).every((part) => container.holds(rectangle(part))) ? true : undefined;
        },
      };
    }
    case 'contains':
      return {
        boxes,
        matches: (area) => new Container(area).holds(geometry),
        byExtent: (extent) => (overlapsAny(boxes, extent) ? undefined : false),
      };
    case 'near':
      return {
        boxes,
        matches: (area) => withinDistance(area, prepared, meters),
        byExtent: (extent) => (unfold(extent).some((part) => withinDistance(rectangle(part), prepared, meters)) ? undefined : false),
      };
  }
}
