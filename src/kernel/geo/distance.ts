import type { Geometry } from 'geojson';
import type { EdgeTree } from './edge-tree.js';
import { geodesicMeters, SMALLEST_RADIUS } from './geodesic.js';
import { intersects } from './intersects.js';
import { asPrepared, type PreparedGeometry } from './prepared-geometry.js';

/*
 * Branch and bound over the two edge trees. Boxes give a lower bound that holds on the ellipsoid, so a pair of nodes that cannot beat the best
 * distance known is left out. The nearest point of an edge is found in a plane whose east-west scale is that of the latitude midway
 * between the point and its foot; the distance is then measured over the ellipsoid. So every result is the distance of two points that
 * belong to the geometries: it may exceed the true minimum slightly, and never falls short of it.
 */

const DEGREE = Math.PI / 180;
const FOOT_ITERATIONS = 4;

function lowerBound(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const aWest = a[4 * i] ?? 0;
  const aSouth = a[4 * i + 1] ?? 0;
  const aEast = a[4 * i + 2] ?? 0;
  const aNorth = a[4 * i + 3] ?? 0;
  const bWest = b[4 * j] ?? 0;
  const bSouth = b[4 * j + 1] ?? 0;
  const bEast = b[4 * j + 2] ?? 0;
  const bNorth = b[4 * j + 3] ?? 0;
  const latitudes = Math.max(0, bSouth - aNorth, aSouth - bNorth);
  const direct = Math.max(0, bWest - aEast, aWest - bEast);
  const around = Math.max(0, 360 - Math.max(aEast, bEast) + Math.min(aWest, bWest));
  const longitudes = Math.min(direct, around);
  const highest = Math.max(-aSouth, aNorth, -bSouth, bNorth);
  const sinLon = Math.cos(highest * DEGREE) * Math.sin((longitudes * DEGREE) / 2);
  const sinLat = Math.sin((latitudes * DEGREE) / 2);
  return 2 * SMALLEST_RADIUS * Math.asin(Math.min(1, Math.sqrt(sinLat ** 2 + sinLon ** 2)));
}

/** From (px, py) to the edge from (x1, y1) to (x2, y2), in meters; the point is looked for on its side of the antimeridian or the other. */
function pointToEdge(px: number, py: number, x1: number, y1: number, x2: number, y2: number): number {
  const turns = Math.round(((x1 + x2) / 2 - px) / 360);
  const x = px + 360 * turns;
  let foot = 0;
  if (x1 !== x2 || y1 !== y2) {
    let footLatitude = Math.min(Math.max(py, Math.min(y1, y2)), Math.max(y1, y2));
    for (let i = 0; i < FOOT_ITERATIONS; i++) {
      const scale = Math.cos(((py + footLatitude) / 2) * DEGREE) ** 2;
      const along = scale * (x - x1) * (x2 - x1) + (py - y1) * (y2 - y1);
      const length = scale * (x2 - x1) ** 2 + (y2 - y1) ** 2;
      foot = length === 0 ? 0 : Math.min(1, Math.max(0, along / length));
      footLatitude = y1 + foot * (y2 - y1);
    }
  }
  return geodesicMeters(x, py, x1 + foot * (x2 - x1), y1 + foot * (y2 - y1));
}

class NearestSearch {
  constructor(
    private readonly a: EdgeTree,
    private readonly b: EdgeTree,
    /** Distances above this are of no interest. */
    public best: number,
    /** A distance up to this is good enough to stop. */
    private readonly enough: number,
  ) {}

  run(): number {
    this.visit(this.a.topLevel, 0, this.b.topLevel, 0);
    return this.best;
  }

  private bound(levelA: number, nodeA: number, levelB: number, nodeB: number): number {
    return lowerBound(this.a.boxes(levelA), nodeA, this.b.boxes(levelB), nodeB);
  }

  private visit(levelA: number, nodeA: number, levelB: number, nodeB: number): void {
    if (levelA === 0 && levelB === 0) {
      this.compareLeaves(nodeA, nodeB);
      return;
    }
    const splitA = levelA >= levelB;
    const [level, node, tree] = splitA ? [levelA - 1, nodeA, this.a] : [levelB - 1, nodeB, this.b];
    const children: { child: number; bound: number }[] = [];
    for (let child = 2 * node; child < Math.min(2 * node + 2, tree.nodeCount(level)); child++) {
      children.push({ child, bound: splitA ? this.bound(level, child, levelB, nodeB) : this.bound(levelA, nodeA, level, child) });
    }
    children.sort((left, right) => left.bound - right.bound);
    for (const { child, bound } of children) {
      if (bound >= this.best || this.best <= this.enough) return;
      if (splitA) this.visit(level, child, levelB, nodeB);
      else this.visit(levelA, nodeA, level, child);
    }
  }

  private compareLeaves(nodeA: number, nodeB: number): void {
    for (let i = this.a.firstEdgeOf(0, nodeA); i < this.a.endEdgeOf(0, nodeA); i++) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = this.a.edges.subarray(4 * i, 4 * i + 4);
      for (let j = this.b.firstEdgeOf(0, nodeB); j < this.b.endEdgeOf(0, nodeB); j++) {
        const [u1 = 0, v1 = 0, u2 = 0, v2 = 0] = this.b.edges.subarray(4 * j, 4 * j + 4);
        this.best = Math.min(
          this.best,
          pointToEdge(x1, y1, u1, v1, u2, v2),
          pointToEdge(x2, y2, u1, v1, u2, v2),
          pointToEdge(u1, v1, x1, y1, x2, y2),
          pointToEdge(u2, v2, x1, y1, x2, y2),
        );
      }
    }
  }
}

/**
 * The smallest distance between two geometries in meters over the WGS 84 ellipsoid, 0 when they intersect, across the antimeridian too. Edges are
 * straight in longitude and latitude. Within 0.5 % up to some 200 km where latitudes stay below 80°; farther away or nearer a pole the
 * result is an upper bound, and between points it is good everywhere.
 */
export function distanceMeters(a: Geometry | PreparedGeometry, b: Geometry | PreparedGeometry): number {
  const [first, second] = [asPrepared(a), asPrepared(b)];
  return intersects(first, second) ? 0 : new NearestSearch(first.edges, second.edges, Infinity, 0).run();
}

/** True when the geometries are at most `meters` apart, as distanceMeters measures. Stops looking at the first pair near enough. */
export function withinDistance(a: Geometry | PreparedGeometry, b: Geometry | PreparedGeometry, meters: number): boolean {
  const [first, second] = [asPrepared(a), asPrepared(b)];
  if (intersects(first, second)) return meters >= 0;
  const beyond = meters * (1 + Number.EPSILON) + Number.MIN_VALUE;
  return new NearestSearch(first.edges, second.edges, beyond, meters).run() <= meters;
}
