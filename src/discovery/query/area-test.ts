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

/** The box that a polygon is, if its sides run along the axes: what is asked for most often. */
function boxOf(geometry: Geometry): BoundingBox | undefined {
  const [box, other] = boundingBoxes(geometry);
  if (geometry.type !== 'Polygon' || geometry.coordinates.length !== 1 || box === undefined || other !== undefined) return undefined;
  const ring = geometry.coordinates[0] ?? [];
  const isCorner = ([x, y]: readonly number[]): boolean => (x === box.west || x === box.east) && (y === box.south || y === box.north);
  const isAlongAxes = ring.every(([x, y], i) => i === 0 || (x === ring[i - 1]?.[0]) !== (y === ring[i - 1]?.[1]));
  return ring.length === 5 && ring.every(isCorner) && isAlongAxes ? box : undefined;
}

function holds(box: BoundingBox, part: BoundingBox): boolean {
  return box.west <= part.west && part.east <= box.east && box.south <= part.south && part.north <= box.north;
}

/** The tests that comparing numbers can answer, of an area that is a box; the others are as they are. */
function boxTest(box: BoundingBox, { boxes, matches }: AreaTest): AreaTest {
  return {
    boxes,
    matches: (area) => {
      if (area.type !== 'Point') return matches(area);
      const [x = 0, y = 0] = area.coordinates;
      return holds(box, { west: x, east: x, south: y, north: y });
    },
    byExtent: (extent) => {
      const parts = unfold(extent);
      if (!parts.some((part) => boxesOverlap(box, part))) return false;
      return parts.every((part) => holds(box, part)) ? true : undefined;
    },
  };
}

/** Prepares the tests of an area criterion. */
export function areaTest(leaf: AreaLeaf): AreaTest {
  const box = leaf.relation === 'intersects' || leaf.relation === 'within' ? boxOf(leaf.geometry) : undefined;
  return box === undefined ? generalTest(leaf) : boxTest(box, generalTest(leaf));
}

function generalTest({ relation, geometry, meters = 0 }: AreaLeaf): AreaTest {
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
