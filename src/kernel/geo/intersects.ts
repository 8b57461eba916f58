import type { Geometry } from 'geojson';
import type { EdgeTree } from './edge-tree.js';
import { eastwardRayCrosses, segmentsTouch } from './planar-predicates.js';
import { asPrepared, type PreparedGeometry, type PreparedPolygon } from './prepared-geometry.js';

function boxesMeet(a: Float64Array, i: number, b: Float64Array, j: number): boolean {
  const [aWest = 0, aSouth = 0, aEast = 0, aNorth = 0] = [a[4 * i], a[4 * i + 1], a[4 * i + 2], a[4 * i + 3]];
  const [bWest = 0, bSouth = 0, bEast = 0, bNorth = 0] = [b[4 * j], b[4 * j + 1], b[4 * j + 2], b[4 * j + 3]];
  return aWest <= bEast && bWest <= aEast && aSouth <= bNorth && bSouth <= aNorth;
}

function leavesTouch(a: EdgeTree, nodeA: number, b: EdgeTree, nodeB: number): boolean {
  for (let i = a.firstEdgeOf(0, nodeA); i < a.endEdgeOf(0, nodeA); i++) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [a.edges[4 * i], a.edges[4 * i + 1], a.edges[4 * i + 2], a.edges[4 * i + 3]];
    for (let j = b.firstEdgeOf(0, nodeB); j < b.endEdgeOf(0, nodeB); j++) {
      const [u1 = 0, v1 = 0, u2 = 0, v2 = 0] = [b.edges[4 * j], b.edges[4 * j + 1], b.edges[4 * j + 2], b.edges[4 * j + 3]];
      if (segmentsTouch(x1, y1, x2, y2, u1, v1, u2, v2)) return true;
    }
  }
  return false;
}

function edgesTouch(a: EdgeTree, levelA: number, nodeA: number, b: EdgeTree, levelB: number, nodeB: number): boolean {
  if (!boxesMeet(a.boxes(levelA), nodeA, b.boxes(levelB), nodeB)) return false;
  if (levelA === 0 && levelB === 0) return leavesTouch(a, nodeA, b, nodeB);
  if (levelA >= levelB) {
    for (let child = 2 * nodeA; child < Math.min(2 * nodeA + 2, a.nodeCount(levelA - 1)); child++) {
      if (edgesTouch(a, levelA - 1, child, b, levelB, nodeB)) return true;
    }
    return false;
  }
  return edgesTouch(b, levelB, nodeB, a, levelA, nodeA);
}

/** Edges of the polygon below a node that a ray from (x, y) towards the east crosses. */
function crossings(tree: EdgeTree, level: number, node: number, polygon: PreparedPolygon, x: number, y: number): number {
  const first = Math.max(polygon.firstEdge, tree.firstEdgeOf(level, node));
  const end = Math.min(polygon.endEdge, tree.endEdgeOf(level, node));
  if (first >= end) return 0;
  const boxes = tree.boxes(level);
  const [south = 0, east = 0, north = 0] = [boxes[4 * node + 1], boxes[4 * node + 2], boxes[4 * node + 3]];
  if (south > y || north < y || east < x) return 0;
  if (level > 0) return crossings(tree, level - 1, 2 * node, polygon, x, y) + crossings(tree, level - 1, 2 * node + 1, polygon, x, y);
  let crossed = 0;
  for (let i = first; i < end; i++) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [tree.edges[4 * i], tree.edges[4 * i + 1], tree.edges[4 * i + 2], tree.edges[4 * i + 3]];
    if (eastwardRayCrosses(x, y, x1, y1, x2, y2)) crossed++;
  }
  return crossed;
}

/** Without edges that touch, a part lies inside a polygon or outside as a whole, so one place of it decides. */
function coversPartOf(outer: PreparedGeometry, inner: PreparedGeometry): boolean {
  for (let i = 0; i < inner.places.length; i += 2) {
    const [x = 0, y = 0] = [inner.places[i], inner.places[i + 1]];
    for (const polygon of outer.polygons) {
      if (crossings(outer.edges, outer.edges.topLevel, 0, polygon, x, y) % 2 === 1) return true;
    }
  }
  return false;
}

/**
 * True when two geometries share a point. Exact, in the plane of longitude and latitude with straight edges (RFC 7946 §3.1.1) and coordinates as
 * given: boundaries belong to their geometry, holes do not, a collection is any of its parts. Nothing is seen across the antimeridian:
 * longitude 180 and -180 are different places here (distanceMeters knows they are one).
 */
export function intersects(a: Geometry | PreparedGeometry, b: Geometry | PreparedGeometry): boolean {
  const [first, second] = [asPrepared(a), asPrepared(b)];
  const [topA, topB] = [first.edges.topLevel, second.edges.topLevel];
  if (!boxesMeet(first.edges.boxes(topA), 0, second.edges.boxes(topB), 0)) return false;
  return edgesTouch(first.edges, topA, 0, second.edges, topB, 0) || coversPartOf(first, second) || coversPartOf(second, first);
}
