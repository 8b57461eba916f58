import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DomainEvents } from '../../database/domain-events.js';
import { InvalidId, parseUriId } from '../../kernel/ids.js';
import { type MatchOptions, searchMatches, type TermMatches } from './match-search.js';
import { TermRepository } from './term.repository.js';
import type { TermRecord } from './term.js';

const MAX_ENTRIES = 2_000;
/** Characters beyond which nothing is a name. */
const MAX_NAME = 512;

/**
 * Terms as the other components read them (Y.4489 SD-FE; behaviour graded P), kept in memory until any term changes. Another broker's change
 * counts here as soon as its domain event arrives, within a second or so; a reader that began before it never leaves an old answer behind.
 */
@Injectable()
export class TermDirectory {
  private readonly records = new LRUCache<string, { readonly term?: TermRecord }>({ max: MAX_ENTRIES });
  private readonly names = new LRUCache<string, readonly string[]>({ max: MAX_ENTRIES });
  private readonly expansions = new LRUCache<string, TermMatches>({ max: MAX_ENTRIES, maxSize: 100_000, sizeCalculation: sizeOf });
  private generation = 0;

  constructor(
    private readonly terms: TermRepository,
    events: DomainEvents,
  ) {
    events.subscribe(['term.changed'], () => this.clear());
  }

  /** The term of this IRI, if the dictionary has it. */
  async find(iri: string): Promise<TermRecord | undefined> {
    const known = this.records.get(iri);
    if (known !== undefined) return known.term;
    const generation = this.generation;
    const term = await this.terms.find(iri);
    if (generation === this.generation) this.records.set(iri, { term });
    return term;
  }

  /**
   * The IRI itself, known or not; or, for anything else, up to 100 terms that have it as label in any language, notation or property name (the last
   * part of their IRI), without regard to case.
   */
  async resolve(nameOrIri: string): Promise<string[]> {
    if (isUri(nameOrIri)) return [nameOrIri];
    if (nameOrIri.length > MAX_NAME || nameOrIri.includes('\0')) return [];
    const known = this.names.get(nameOrIri);
    if (known !== undefined) return [...known];
    const generation = this.generation;
    const iris = await this.terms.named(nameOrIri);
    if (generation === this.generation) this.names.set(nameOrIri, iris);
    return [...iris];
  }

  /**
   * IRIs that satisfy a search for this one: itself first, exact matches either way and onwards, narrower terms onwards unless switched off, close
   * matches when asked. At most 1,000; the best and nearest are kept. An IRI that the dictionary does not know satisfies itself, and whatever
   * refers to it.
   */
  async expand(iri: string, options: MatchOptions = {}): Promise<readonly string[]> {
    return (await this.matches(iri, options)).matches.map((match) => match.iri);
  }

  /** The same with the reason for each. */
  async matches(iri: string, options: MatchOptions = {}): Promise<TermMatches> {
    const { narrower = true, close = false } = options;
    const key = `${narrower ? 'n' : '-'}${close ? 'c' : '-'} ${iri}`;
    const known = this.expansions.get(key);
    if (known !== undefined) return known;
    const generation = this.generation;
    const found = await searchMatches(iri, (iris, limit) => this.terms.relationsAround(iris, limit), { narrower, close });
    if (generation === this.generation) this.expansions.set(key, found);
    return found;
  }

  private clear(): void {
    this.generation += 1;
    this.records.clear();
    this.names.clear();
    this.expansions.clear();
  }
}

function sizeOf({ matches }: TermMatches): number {
  return matches.length;
}

function isUri(text: string): boolean {
  try {
    parseUriId(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidId) return false;
    throw error;
  }
}
