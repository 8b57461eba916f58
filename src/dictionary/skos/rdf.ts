/** An RDF node or literal, in the shape that the libraries share (RDF/JS). */
export interface RdfTerm {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
  readonly datatype?: { readonly value: string };
}

/** A statement. */
export interface RdfTriple {
  readonly subject: RdfTerm;
  readonly predicate: RdfTerm;
  readonly object: RdfTerm;
}

/** Something in a document that was left out, and why. */
export interface Unmapped {
  /** Where: a JSON pointer, or the triple in the style of N-Triples. */
  readonly place: string;
  readonly detail: string;
}

/** Triples that one document may hold. */
export const MAX_TRIPLES = 100_000;

/** Namespaces used in exports, by prefix. */
export const PREFIXES = {
  dcterms: 'http://purl.org/dc/terms/',
  owl: 'http://www.w3.org/2002/07/owl#',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  tf: 'urn:twinfed:dictionary:',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;

/** Prefix of a known namespace. */
export type Prefix = keyof typeof PREFIXES;

/** The IRI of a name like `skos:prefLabel`. */
export function expandName(name: string): string {
  const colon = name.indexOf(':');
  const namespace = (PREFIXES as Record<string, string | undefined>)[name.slice(0, colon)];
  if (namespace === undefined) throw new Error(`${name} has no known prefix.`);
  return namespace + name.slice(colon + 1);
}

const SHOWN = 200;

function show({ termType, value, language, datatype }: RdfTerm): string {
  const text = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
  if (termType === 'NamedNode') return `<${text}>`;
  if (termType === 'BlankNode') return `_:${text.replace(/^_:/, '')}`;
  if (language !== undefined && language !== '') return `${JSON.stringify(text)}@${language}`;
  return datatype === undefined || datatype.value === `${PREFIXES.xsd}string`
    ? JSON.stringify(text)
    : `${JSON.stringify(text)}^^<${datatype.value}>`;
}

/** A triple for people, its texts cut short. */
export function showTriple({ subject, predicate, object }: RdfTriple): string {
  return `${show(subject)} ${show(predicate)} ${show(object)} .`;
}
