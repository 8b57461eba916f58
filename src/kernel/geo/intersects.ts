import type { Geometry } from 'geojson';
import type { EdgeTree } from './edge-tree.js';
import { eastwardRayCrosses, segmentsTouch } from './planar-predicates.js';
import { asPrepared, type PreparedGeometry, type PreparedPolygon } from './prepared-geometry.js';

/** Whether boxes i of a and j of b overlap. */
function boxesMeet(a: Float64Array, i: number, b: Float64Array, j: number): boolean {
  const [p, q] = [4 * i, 4 * j];
  return (
    (a[p] ?? 0) <= (b[q + 2] ?? 0) &&
    (b[q] ?? 0) <= (a[p + 2] ?? 0) &&
    (a[p + 1] ?? 0) <= (b[q + 3] ?? 0) &&
    (b[q + 1] ?? 0) <= (a[p + 3] ?? 0)
  );
}

function leavesTouch(a: EdgeTree, nodeA: number, b: EdgeTree, nodeB: number): boolean {
  for (let i = a.firstEdgeOf(0, nodeA); i < a.endEdgeOf(0, nodeA); i++) {
    const x1 = a.edges[4 * i] ?? 0;
    const y1 = a.edges[4 * i + 1] ?? 0;
    const x2 = a.edges[4 * i + 2] ?? 0;
    const y2 = a.edges[4 * i + 3] ?? 0;
    for (let j = b.firstEdgeOf(0, nodeB); j < b.endEdgeOf(0, nodeB); j++) {
      const k = 4 * j;
      if (segmentsTouch(x1, y1, x2, y2, b.edges[k] ?? 0, b.edges[k + 1] ?? 0, b.edges[k + 2] ?? 0, b.edges[k + 3] ?? 0)) return true;
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
  if ((boxes[4 * node + 1] ?? 0) > y || (boxes[4 * node + 3] ?? 0) < y || (boxes[4 * node + 2] ?? 0) < x) return 0;
  if (level > 0) return crossings(tree, level - 1, 2 * node, polygon, x, y) + crossings(tree, level - 1, 2 * node + 1, polygon, x, y);
  let crossed = 0;
  for (let i = first; i < end; i++) {
    const k = 4 * i;
    if (eastwardRayCrosses(x, y, tree.edges[k] ?? 0, tree.edges[k + 1] ?? 0, tree.edges[k + 2] ?? 0, tree.edges[k + 3] ?? 0)) crossed++;
  }
  return crossed;
}

/** Without edges that touch, a part lies inside a polygon or outside as a whole, so one place of it decides. */
function coversPartOf(outer: PreparedGeometry, inner: PreparedGeometry): boolean {
  for (let i = 0; i < inner.places.length; i += 2) {
    const [x = 0, y = 0] = [inner.places[i], inner.places[i + 1]];
    for (const polygon of outer.polygons) {
      if (x < polygon.west || x > polygon.east || y < polygon.south || y > polygon.north) continue;
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
