import type { Geometry, Position } from 'geojson';
import { extentOf, type BoundingBox } from './bounding-box.js';
import { EdgeTree } from './edge-tree.js';

/** A polygon's edges within the tree, and its extent. */
export interface PreparedPolygon extends BoundingBox {
  readonly firstEdge: number;
  readonly endEdge: number;
}

/** A geometry made ready for repeated comparison. It is a copy: later changes of the geometry do not show. */
export class PreparedGeometry {
  constructor(
    /** Every edge of every line and ring; a point is an edge without length. */
    readonly edges: EdgeTree,
    readonly polygons: readonly PreparedPolygon[],
    /** One place per connected part, x and y in turn. */
    readonly places: Float64Array,
  ) {}
}

interface Part {
  readonly chains: readonly (readonly Position[])[];
  readonly isPolygon: boolean;
}

function partsOf(geometry: Geometry): Part[] {
  switch (geometry.type) {
    case 'Point':
      return [{ chains: [[geometry.coordinates]], isPolygon: false }];
    case 'MultiPoint':
      return geometry.coordinates.map((position) => ({ chains: [[position]], isPolygon: false }));
    case 'LineString':
      return [{ chains: [geometry.coordinates], isPolygon: false }];
    case 'MultiLineString':
      return geometry.coordinates.map((line) => ({ chains: [line], isPolygon: false }));
    case 'Polygon':
      return [{ chains: geometry.coordinates, isPolygon: true }];
    case 'MultiPolygon':
      return geometry.coordinates.map((rings) => ({ chains: rings, isPolygon: true }));
    case 'GeometryCollection':
      return geometry.geometries.flatMap(partsOf);
  }
}

function firstPlace(part: Part): readonly [number, number] {
  const [x = 0, y = 0] = part.chains[0]?.[0] ?? [];
  return [x, y];
}

/** Neighbours in space become neighbours in the tree: strips from west to east, each from south to north. */
function inStrips(parts: Part[]): Part[] {
  if (parts.length < 3) return parts;
  const sorted = parts.map((part) => ({ part, place: firstPlace(part) })).sort((a, b) => a.place[0] - b.place[0]);
  const width = Math.ceil(Math.sqrt(sorted.length));
  return Array.from({ length: Math.ceil(sorted.length / width) }, (_, i) =>
    sorted.slice(i * width, (i + 1) * width).sort((a, b) => a.place[1] - b.place[1]),
  )
    .flat()
    .map(({ part }) => part);
}

/** Prepares a geometry that parseGeometry accepted. Worth keeping where one geometry is compared with many. */
export function prepareGeometry(geometry: Geometry): PreparedGeometry {
  const parts = inStrips(partsOf(geometry));
  const count = parts.reduce((sum, part) => part.chains.reduce((edges, chain) => edges + Math.max(1, chain.length - 1), sum), 0);
  const coordinates = new Float64Array(4 * count);
  const places = new Float64Array(2 * parts.length);
  const polygons: PreparedPolygon[] = [];
  let edge = 0;
  parts.forEach((part, index) => {
    const firstEdge = edge;
    for (const chain of part.chains) {
      for (let i = 0; i < Math.max(1, chain.length - 1); i++) {
        const [x1 = 0, y1 = 0] = chain[i] ?? [];
        const [x2 = x1, y2 = y1] = chain[i + 1] ?? [];
        coordinates.set([x1, y1, x2, y2], 4 * edge++);
      }
    }
    if (part.isPolygon) polygons.push({ firstEdge, endEdge: edge, ...extentOf(part.chains[0] ?? []) });
    places.set(firstPlace(part), 2 * index);
  });
  return new PreparedGeometry(new EdgeTree(coordinates), polygons, places);
}

/** The geometry itself when it is prepared already. */
export function asPrepared(geometry: Geometry | PreparedGeometry): PreparedGeometry {
  return geometry instanceof PreparedGeometry ? geometry : prepareGeometry(geometry);
}
