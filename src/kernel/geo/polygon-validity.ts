import type { Position } from 'geojson';
import { boxesOverlap, extentOf } from './bounding-box.js';
import { GeometryRefused } from './geometry-refused.js';
import { isPlainlySimple } from './plain-ring.js';
import { orientation, sideOfRing } from './planar-predicates.js';
import { findRingConflict, type RingConflict } from './ring-sweep.js';

function refuseFlatRing(ring: readonly Position[], pointer: string): void {
  const [x1 = 0, y1 = 0] = ring[0] ?? [];
  const [x2 = 0, y2 = 0] = ring.find(([x, y]) => x !== x1 || y !== y1) ?? [x1, y1];
  if (ring.every(([x = 0, y = 0]) => orientation(x1, y1, x2, y2, x, y) === 0)) {
    throw new GeometryRefused(pointer, 'the ring encloses no area');
  }
}

function describe(conflict: RingConflict): string {
  const place = `near [${conflict.at[0]}, ${conflict.at[1]}]`;
  switch (conflict.kind) {
    case 'crosses-itself':
      return `the ring crosses or overlaps itself ${place}`;
    case 'touches-itself':
      return `the ring touches itself ${place}`;
    case 'crosses-ring':
      return `the ring crosses or overlaps ring ${conflict.other} ${place}`;
    case 'cuts-interior':
      return `rings touch in more than one place and cut the polygon into pieces ${place}`;
  }
}

/** The ring has at most one place in common with the other, so one position off its boundary tells for all. */
function liesWithin(ring: readonly Position[], other: readonly Position[]): boolean {
  for (const [x = 0, y = 0] of ring) {
    const side = sideOfRing(other, x, y);
    if (side !== 'boundary') return side === 'inside';
  }
  return true;
}

function refuseMisplacedHoles(rings: readonly (readonly Position[])[], pointer: string): void {
  const [shell = [], ...holes] = rings;
  const extents = holes.map((ring, i) => ({ ring, pointer: `${pointer}/${i + 1}`, ...extentOf(ring) }));
  for (const hole of extents) {
    if (!liesWithin(hole.ring, shell)) throw new GeometryRefused(hole.pointer, 'the hole lies outside its shell');
  }
  extents.sort((a, b) => a.west - b.west || b.east - a.east);
  extents.forEach((outer, i) => {
    for (let j = i + 1; j < extents.length; j++) {
      const inner = extents[j];
      if (!inner || inner.west > outer.east) break;
      if (inner.east <= outer.east && boxesOverlap(inner, outer) && liesWithin(inner.ring, outer.ring)) {
        throw new GeometryRefused(inner.pointer, 'the hole lies inside another hole');
      }
    }
  });
}

function isCounterClockwise(ring: readonly Position[]): boolean {
  const corners = ring.slice(1).filter(([x, y], i) => x !== ring[i]?.[0] || y !== ring[i]?.[1]);
  let extreme = 0;
  corners.forEach(([x = 0, y = 0], i) => {
    const [ex = 0, ey = 0] = corners[extreme] ?? [];
    if (x < ex || (x === ex && y < ey)) extreme = i;
  });
  const [ax = 0, ay = 0] = corners.at(extreme - 1) ?? [];
  const [bx = 0, by = 0] = corners[extreme] ?? [];
  const [cx = 0, cy = 0] = corners[(extreme + 1) % corners.length] ?? [];
  return orientation(ax, ay, bx, by, cx, cy) > 0;
}

/**
 * The rings of a polygon, checked to bound one connected area and turned to the right-hand rule (shell counter-clockwise, holes clockwise; RFC 7946
 * §3.1.6). The rings are closed, with at least four positions each. Throws GeometryRefused, `pointer` being that of the ring array.
 */
export function soundPolygon(rings: readonly Position[][], pointer: string): Position[][] {
  rings.forEach((ring, i) => {
    refuseFlatRing(ring, `${pointer}/${i}`);
  });
  const [shell = []] = rings;
  const conflict = rings.length === 1 && isPlainlySimple(shell) ? undefined : findRingConflict(rings);
  if (conflict) throw new GeometryRefused(`${pointer}/${conflict.ring}`, describe(conflict));
  refuseMisplacedHoles(rings, pointer);
  return rings.map((ring, i) => (isCounterClockwise(ring) === (i === 0) ? ring : ring.toReversed()));
}
