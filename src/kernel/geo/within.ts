import type { Geometry, Position } from 'geojson';
import { boundingBox, extentOf, type BoundingBox, boxesOverlap } from './bounding-box.js';
import { orientation, sideOfRing } from './planar-predicates.js';

/*
 * `inner` lies within `outer` when no part of it is outside. Its edges are cut where they meet those of `outer`; a piece is then inside, outside or along
 * the border as a whole, and its middle tells. Nothing of the outside can then be left but a hole that lies wholly within a polygon of `inner`,
 * which shows by an edge of `outer` inside it.
 */

type Ring = readonly Position[];
type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

interface Shape {
  readonly points: readonly Position[];
  readonly lines: readonly (readonly Position[])[];
  readonly polygons: readonly { readonly rings: readonly Ring[]; readonly box: BoundingBox }[];
}

function shapeOf(geometry: Geometry): Shape {
  const points: Position[] = [];
  const lines: Position[][] = [];
  const polygons: { rings: Ring[]; box: BoundingBox }[] = [];
  const addPolygon = (rings: Ring[]): void => {
    polygons.push({ rings, box: extentOf(rings[0] ?? []) });
  };
  const visit = (part: Geometry): void => {
    switch (part.type) {
      case 'Point':
        points.push(part.coordinates);
        break;
      case 'MultiPoint':
        points.push(...part.coordinates);
        break;
      case 'LineString':
        lines.push(part.coordinates);
        break;
      case 'MultiLineString':
        lines.push(...part.coordinates);
        break;
      case 'Polygon':
        addPolygon(part.coordinates);
        break;
      case 'MultiPolygon':
        part.coordinates.forEach(addPolygon);
        break;
      case 'GeometryCollection':
        part.geometries.forEach(visit);
    }
  };
  visit(geometry);
  return { points, lines, polygons };
}

function segmentsOf(chain: readonly Position[]): Segment[] {
  return chain.slice(1).map(([x2 = 0, y2 = 0], i) => {
    const [x1 = 0, y1 = 0] = chain[i] ?? [];
    return [x1, y1, x2, y2];
  });
}

function isOn([x1, y1, x2, y2]: Segment, x: number, y: number): boolean {
  return (
    x >= Math.min(x1, x2) &&
    x <= Math.max(x1, x2) &&
    y >= Math.min(y1, y2) &&
    y <= Math.max(y1, y2) &&
    orientation(x1, y1, x2, y2, x, y) === 0
  );
}

/** An outer geometry, ready to be asked about many inner ones. */
export class Container {
  private readonly shape: Shape;
  private readonly edges: Segment[];
  private readonly box: BoundingBox;

  constructor(outer: Geometry) {
    this.shape = shapeOf(outer);
    this.edges = [...this.shape.polygons.flatMap(({ rings }) => rings.flatMap(segmentsOf)), ...this.shape.lines.flatMap(segmentsOf)];
    this.box = boundingBox(outer);
  }

  /** Whether every point of `inner` belongs to the outer geometry, borders included. In the plane of longitude and latitude. */
  holds(inner: Geometry): boolean {
    const extent = boundingBox(inner);
    const { west, south, east, north } = this.box;
    if (extent.west < west || extent.south < south || extent.east > east || extent.north > north) return false;
    const { points, lines, polygons } = shapeOf(inner);
    return (
      points.every(([x = 0, y = 0]) => this.hasPoint(x, y)) &&
      lines.every((line) => segmentsOf(line).every((segment) => this.hasSegment(segment))) &&
      polygons.every(({ rings, box }) => this.hasPolygon(rings, box))
    );
  }

  private hasPoint(x: number, y: number): boolean {
    return (
      this.shape.points.some((point) => point[0] === x && point[1] === y) ||
      this.edges.some((edge) => isOn(edge, x, y)) ||
      this.isInside(x, y)
    );
  }

  private isInside(x: number, y: number): boolean {
    return this.shape.polygons.some(({ rings, box }) => {
      if (x < box.west || x > box.east || y < box.south || y > box.north) return false;
      const [shell = [], ...holes] = rings;
      return sideOfRing(shell, x, y) !== 'outside' && holes.every((hole) => sideOfRing(hole, x, y) !== 'inside');
    });
  }

  /** Cuts the segment where it meets an edge; each piece lies along an edge, or its middle is inside a polygon. */
  private hasSegment(segment: Segment): boolean {
    const [x1, y1, x2, y2] = segment;
    if (x1 === x2 && y1 === y2) return this.hasPoint(x1, y1);
    const isFlat = Math.abs(x2 - x1) < Math.abs(y2 - y1);
    const along = (x: number, y: number): number => (isFlat ? (y - y1) / (y2 - y1) : (x - x1) / (x2 - x1));
    const cuts = [0, 1];
    const beside: [number, number][] = [];
    const extent = extentOf([[x1, y1], [x2, y2]]); // prettier-ignore
    for (const edge of this.edges) {
      const [u1, v1, u2, v2] = edge;
      if (!boxesOverlap(extent, extentOf([[u1, v1], [u2, v2]]))) continue; // prettier-ignore
      const [from, to] = [orientation(x1, y1, x2, y2, u1, v1), orientation(x1, y1, x2, y2, u2, v2)];
      if (from === 0 && to === 0) {
        const [start, end] = [along(u1, v1), along(u2, v2)].sort((a, b) => a - b);
        beside.push([start ?? 0, end ?? 0]);
        cuts.push(start ?? 0, end ?? 0);
      } else if (from === 0) cuts.push(along(u1, v1));
      else if (to === 0) cuts.push(along(u2, v2));
      else if (from > 0 !== to > 0) {
        const share = from / (from - to);
        cuts.push(along(u1 + share * (u2 - u1), v1 + share * (v2 - v1)));
      }
    }
    const places = cuts.filter((cut) => cut >= 0 && cut <= 1).sort((a, b) => a - b);
    return places.every((end, i) => {
      const start = places[i - 1];
      if (start === undefined || end - start < 1e-12) return true;
      const middle = (start + end) / 2;
      if (beside.some(([first, last]) => first <= middle && middle <= last)) return true;
      return this.isInside(x1 + middle * (x2 - x1), y1 + middle * (y2 - y1));
    });
  }

  private hasPolygon(rings: readonly Ring[], box: BoundingBox): boolean {
    if (this.shape.polygons.length === 0 || !rings.every((ring) => segmentsOf(ring).every((segment) => this.hasSegment(segment))))
      return false;
    const inner = new Container({ type: 'Polygon', coordinates: rings as Position[][] });
    return this.shape.polygons.every((polygon, index) =>
      polygon.rings.every((ring) => segmentsOf(ring).every((edge) => !this.opensInto(edge, index, inner, box))),
    );
  }

  /** Whether an edge runs through the inside of `inner` with the outside of this geometry on one of its sides. */
  private opensInto([x1, y1, x2, y2]: Segment, own: number, inner: Container, box: BoundingBox): boolean {
    if (!boxesOverlap(box, extentOf([[x1, y1], [x2, y2]]))) return false; // prettier-ignore
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const [ring = []] = inner.shape.polygons[0]?.rings ?? [];
    const isDeepInside = sideOfRing(ring, x, y) === 'inside' && inner.isInside(x, y) && !inner.edges.some((edge) => isOn(edge, x, y));
    if (!isDeepInside) return false;
    return !this.shape.polygons.some(
      ({ rings }, index) => index !== own && rings.some((other) => segmentsOf(other).some((edge) => isOn(edge, x, y))),
    );
  }
}
