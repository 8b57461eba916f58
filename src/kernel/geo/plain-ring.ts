import type { Position } from 'geojson';
import { orientation } from './planar-predicates.js';

/** Pairs of edges that are looked at, per edge; a ring that asks for more is left to the sweep. */
const MOST_PAIRS = 64;

/**
 * Whether a closed ring plainly has no two edges in common but at their shared ends: true for most rings of the world, at a tenth of the cost of the
 * sweep. False says nothing: touching, folded, flat or very entangled rings take a closer look.
 */
export function isPlainlySimple(ring: readonly Position[]): boolean {
  const count = ring.length - 1;
  const [west, east, low, high] = [0, 0, 0, 0].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < count; i++) {
    const [ax = 0, ay = 0] = ring[i] ?? [];
    const [bx = 0, by = 0] = ring[i + 1] ?? [];
    if (ax === bx && ay === by) return false;
    west[i] = Math.min(ax, bx);
    east[i] = Math.max(ax, bx);
    low[i] = Math.min(ay, by);
    high[i] = Math.max(ay, by);
  }
  const order = Array.from(west.keys()).sort((i, j) => (west[i] ?? 0) - (west[j] ?? 0));
  let pairs = count * MOST_PAIRS;
  for (let at = 0; at < count; at++) {
    const i = order[at] ?? 0;
    const [reach, bottom, top] = [east[i] ?? 0, low[i] ?? 0, high[i] ?? 0];
    for (let next = at + 1; next < count; next++) {
      const j = order[next] ?? 0;
      if ((west[j] ?? 0) > reach) break;
      if (--pairs < 0) return false;
      if ((low[j] ?? 0) > top || (high[j] ?? 0) < bottom) continue;
      if (!areApart(ring, i, j, count)) return false;
    }
  }
  return true;
}

function side(ring: readonly Position[], edge: number, vertex: number): number {
  const [ax = 0, ay = 0] = ring[edge] ?? [];
  const [bx = 0, by = 0] = ring[edge + 1] ?? [];
  const [x = 0, y = 0] = ring[vertex] ?? [];
  return orientation(ax, ay, bx, by, x, y);
}

/** Neighbours are apart when they turn; others when one lies wholly on one side of the other. */
function areApart(ring: readonly Position[], i: number, j: number, count: number): boolean {
  if ((i + 1) % count === j) return side(ring, i, j + 1) !== 0;
  if ((j + 1) % count === i) return side(ring, j, i + 1) !== 0;
  return side(ring, i, j) * side(ring, i, j + 1) > 0 || side(ring, j, i) * side(ring, j, i + 1) > 0;
}
