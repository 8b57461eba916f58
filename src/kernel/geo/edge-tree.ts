const LEAF_EDGES = 4;

/**
 * A tree of boxes over a run of edges in the order given: node i of level 0 covers edges 4i to 4i + 3, node i of a higher level the nodes 2i and
 * 2i + 1 below. Consecutive edges of a line or ring lie close together, so the order itself is the index, and building takes one pass. Edges and
 * boxes are four numbers each: x1, y1, x2, y2 and west, south, east, north.
 */
export class EdgeTree {
  readonly levels: readonly Float64Array[];
  readonly edgeCount: number;

  constructor(readonly edges: Float64Array) {
    this.edgeCount = edges.length / 4;
    const levels = [joinBoxes(cornersOf(edges), LEAF_EDGES)];
    for (let boxes = levels.at(-1); boxes !== undefined && boxes.length > 4; boxes = levels.at(-1)) levels.push(joinBoxes(boxes, 2));
    this.levels = levels;
  }

  get topLevel(): number {
    return this.levels.length - 1;
  }

  /** Boxes of a level; an unknown level has none. */
  boxes(level: number): Float64Array {
    return this.levels[level] ?? new Float64Array();
  }

  nodeCount(level: number): number {
    return this.boxes(level).length / 4;
  }

  firstEdgeOf(level: number, node: number): number {
    return node * LEAF_EDGES * 2 ** level;
  }

  endEdgeOf(level: number, node: number): number {
    return Math.min(this.edgeCount, this.firstEdgeOf(level, node + 1));
  }
}

function cornersOf(edges: Float64Array): Float64Array {
  const corners = new Float64Array(edges.length);
  for (let i = 0; i < edges.length; i += 4) {
    for (const axis of [i, i + 1]) {
      const [from, to] = [edges[axis] ?? 0, edges[axis + 2] ?? 0];
      corners[axis] = Math.min(from, to);
      corners[axis + 2] = Math.max(from, to);
    }
  }
  return corners;
}

function joinBoxes(boxes: Float64Array, fanOut: number): Float64Array {
  const joined = new Float64Array(4 * Math.ceil(boxes.length / 4 / fanOut));
  for (let i = 0; i < joined.length; i++) {
    const last = Math.min(boxes.length, (i - (i % 4) + 4) * fanOut);
    const join = i % 4 < 2 ? Math.min : Math.max;
    let bound = boxes[(i - (i % 4)) * fanOut + (i % 4)] ?? 0;
    for (let j = (i - (i % 4)) * fanOut + (i % 4); j < last; j += 4) bound = join(bound, boxes[j] ?? 0);
    joined[i] = bound;
  }
  return joined;
}
