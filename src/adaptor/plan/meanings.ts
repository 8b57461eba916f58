import type { MatchOptions, TermMatches } from '../../dictionary/term/match-search.js';
import type { TermRecord } from '../../dictionary/term/term.js';

/** What planning asks of the dictionary. */
export interface TermSource {
  find(iri: string): Promise<TermRecord | undefined>;
  matches(iri: string, options?: MatchOptions): Promise<TermMatches>;
}

/** What a value means, and how that is known. */
export interface Meaning {
  readonly term: string;
  readonly by: 'declared' | 'namespace';
}

/** How one meaning relates to the one that is asked for. */
export type Relation = 'same' | 'exactMatch' | 'narrower' | 'closeMatch';

/** How sure each relation is that one may stand for the other. */
export const CONFIDENCE: Readonly<Record<Relation | 'name' | 'namespace' | 'said', number>> = {
  /** Somebody answered the question. */
  said: 1,
  same: 1,
  /** For each side whose meaning follows from the namespace of its feature's term. */
  namespace: 0.9,
  exactMatch: 0.8,
  narrower: 0.6,
  closeMatch: 0.5,
  /** Nothing but an equal name. */
  name: 0.4,
};

/** What terms say about values, remembered for one plan. */
export class Meanings {
  private readonly known = new Map<string, Promise<boolean>>();

  constructor(private readonly terms: TermSource) {}

  /** What a property means: as its schema declares, or the term of its name in the namespace of the feature's term, if there is one. */
  async ofProperty(declared: string | undefined, name: string, semanticType: string | undefined): Promise<Meaning | undefined> {
    if (declared !== undefined) return { term: declared, by: 'declared' };
    const term = semanticType === undefined ? undefined : termInNamespace(semanticType, name);
    if (term === undefined) return undefined;
    return term === semanticType || (await this.isKnown(term)) ? { term, by: 'namespace' } : undefined;
  }

  /** How `offered` relates to `wanted`; undefined when it cannot stand for it. */
  async relation(offered: string, wanted: string): Promise<Relation | undefined> {
    if (offered === wanted) return 'same';
    const { matches } = await this.terms.matches(wanted, { narrower: true, close: true });
    const quality = matches.find(({ iri }) => iri === offered)?.quality;
    return quality === undefined || quality === 'self' ? undefined : QUALITIES[quality];
  }

  /** What the codes of an enumerated term mean: each as itself and as what it matches exactly. */
  async codes(term: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const iris = (await this.terms.matches(term, { narrower: false })).matches.map(({ iri }) => iri).slice(0, 20);
    const codes = new Map<string, Set<string>>();
    for (const iri of iris) {
      for (const { code, exactMatch } of (await this.terms.find(iri))?.values ?? []) {
        const means = codes.get(code) ?? new Set<string>();
        means.add(`${iri} ${code}`);
        for (const match of exactMatch) means.add(`${match.term} ${match.code}`);
        // Its own codes come first; another term's say only what they are matched with.
        if (iri === term || codes.has(code)) codes.set(code, means);
      }
    }
    return codes;
  }

  private isKnown(iri: string): Promise<boolean> {
    const known = this.known.get(iri) ?? this.lookUp(iri);
    this.known.set(iri, known);
    return known;
  }

  /** A term of another vocabulary is known by what refers to it. */
  private async lookUp(iri: string): Promise<boolean> {
    return (
      (await this.terms.find(iri)) !== undefined || (await this.terms.matches(iri, { narrower: true, close: true })).matches.length > 1
    );
  }
}

const QUALITIES = { exact: 'exactMatch', narrower: 'narrower', close: 'closeMatch' } as const;

/** The IRI that a property of this name has in the namespace of a term; DTDL gives the contents of an interface identifiers of their own. */
export function termInNamespace(semanticType: string, name: string): string | undefined {
  const dtmi = /^(dtmi:.*?)(?::_contents:__[^;]*)?;(\d+(?:\.\d+)?)$/.exec(semanticType);
  if (dtmi !== null) return `${dtmi[1] ?? ''}:_contents:__${name};${dtmi[2] ?? ''}`;
  const namespace = semanticType.replace(/[^/#:]*$/, '');
  return namespace === '' || namespace === semanticType || /[\s<>"{}|\\^`]/.test(name) ? undefined : namespace + name;
}
