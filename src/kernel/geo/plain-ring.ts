import type { Position } from 'geojson';
import { orientation } from './planar-predicates.js';

/** Pairs of edges that are looked at, per edge; a ring that asks for more is left to the sweep. */
const MOST_PAIRS = 64;
/** Places that an edge moves while edges are put in order, on average; a ring that asks for more is left to the sweep. */
const MOST_MOVES = 64;
/** Coordinates that are not 0 are no smaller, so that no product of two underflows. */
const SMALLEST_COORDINATE = 1e-20;

/** A closed ring as columns: `count` edges, the vertex `count` being the vertex 0. */
export interface RingColumns {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly count: number;
}

/** How a ring turns that plainly is simple; undefined says nothing. */
export type Turn = 'left' | 'right' | undefined;

/** The columns of a closed ring. */
export function columnsOf(ring: readonly Position[]): RingColumns {
  const xs = new Float64Array(ring.length);
  const ys = new Float64Array(ring.length);
  ring.forEach(([x = 0, y = 0], i) => {
    xs[i] = x;
    ys[i] = y;
  });
  return { xs, ys, count: ring.length - 1 };
}

/**
 * Whether a closed ring plainly has no two edges in common but at their shared ends: true for most rings of the world, at a tenth of the cost of the
 * sweep. False says nothing: touching, folded, flat or very entangled rings take a closer look.
 */
export function isPlainlySimple(ring: readonly Position[]): boolean {
  return turnOfPlainRing(columnsOf(ring)) !== undefined;
}

/** Which way a ring goes that is plainly simple. Undefined: it takes a closer look. */
export function turnOfPlainRing(ring: RingColumns): Turn {
  if (ring.count < 3) return undefined;
  return turnAround(ring) ?? (hasEdgesApart(ring) ? turnOfCorner(ring) : undefined);
}

/**
 * Seen from the mean of its vertices, a compact ring (a rectangle, a hull, a buffer) always goes the same way and around once: then no two of its edges
 * meet. Exact, since each sign is.
 */
function turnAround({ xs, ys, count }: RingColumns): Turn {
  let x = 0;
  let y = 0;
  for (let i = 0; i < count; i++) {
    x += xs[i] ?? 0;
    y += ys[i] ?? 0;
  }
  x = normal(x / count);
  y = normal(y / count);
  let sign = 0;
  let rounds = 0;
  let ax = xs[0] ?? 0;
  let ay = ys[0] ?? 0;
  for (let i = 1; i <= count; i++) {
    const bx = xs[i] ?? 0;
    const by = ys[i] ?? 0;
    const side = Math.sign(orientation(ax, ay, bx, by, x, y));
    if (side === 0 || side === -sign) return undefined;
    sign = side;
    // An edge that goes up with the point at its left passes it in the east, once each round.
    if (side > 0 ? ay <= y && by > y : ay > y && by <= y) rounds += 1;
    if (rounds > 1) return undefined;
    ax = bx;
    ay = by;
  }
  if (rounds !== 1) return undefined;
  return sign > 0 ? 'left' : 'right';
}

function normal(coordinate: number): number {
  return Math.abs(coordinate) < SMALLEST_COORDINATE ? 0 : coordinate;
}

function hasEdgesApart(ring: RingColumns): boolean {
  const { xs, ys, count } = ring;
  const [west, east, low, high] = [0, 0, 0, 0].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < count; i++) {
    const ax = xs[i] ?? 0;
    const ay = ys[i] ?? 0;
    const bx = xs[i + 1] ?? 0;
    const by = ys[i + 1] ?? 0;
    if (ax === bx && ay === by) return false;
    west[i] = ax < bx ? ax : bx;
    east[i] = ax < bx ? bx : ax;
    low[i] = ay < by ? ay : by;
    high[i] = ay < by ? by : ay;
  }
  const order = orderBy(west);
  if (order === undefined) return false;
  let pairs = count * MOST_PAIRS;
  for (let at = 0; at < count; at++) {
    const i = order[at] ?? 0;
    const reach = east[i] ?? 0;
    const bottom = low[i] ?? 0;
    const top = high[i] ?? 0;
    for (let next = at + 1; next < count; next++) {
      const j = order[next] ?? 0;
      if ((west[j] ?? 0) > reach) break;
      if (--pairs < 0) return false;
      if ((low[j] ?? 0) > top || (high[j] ?? 0) < bottom) continue;
      if (!areApart(ring, i, j)) return false;
    }
  }
  return true;
}

/** The indexes in order of their values: thrown into as many bins, then put in order; undefined for values that crowd in few bins. */
function orderBy(values: Float64Array): Uint32Array | undefined {
  const count = values.length;
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const scale = most > least ? (count - 1) / (most - least) : 0;
  const ends = new Uint32Array(count + 1);
  const binOf = (value: number): number => Math.floor((value - least) * scale);
  for (const value of values) ends[binOf(value) + 1] = (ends[binOf(value) + 1] ?? 0) + 1;
  for (let bin = 1; bin <= count; bin++) ends[bin] = (ends[bin] ?? 0) + (ends[bin - 1] ?? 0);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const bin = binOf(values[i] ?? 0);
    const place = ends[bin] ?? 0;
    order[place] = i;
    ends[bin] = place + 1;
  }
  let moves = count * MOST_MOVES;
  for (let at = 1; at < count; at++) {
    const index = order[at] ?? 0;
    const value = values[index] ?? 0;
    let to = at;
    for (; to > 0 && (values[order[to - 1] ?? 0] ?? 0) > value; to--) {
      if (--moves < 0) return undefined;
      order[to] = order[to - 1] ?? 0;
    }
    order[to] = index;
  }
  return order;
}

function side({ xs, ys }: RingColumns, edge: number, vertex: number): number {
  return orientation(xs[edge] ?? 0, ys[edge] ?? 0, xs[edge + 1] ?? 0, ys[edge + 1] ?? 0, xs[vertex] ?? 0, ys[vertex] ?? 0);
}

/** Neighbours are apart when they turn; others when one lies wholly on one side of the other. */
function areApart(ring: RingColumns, i: number, j: number): boolean {
  const { count } = ring;
  if ((i + 1) % count === j) return side(ring, i, j + 1) !== 0;
  if ((j + 1) % count === i) return side(ring, j, i + 1) !== 0;
  return side(ring, i, j) * side(ring, i, j + 1) > 0 || side(ring, j, i) * side(ring, j, i + 1) > 0;
}

/** A simple ring goes as it turns at its westernmost, lowest corner. */
function turnOfCorner({ xs, ys, count }: RingColumns): Turn {
  let corner = 0;
  for (let i = 1; i < count; i++) {
    const [x, y, cx, cy] = [xs[i] ?? 0, ys[i] ?? 0, xs[corner] ?? 0, ys[corner] ?? 0];
    if (x < cx || (x === cx && y < cy)) corner = i;
  }
  const before = (corner + count - 1) % count;
  const turn = orientation(xs[before] ?? 0, ys[before] ?? 0, xs[corner] ?? 0, ys[corner] ?? 0, xs[corner + 1] ?? 0, ys[corner + 1] ?? 0);
  if (turn === 0) return undefined;
  return turn > 0 ? 'left' : 'right';
}
