import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/database.js';
import { TermDirectory } from '../../dictionary/term/term-directory.js';
import { UnitRefused } from '../../dictionary/unit/unit-refused.js';
import { Units } from '../../dictionary/unit/units.js';
import { correctableWords, withCorrections } from '../text-query.js';
import { type FeatureLeaf, type Leaf, leavesOf, mapLeaves, type Query, type TextLeaf } from './query.js';
import { refusedAt } from './read-values.js';

/** Words that one mistyped word may have meant. */
const MAX_MEANINGS = 5;
/** IRIs that one term may stand for; what it means beyond is not searched. */
const MAX_TERMS = 500;

/**
 * Per word that no profile holds, not even in another form or as a beginning, the most similar ones. Rides search_word_pkey, search_word_stem_idx and
 * search_word_similar_idx.
 */
const MEANINGS = `
  SELECT typed AS word, ARRAY(
           SELECT w.word FROM search_word w WHERE w.word % typed AND similarity(w.word, typed) >= 0.4
            ORDER BY similarity(w.word, typed) DESC, w.word LIMIT ${MAX_MEANINGS}) AS meanings
    FROM unnest($1::text[]) AS typed
   WHERE NOT EXISTS (SELECT FROM search_word w WHERE w.word >= typed AND w.word < typed || chr(1114111))
     AND NOT EXISTS (SELECT FROM search_word w WHERE w.stem = coalesce((ts_lexize('english_stem', typed))[1], typed))`;

const MAX_KNOWN = 50_000;

/** What a search without a criterion on status finds. */
const USUAL_STATUSES = ['ACTIVE', 'STALE'] as const;

/** Looks up what a query means: terms in the dictionary, units, mistyped words; and adds the status that goes without saying. */
@Injectable()
export class QueryResolver {
  /** Words that some profile holds or held: these are kept for ever. */
  private readonly known = new LRUCache<string, true>({ max: MAX_KNOWN });

  constructor(
    private readonly database: Database,
    private readonly terms: TermDirectory,
    private readonly units: Units,
  ) {}

  /**
   * The query, ready to be compiled.
   * @throws DomainError `validation-failed` for a unit that cannot be read
   */
  async resolve(query: Query): Promise<Query> {
    const leaves = leavesOf(query);
    const resolved = new Map<Leaf, Leaf>();
    for (const leaf of leaves) {
      if (leaf.kind === 'feature') resolved.set(leaf, await this.feature(leaf));
    }
    await this.correct(
      leaves.filter((leaf) => leaf.kind === 'text'),
      resolved,
    );
    const mapped = mapLeaves(query, (leaf) => resolved.get(leaf) ?? leaf);
    if (leaves.some((leaf) => leaf.kind === 'status')) return mapped;
    return { op: 'all', parts: [mapped, { op: 'leaf', pointer: '', kind: 'status', statuses: USUAL_STATUSES }] };
  }

  /** Dimension of a stored unit; undefined for one that cannot be read. */
  dimensionOfKnown(unit: string): string | undefined {
    try {
      return this.units.read(unit).dimension;
    } catch {
      return undefined;
    }
  }

  private async feature(leaf: FeatureLeaf): Promise<FeatureLeaf> {
    const { semanticTerm, unit } = leaf.feature;
    return {
      ...leaf,
      feature: {
        ...leaf.feature,
        ...(semanticTerm !== undefined && { terms: await this.termsOf(leaf, semanticTerm) }),
        ...(unit !== undefined && { dimension: this.dimensionOf(unit, `${leaf.pointer}/unit`) }),
      },
    };
  }

  private async termsOf({ feature }: FeatureLeaf, asked: string): Promise<readonly string[]> {
    const resolved = await this.terms.resolve(asked);
    const meant = resolved.length === 0 ? [asked] : resolved;
    if (feature.exact === true) return meant;
    const { terms } = this;
    const expanded = await Promise.all(meant.map((iri) => terms.expand(iri, { narrower: true, close: feature.close !== false })));
    return [...new Set([...meant, ...expanded.flat()])].slice(0, MAX_TERMS);
  }

  private dimensionOf(unit: string, pointer: string): string | undefined {
    try {
      return this.units.read(unit).dimension;
    } catch (error) {
      if (error instanceof UnitRefused) throw refusedAt(pointer, `is no unit: ${error.detail}`);
      throw error;
    }
  }

  private async correct(leaves: readonly TextLeaf[], resolved: Map<Leaf, Leaf>): Promise<void> {
    const all = leaves.flatMap(({ query }) => (query === undefined ? [] : correctableWords(query)));
    const words = new Set(all.filter((word) => !this.known.has(word)));
    if (words.size === 0) return;
    const { rows } = await this.database.searches.query<{ word: string; meanings: string[] }>(MEANINGS, [[...words]]);
    const meanings = new Map(rows.map((row) => [row.word, row.meanings]));
    for (const word of words) if (!meanings.has(word)) this.known.set(word, true);
    for (const leaf of leaves) {
      if (leaf.query !== undefined) resolved.set(leaf, { ...leaf, query: withCorrections(leaf.query, meanings) });
    }
  }
}
