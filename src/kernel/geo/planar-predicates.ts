/*
 * Exact predicates on plane coordinates (degrees of longitude and latitude taken as x and y). The sign of an orientation is first computed in
 * plain doubles with an error bound; only when the bound cannot tell is it summed again without rounding error, as a floating-point expansion
 * (Shewchuk 1997). Exact signs are what keeps the sweep's order, ray parity and touching edges consistent with one another. It holds for coordinates from parseGeometry, which are 0 or large
 * enough that no product underflows.
 */

const ERROR_BOUND = (3 + 16 * 2 ** -53) * 2 ** -53;
const SPLITTER = 2 ** 27 + 1;
const terms = new Float64Array(12);

/** Adds one double to the non-overlapping expansion held in terms[0, length), without loss. */
function growExpansion(length: number, addend: number): number {
  let carry = addend;
  let written = 0;
  for (let i = 0; i < length; i++) {
    const term = terms[i] ?? 0;
    const sum = carry + term;
    const virtual = sum - carry;
    const lost = carry - (sum - virtual) + (term - virtual);
    carry = sum;
    if (lost !== 0) terms[written++] = lost;
  }
  if (carry !== 0) terms[written++] = carry;
  return written;
}

function growByProduct(length: number, x: number, y: number): number {
  const product = x * y;
  const bigX = SPLITTER * x;
  const highX = bigX - (bigX - x);
  const lowX = x - highX;
  const bigY = SPLITTER * y;
  const highY = bigY - (bigY - y);
  const lowY = y - highY;
  const lost = lowX * lowY - (product - highX * highY - lowX * highY - highX * lowY);
  return growExpansion(growExpansion(length, lost), product);
}

function exactOrientation(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  let length = growByProduct(0, ax, by);
  length = growByProduct(length, -ax, cy);
  length = growByProduct(length, -cx, by);
  length = growByProduct(length, -ay, bx);
  length = growByProduct(length, ay, cx);
  length = growByProduct(length, cy, bx);
  return length === 0 ? 0 : (terms[length - 1] ?? 0);
}

/** Positive when c lies left of the directed line a → b, negative when right, zero when the three are collinear. The sign is exact. */
export function orientation(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const determinant = left - right;
  if (Math.abs(determinant) > ERROR_BOUND * (Math.abs(left) + Math.abs(right))) return determinant;
  if ((ax === bx && ay === by) || ((ax === cx || by === cy) && (ay === cy || bx === cx))) return 0;
  return exactOrientation(ax, ay, bx, by, cx, cy);
}

/** True when the closed segments p and q share a point; either may have no length. */
export function segmentsTouch(
  px1: number,
  py1: number,
  px2: number,
  py2: number,
  qx1: number,
  qy1: number,
  qx2: number,
  qy2: number,
): boolean {
  if (Math.max(px1, px2) < Math.min(qx1, qx2) || Math.max(qx1, qx2) < Math.min(px1, px2)) return false;
  if (Math.max(py1, py2) < Math.min(qy1, qy2) || Math.max(qy1, qy2) < Math.min(py1, py2)) return false;
  const q1 = orientation(px1, py1, px2, py2, qx1, qy1);
  const q2 = orientation(px1, py1, px2, py2, qx2, qy2);
  if ((q1 > 0 && q2 > 0) || (q1 < 0 && q2 < 0)) return false;
  const p1 = orientation(qx1, qy1, qx2, qy2, px1, py1);
  const p2 = orientation(qx1, qy1, qx2, qy2, px2, py2);
  return !((p1 > 0 && p2 > 0) || (p1 < 0 && p2 < 0));
}

/** True when the ray from (x, y) towards the east crosses the segment. The half-open rule counts each vertex of a ring once. */
export function eastwardRayCrosses(x: number, y: number, x1: number, y1: number, x2: number, y2: number): boolean {
  if (y1 > y === y2 > y) return false;
  const side = orientation(x1, y1, x2, y2, x, y);
  return y2 > y1 ? side > 0 : side < 0;
}

/** Where (x, y) lies to a closed ring (first position repeated last). */
export function sideOfRing(ring: ReadonlyArray<ReadonlyArray<number>>, x: number, y: number): 'inside' | 'boundary' | 'outside' {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [x1 = 0, y1 = 0] = ring[i - 1] ?? [];
    const [x2 = 0, y2 = 0] = ring[i] ?? [];
    if (Math.max(x1, x2) < x || Math.min(y1, y2) > y || Math.max(y1, y2) < y) continue;
    if (segmentsTouch(x1, y1, x2, y2, x, y, x, y)) return 'boundary';
    if (eastwardRayCrosses(x, y, x1, y1, x2, y2)) inside = !inside;
  }
  return inside ? 'inside' : 'outside';
}
