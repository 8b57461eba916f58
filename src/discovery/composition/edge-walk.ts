import type { TwinId } from '../../kernel/ids.js';
import type { Edge } from './composition-graph.js';

/** A part of a whole, on one of its levels. */
export interface PlacedPart {
  readonly id: TwinId;
  /** What it is directly a part of: the whole itself, or a part of it. */
  readonly partOf: TwinId;
  /** Steps from the whole: 1 for a direct part. */
  readonly depth: number;
}

function grouped(edges: readonly Edge[], from: keyof Edge, to: keyof Edge): Map<TwinId, TwinId[]> {
  const groups = new Map<TwinId, TwinId[]>();
  for (const edge of edges) {
    const group = groups.get(edge[from]);
    if (group) group.push(edge[to]);
    else groups.set(edge[from], [edge[to]]);
  }
  return groups;
}

/**
 * The parts of each whole, level by level and by id, each once per whole: at the least depth. Of all wholes together no more than `limit`, in the order of
 * the wholes.
 */
export function flattenParts(
  edges: readonly Edge[],
  wholes: readonly TwinId[],
  limit: number,
): { parts: Map<TwinId, PlacedPart[]>; isCut: boolean } {
  const below = grouped(edges, 'whole', 'part');
  const parts = new Map<TwinId, PlacedPart[]>();
  let left = limit;
  for (const whole of wholes) {
    const found: PlacedPart[] = [];
    const seen = new Set<TwinId>([whole]);
    let level: TwinId[] = [whole];
    for (let depth = 1; level.length > 0; depth += 1) {
      const next: PlacedPart[] = [];
      for (const partOf of level) {
        for (const id of below.get(partOf) ?? []) {
          if (seen.has(id)) continue;
          seen.add(id);
          next.push({ id, partOf, depth });
        }
      }
      next.sort((a, b) => (a.id < b.id ? -1 : 1));
      const taken = next.slice(0, left - found.length);
      found.push(...taken);
      if (taken.length < next.length) return { parts: parts.set(whole, found), isCut: true };
      level = next.map(({ id }) => id);
    }
    left -= found.length;
    parts.set(whole, found);
  }
  return { parts, isCut: false };
}

/** Those of the twins from which a step or more leads up to one of `tops`. */
export function coveredBy(edges: readonly Edge[], twins: readonly TwinId[], tops: ReadonlySet<TwinId>): Set<TwinId> {
  const below = grouped(edges, 'whole', 'part');
  const covered = new Set<TwinId>();
  const open = [...tops];
  for (let whole = open.pop(); whole !== undefined; whole = open.pop()) {
    for (const part of below.get(whole) ?? []) {
      if (covered.has(part)) continue;
      covered.add(part);
      open.push(part);
    }
  }
  return new Set(twins.filter((twin) => covered.has(twin)));
}
