import type { TermRelation } from './term.repository.js';

/** IRIs that one expansion may hold. */
export const MAX_EXPANSION = 1_000;
/** Relations that may lie between a term and what satisfies a search for it. */
const MAX_STEPS = 32;
/** Relations read at once. */
const MAX_RELATIONS = 5_000;

/** How one IRI leads to the next. `narrower`: the next is narrower. `replaces` and `replacedBy` lead to and from what a deprecated term became. */
export type MatchStepKind = 'exactMatch' | 'narrower' | 'closeMatch' | 'replacedBy' | 'replaces';

/** One step of a path. */
export interface MatchStep {
  readonly from: string;
  readonly kind: MatchStepKind;
  readonly to: string;
  /** The term that says so. */
  readonly statedBy: string;
}

/**
 * How well something satisfies a search. `exact`: it means the same. `narrower`: it is a special case. `close`: it means nearly the same; at most
 * one close match lies on its path, and nothing narrower after it, because small differences add up.
 */
export type MatchQuality = 'self' | 'exact' | 'narrower' | 'close';

/** Something that satisfies a search for a term, and why. */
export interface TermMatch {
  readonly iri: string;
  readonly quality: MatchQuality;
  readonly path: readonly MatchStep[];
}

/** What counts as satisfying. */
export interface MatchOptions {
  /** Default true. */
  readonly narrower?: boolean;
  /** Default false. */
  readonly close?: boolean;
}

/** The matches found, best and nearest first. `complete` is false when there are more than {@link MAX_EXPANSION} or they lie too far. */
export interface TermMatches {
  readonly matches: readonly TermMatch[];
  readonly complete: boolean;
}

/** Relations at either end of some IRIs, at most `limit` of each end. */
export type RelationReader = (iris: readonly string[], limit: number) => Promise<readonly TermRelation[]>;

function exactSteps({ term, kind, target }: TermRelation): MatchStep[] {
  if (kind === 'exactMatch') return both(term, target, 'exactMatch', 'exactMatch');
  return kind === 'replacedBy' ? both(term, target, 'replacedBy', 'replaces') : [];
}

function both(term: string, target: string, there: MatchStepKind, back: MatchStepKind): MatchStep[] {
  return [
    { from: term, kind: there, to: target, statedBy: term },
    { from: target, kind: back, to: term, statedBy: term },
  ];
}

function narrowerSteps(relation: TermRelation): MatchStep[] {
  const { term, kind, target } = relation;
  return kind === 'broader' ? [{ from: target, kind: 'narrower', to: term, statedBy: term }] : exactSteps(relation);
}

function closeSteps({ term, kind, target }: TermRelation): MatchStep[] {
  return kind === 'closeMatch' ? both(term, target, 'closeMatch', 'closeMatch') : [];
}

/** One search: what was found so far, and whether a limit cut it. */
class MatchSearch {
  readonly found = new Map<string, TermMatch>();
  complete = true;

  constructor(
    start: string,
    private readonly read: RelationReader,
  ) {
    this.found.set(start, { iri: start, quality: 'self', path: [] });
  }

  /** Follows steps from `level` until nothing new comes, and gives all that was new. */
  async follow(level: readonly string[], quality: MatchQuality, stepsOf: (relation: TermRelation) => MatchStep[]): Promise<string[]> {
    const all: string[] = [];
    for (let next = level; next.length > 0;) {
      next = await this.step(next, quality, stepsOf);
      all.push(...next);
    }
    return all;
  }

  async step(level: readonly string[], quality: MatchQuality, stepsOf: (relation: TermRelation) => MatchStep[]): Promise<string[]> {
    const relations = await this.read(level, MAX_RELATIONS);
    if (relations.length >= MAX_RELATIONS) this.complete = false;
    const here = new Set(level);
    const fresh: string[] = [];
    for (const step of relations.flatMap(stepsOf)) {
      if (!here.has(step.from) || this.found.has(step.to)) continue;
      const path = [...(this.found.get(step.from)?.path ?? []), step];
      if (this.found.size >= MAX_EXPANSION || path.length > MAX_STEPS) {
        this.complete = false;
        continue;
      }
      this.found.set(step.to, { iri: step.to, quality, path });
      fresh.push(step.to);
    }
    return fresh;
  }
}

/**
 * What satisfies a search for a term: the term, what means the same (either way and onwards), its special cases, and, when asked, what means nearly
 * the same as any of those. Level by level, so that the shortest path of the best quality explains each; a cycle of matches ends by itself.
 */
export async function searchMatches(iri: string, read: RelationReader, options: MatchOptions = {}): Promise<TermMatches> {
  const search = new MatchSearch(iri, read);
  const reached = [iri, ...(await search.follow([iri], 'exact', exactSteps))];
  if (options.narrower ?? true) reached.push(...(await search.follow(reached, 'narrower', narrowerSteps)));
  if (options.close ?? false) await search.follow(await search.step(reached, 'close', closeSteps), 'close', exactSteps);
  return { matches: [...search.found.values()], complete: search.complete };
}
