import { type RdfTerm, type RdfTriple, showTriple, type Unmapped, expandName } from './rdf.js';

/** What a document says of one concept, as a steward would say it; still to be checked. */
export interface ConceptDraft {
  readonly iri: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** What a SKOS document says. */
export interface SkosDocument {
  /** What it says of the vocabulary, if it speaks of it. */
  readonly scheme?: Readonly<Record<string, unknown>>;
  readonly concepts: readonly ConceptDraft[];
  readonly unmapped: readonly Unmapped[];
}

type Draft = Record<string, unknown>;

const TYPE = expandName('rdf:type');
const CONCEPT = expandName('skos:Concept');
const IN_SCHEME = expandName('skos:inScheme');
/** Said by the structure of the dictionary itself. */
const IMPLIED = new Set(['skos:inScheme', 'skos:topConceptOf', 'skos:hasTopConcept'].map(expandName));
const IMPLIED_TYPES = new Set([CONCEPT, expandName('skos:ConceptScheme')]);

const PER_LANGUAGE: Readonly<Record<string, string>> = {
  [expandName('skos:prefLabel')]: 'labels',
  [expandName('skos:definition')]: 'definitions',
};
const LISTS: Readonly<Record<string, string>> = {
  [expandName('skos:broader')]: 'broader',
  [expandName('skos:broaderTransitive')]: 'broader',
  [expandName('skos:broadMatch')]: 'broader',
  [expandName('skos:exactMatch')]: 'exactMatch',
  [expandName('skos:closeMatch')]: 'closeMatch',
};
const NARROWER = new Set(['skos:narrower', 'skos:narrowerTransitive', 'skos:narrowMatch'].map(expandName));
const SCHEME_TEXTS: Readonly<Record<string, string>> = {
  [expandName('dcterms:title')]: 'titles',
  [expandName('skos:prefLabel')]: 'titles',
  [expandName('dcterms:description')]: 'descriptions',
  [expandName('skos:definition')]: 'descriptions',
};
const NOT_KEPT = 'is nothing that a term can say here';

/** `und` stands for a literal whose language is not told. */
function languageOf({ language }: RdfTerm): string {
  return language === undefined || language === '' ? 'und' : language;
}

/** Adds a text under its language; false when there is one already. */
function addText(draft: Draft, member: string, object: RdfTerm): boolean {
  const map = (draft[member] ??= {}) as Record<string, string>;
  const language = languageOf(object);
  if (Object.hasOwn(map, language) && map[language] !== object.value) return false;
  map[language] = object.value;
  return true;
}

function addTo(draft: Draft, member: string, value: unknown): void {
  const list = (draft[member] ??= []) as unknown[];
  if (!list.includes(value)) list.push(value);
}

/** Statements of one document, by subject. */
class Statements {
  private readonly bySubject = new Map<string, RdfTriple[]>();

  constructor(triples: readonly RdfTriple[]) {
    for (const triple of triples) {
      const list = this.bySubject.get(triple.subject.value);
      if (list === undefined) this.bySubject.set(triple.subject.value, [triple]);
      else list.push(triple);
    }
  }

  get subjects(): IterableIterator<[string, RdfTriple[]]> {
    return this.bySubject.entries();
  }

  of({ value }: RdfTerm): readonly RdfTriple[] {
    return this.bySubject.get(value) ?? [];
  }

