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
    const corners = new Float64Array(edges.length);
    for (let i = 0; i < edges.length; i += 4) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = edges.subarray(i, i + 4);
      corners.set([Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)], i);
    }
    const levels = [joinBoxes(corners, LEAF_EDGES)];
    for (let top = levels[0]; top && top.length > 4; top = levels.at(-1)) levels.push(joinBoxes(top, 2));
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

function joinBoxes(boxes: Float64Array, fanOut: number): Float64Array {
  const joined = new Float64Array(4 * Math.ceil(boxes.length / 4 / fanOut));
  for (let i = 0; i < joined.length; i += 4) {
    const group = boxes.subarray(i * fanOut, (i + 4) * fanOut);
    const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let j = 0; j < group.length; j += 4) {
      const [west = 0, south = 0, east = 0, north = 0] = group.subarray(j, j + 4);
      box[0] = Math.min(box[0], west);
      box[1] = Math.min(box[1], south);
      box[2] = Math.max(box[2], east);
      box[3] = Math.max(box[3], north);
    }
    joined.set(box, i);
  }
  return joined;
}
