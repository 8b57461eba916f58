import { orientation } from './planar-predicates.js';

/*
 * A plane sweep (Shamos and Hoey 1976) over the rings of one polygon, O(n log n) comparisons. Vertices are visited from west to east (ties: south to
 * north); the edges under the sweep line are kept in order from south to north, and only edges that become neighbours are compared. The
 * sweep stops at the first crossing, so that the order it relies on is never wrong. Edges leave before others enter at the same vertex:
 * vertices shared by rings show as more than two edge ends in one place.
 */

type Vertex = readonly number[];

interface Edge {
  readonly ring: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** What keeps rings from bounding an area: `ring`, the higher of the two rings met, and `at`, a position of it where it goes wrong. */
export interface RingConflict {
  readonly kind: 'crosses-itself' | 'touches-itself' | 'crosses-ring' | 'cuts-interior';
  readonly ring: number;
  readonly other: number;
  readonly at: readonly [number, number];
}

class ConflictFound extends Error {
  constructor(readonly conflict: RingConflict) {
    super(conflict.kind);
  }
}

function conflict(kind: 'crosses' | 'touches-itself' | 'cuts-interior', a: number, b: number, x: number, y: number): ConflictFound {
  const resolved = kind === 'crosses' ? (a === b ? 'crosses-itself' : 'crosses-ring') : kind;
  return new ConflictFound({ kind: resolved, ring: Math.max(a, b), other: Math.min(a, b), at: [x, y] });
}

function before(ax: number, ay: number, bx: number, by: number): boolean {
  return ax < bx || (ax === bx && ay < by);
}

function edgesOf(ring: readonly Vertex[], index: number): Edge[] {
  const edges: Edge[] = [];
  for (let i = 1; i < ring.length; i++) {
    const [ax = 0, ay = 0] = ring[i - 1] ?? [];
    const [bx = 0, by = 0] = ring[i] ?? [];
    if (ax === bx && ay === by) continue;
    const forward = before(ax, ay, bx, by);
    edges.push({
      ring: index,
      x1: forward ? ax : bx,
      y1: forward ? ay : by,
      x2: forward ? bx : ax,
      y2: forward ? by : ay,
    });
  }
  return edges;
}

/** Places where different rings touch, and the rings that meet there. */
class Touches {
  private readonly places = new Map<string, { x: number; y: number; rings: Set<number> }>();

  add(x: number, y: number, a: number, b: number): void {
    if (a === b) throw conflict('touches-itself', a, b, x, y);
    const key = `${x},${y}`;
    const place = this.places.get(key);
    if (place) place.rings.add(a).add(b);
    else this.places.set(key, { x, y, rings: new Set([a, b]) });
  }