  /** The first object of this property. */
  object(node: RdfTerm, name: string): RdfTerm | undefined {
    const predicate = expandName(name);
    return this.of(node).find((triple) => triple.predicate.value === predicate)?.object;
  }
}

/**
 * Reads the concepts of a vocabulary from triples: SKOS, Dublin Core's licence and replacement, OWL's deprecation, and this product's own
 * properties for value type, unit and enumeration. What says anything else is listed as unmapped.
 * @param vocabulary concepts of another scheme are left out
 */
export function readSkos(triples: readonly RdfTriple[], vocabulary: string): SkosDocument {
  const statements = new Statements(triples);
  const drafts = new Map<string, Draft>();
  const unmapped: Unmapped[] = [];
  const used = new Set<string>([vocabulary]);
  const narrower: RdfTriple[] = [];
  let scheme: Draft | undefined;
  for (const [subject, own] of statements.subjects) {
    if (subject === vocabulary) {
      scheme = readScheme(own, unmapped);
      continue;
    }
    if (!isConcept(own)) continue;
    used.add(subject);
    const schemes = own.filter(({ predicate }) => predicate.value === IN_SCHEME).map(({ object }) => object.value);
    if (schemes.length > 0 && !schemes.includes(vocabulary)) {
      unmapped.push({ place: `<${subject}>`, detail: `is in another scheme, ${(schemes[0] ?? '').slice(0, 200)}` });
      continue;
    }
    const draft: Draft = {};
    for (const triple of own) {
      if (NARROWER.has(triple.predicate.value)) narrower.push(triple);
      else readStatement(draft, triple, statements, used, unmapped);
    }
    drafts.set(subject, draft);
  }
  for (const triple of narrower) {
    const below = drafts.get(triple.object.value);
    if (below === undefined)
      unmapped.push({ place: showTriple(triple), detail: 'names a narrower concept that the document does not describe' });
    else addTo(below, 'broader', triple.subject.value);
  }
  for (const [subject, own] of statements.subjects) {
    const [first] = own;
    if (!used.has(subject) && first !== undefined)
      unmapped.push({ place: showTriple(first), detail: 'has a subject that is no concept of this vocabulary' });
  }
  return { ...(scheme === undefined ? {} : { scheme }), concepts: [...drafts].map(([iri, members]) => ({ iri, members })), unmapped };
}

function isConcept(own: readonly RdfTriple[]): boolean {
  return own.some(
    ({ subject, predicate, object }) => subject.termType === 'NamedNode' && predicate.value === TYPE && object.value === CONCEPT,
  );
}

function readScheme(own: readonly RdfTriple[], unmapped: Unmapped[]): Draft {
  const draft: Draft = {};
  for (const triple of own) {
    const { predicate, object } = triple;
    const member = SCHEME_TEXTS[predicate.value];
    if (member !== undefined && object.termType === 'Literal') {
      if (!addText(draft, member, object)) unmapped.push({ place: showTriple(triple), detail: 'is a second text for its language' });
    } else if (predicate.value === expandName('dcterms:license') && object.termType === 'NamedNode') draft.license = object.value;
    else if (!isImplied(triple)) unmapped.push({ place: showTriple(triple), detail: 'is nothing that a vocabulary can say here' });
  }
  return draft;
}

function isImplied({ predicate, object }: RdfTriple): boolean {
  return IMPLIED.has(predicate.value) || (predicate.value === TYPE && IMPLIED_TYPES.has(object.value));
}

function readStatement(draft: Draft, triple: RdfTriple, statements: Statements, used: Set<string>, unmapped: Unmapped[]): void {
  const { predicate, object } = triple;
  if (isImplied(triple)) return;
  const text = PER_LANGUAGE[predicate.value];
  const list = LISTS[predicate.value];
  if (text !== undefined && object.termType === 'Literal') {
    if (!addText(draft, text, object)) unmapped.push({ place: showTriple(triple), detail: 'is a second text for its language' });
  } else if (list !== undefined && object.termType === 'NamedNode') addTo(draft, list, object.value);
  else if (!readOther(draft, predicate.value, object, statements, used)) unmapped.push({ place: showTriple(triple), detail: NOT_KEPT });
}

/** Reads what is neither label nor relation; false for what a term cannot say. */
function readOther(draft: Draft, predicate: string, object: RdfTerm, statements: Statements, used: Set<string>): boolean {
  const literal = object.termType === 'Literal';
  switch (predicate) {
    case expandName('skos:altLabel'):
      if (literal) addTo((draft.alternativeLabels ??= {}) as Draft, languageOf(object), object.value);
      return literal;
    case expandName('skos:notation'):
      if (literal) addTo(draft, 'notations', object.value);
      return literal;
    case expandName('owl:deprecated'):
      if (object.value === 'true') draft.status = 'DEPRECATED';
      return literal;
    case expandName('dcterms:isReplacedBy'):
      draft.replacedBy = object.value;
      return object.termType === 'NamedNode';
    case expandName('tf:valueType'):
      draft.valueType = object.value;
      return literal;
    case expandName('tf:unit'):
      draft.unit = object.value;
      return literal;
    case expandName('tf:value'):
      if (!literal) addTo(draft, 'values', readValue(object, statements, used));
      return !literal;
    default:
      return false;
  }
}

function readValue(node: RdfTerm, statements: Statements, used: Set<string>): Draft {
  used.add(node.value);
  const value: Draft = { code: statements.object(node, 'skos:notation')?.value };
  for (const { predicate, object } of statements.of(node)) {
    if (predicate.value === expandName('skos:prefLabel')) addText(value, 'labels', object);
    const member = { [expandName('tf:exactValue')]: 'exactMatch', [expandName('tf:closeValue')]: 'closeMatch' }[predicate.value];
    if (member === undefined) continue;
    used.add(object.value);
    addTo(value, member, { term: statements.object(object, 'tf:term')?.value, code: statements.object(object, 'skos:notation')?.value });
  }
  return value;
}
