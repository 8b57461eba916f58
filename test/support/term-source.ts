import { URBAN_TERMS } from '../../src/dictionary/builtin/urban-vocabulary.js';
import { searchMatches } from '../../src/dictionary/term/match-search.js';
import type { TermRelation } from '../../src/dictionary/term/term.repository.js';
import type { TermContent, TermRecord } from '../../src/dictionary/term/term.js';
import type { TermSource } from '../../src/adaptor/plan/meanings.js';

/** A term of a test: what it says beside its IRI. */
export type GivenTerm = { readonly iri: string } & Partial<TermContent>;

const NOW = new Date(0);

function record({ iri, ...content }: GivenTerm): TermRecord {
  return {
    iri,
    vocabulary: 'urn:test:vocabulary',
    version: 1,
    narrower: [],
    createdAt: NOW,
    updatedAt: NOW,
    labels: {},
    alternativeLabels: {},
    definitions: {},
    notations: [],
    broader: [],
    exactMatch: [],
    closeMatch: [],
    values: [],
    status: 'ACTIVE',
    ...content,
  };
}

/** A dictionary in memory: the built-in vocabulary, and these terms. The search is the product's own. */
export function aDictionary(terms: readonly GivenTerm[] = []): TermSource {
  const all = [...URBAN_TERMS.map(({ iri, content }) => record({ iri, ...content })), ...terms.map(record)];
  const byIri = new Map(all.map((term) => [term.iri, term]));
  const relations: TermRelation[] = all.flatMap(({ iri, broader, exactMatch, closeMatch }) => [
    ...broader.map((target) => ({ term: iri, kind: 'broader' as const, target })),
    ...exactMatch.map((target) => ({ term: iri, kind: 'exactMatch' as const, target })),
    ...closeMatch.map((target) => ({ term: iri, kind: 'closeMatch' as const, target })),
  ]);
  return {
    find: (iri) => Promise.resolve(byIri.get(iri)),
    matches: (iri, options) =>
      searchMatches(
        iri,
        (iris) => Promise.resolve(relations.filter(({ term, target }) => iris.includes(term) || iris.includes(target))),
        options,
      ),
  };
}