  /** Rings and the places they meet form a forest exactly when the interior stays in one piece. */
  refuseCycles(rings: number): void {
    const parent = Array.from({ length: rings + this.places.size }, (_, i) => i);
    const find = (node: number): number => {
      let root = node;
      for (let up = parent[root] ?? root; up !== root; up = parent[root] ?? root) {
        parent[root] = parent[up] ?? up;
        root = up;
      }
      return root;
    };
    let place = rings;
    for (const { x, y, rings: met } of this.places.values()) {
      for (const ring of met) {
        const [a, b] = [find(ring), find(place)];
        if (a === b) throw conflict('cuts-interior', Math.max(...met), Math.min(...met), x, y);
        parent[a] = b;
      }
      place++;
    }
  }
}

/** Positive when the later edge lies north of the earlier one where it begins; both are under the sweep line, and have not crossed. */
function northOf(later: Edge, earlier: Edge): number {
  return (
    orientation(earlier.x1, earlier.y1, earlier.x2, earlier.y2, later.x1, later.y1) ||
    orientation(earlier.x1, earlier.y1, earlier.x2, earlier.y2, later.x2, later.y2)
  );
}

function order(a: Edge, b: Edge): number {
  return before(a.x1, a.y1, b.x1, b.y1) ? -northOf(b, a) : northOf(a, b);
}

function compareNeighbours(s: Edge | undefined, t: Edge | undefined, touches: Touches): void {
  if (!s || !t) return;
  const t1 = orientation(s.x1, s.y1, s.x2, s.y2, t.x1, t.y1);
  const t2 = orientation(s.x1, s.y1, s.x2, s.y2, t.x2, t.y2);
  if ((t1 > 0 && t2 > 0) || (t1 < 0 && t2 < 0)) return;
  const s1 = orientation(t.x1, t.y1, t.x2, t.y2, s.x1, s.y1);
  const s2 = orientation(t.x1, t.y1, t.x2, t.y2, s.x2, s.y2);
  if ((s1 > 0 && s2 > 0) || (s1 < 0 && s2 < 0)) return;
  if (t1 === 0 && t2 === 0) {
    if (before(s.x1, s.y1, t.x2, t.y2) && before(t.x1, t.y1, s.x2, s.y2)) throw conflict('crosses', s.ring, t.ring, t.x1, t.y1);
    return;
  }
  if (t1 !== 0 && t2 !== 0 && s1 !== 0 && s2 !== 0) throw conflict('crosses', s.ring, t.ring, t.x1, t.y1);
  const inside = (x: number, y: number, edge: Edge) => before(edge.x1, edge.y1, x, y) && before(x, y, edge.x2, edge.y2);
  if (t1 === 0 && inside(t.x1, t.y1, s)) touches.add(t.x1, t.y1, s.ring, t.ring);
  if (t2 === 0 && inside(t.x2, t.y2, s)) touches.add(t.x2, t.y2, s.ring, t.ring);
  if (s1 === 0 && inside(s.x1, s.y1, t)) touches.add(s.x1, s.y1, s.ring, t.ring);
  if (s2 === 0 && inside(s.x2, s.y2, t)) touches.add(s.x2, s.y2, s.ring, t.ring);
}

interface Visit {
  readonly x: number;
  readonly y: number;
  readonly enters: boolean;
  readonly edge: Edge;
}

/** A ring that passes a place once has two edge ends there. */
function shareVertices(visits: readonly Visit[], touches: Touches): void {
  for (let start = 0, end = 1; start < visits.length; start = end++) {
    const first = visits[start];
    if (!first) return;
    while (visits[end]?.x === first.x && visits[end]?.y === first.y) end++;
    if (end - start === 2) continue;
    const seen = new Map<number, number>();
    for (const { edge } of visits.slice(start, end)) seen.set(edge.ring, (seen.get(edge.ring) ?? 0) + 1);
    for (const [ring, ends] of seen) {
      if (ends > 2) touches.add(first.x, first.y, ring, ring);
      else if (ring !== first.edge.ring) touches.add(first.x, first.y, first.edge.ring, ring);
    }
  }
}

function sweep(edges: readonly Edge[], touches: Touches): void {
  const visits: Visit[] = edges.flatMap((edge) => [
    { x: edge.x1, y: edge.y1, enters: true, edge },
    { x: edge.x2, y: edge.y2, enters: false, edge },
  ]);
  visits.sort((a, b) => a.x - b.x || a.y - b.y || Number(a.enters) - Number(b.enters));
  shareVertices(visits, touches);
  const under: Edge[] = [];
  for (const { enters, edge } of visits) {
    let low = 0;
    let high = under.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const candidate = under[middle];
      if (!candidate || candidate === edge) {
        low = middle;
        break;
      }
      const side = order(edge, candidate);
      // Two edges under the sweep line at once, on one line and past a common point, lie on one another.
      if (side === 0) throw conflict('crosses', edge.ring, candidate.ring, edge.x1, edge.y1);
      if (side > 0) low = middle + 1;
      else high = middle;
    }
    if (enters) {
      compareNeighbours(under[low - 1], edge, touches);
      compareNeighbours(edge, under[low], touches);
      under.splice(low, 0, edge);
    } else {
      under.splice(low, 1);
      compareNeighbours(under[low - 1], under[low], touches);
    }
  }
}

/**
 * The first thing that keeps the closed rings of one polygon from bounding one connected area, or undefined: a ring that crosses or touches
 * itself, two rings that cross or run along each other, rings touching in so many places that the interior falls apart. Where the rings lie
 * to one another is not looked at. Repeated consecutive positions are allowed.
 */
export function findRingConflict(rings: ReadonlyArray<readonly Vertex[]>): RingConflict | undefined {
  const touches = new Touches();
  try {
    sweep(rings.flatMap(edgesOf), touches);
    touches.refuseCycles(rings.length);
    return undefined;
  } catch (error) {
    if (error instanceof ConflictFound) return error.conflict;
    throw error;
  }
}
