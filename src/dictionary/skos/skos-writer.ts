import N3 from 'n3';
import { type EnumerationValue, type LanguageMap, type TermContent, type ValueReference, type VocabularyContent } from '../term/term.js';
import { expandName, PREFIXES } from './rdf.js';

/** A node of an export: a property is `prefix:name`, its values are IRIs, texts or nodes without a name. */
interface Node {
  readonly iri?: string;
  readonly properties: readonly (readonly [property: string, value: Value])[];
}

type Value = { readonly iri: string } | { readonly text: string; readonly language?: string } | { readonly flag: boolean } | Node;

/** A vocabulary to be written. */
export interface ExportedVocabulary extends VocabularyContent {
  readonly id: string;
}

/** A term to be written. */
export interface ExportedTerm extends TermContent {
  readonly iri: string;
}

function sorted<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));
}

function texts(property: string, map: LanguageMap): [string, Value][] {
  return sorted(map).map(([language, text]) => [property, { text, language }]);
}

function references(property: string, iris: readonly string[]): [string, Value][] {
  return [...iris].sort().map((iri) => [property, { iri }]);
}

function schemeNode({ id, titles, descriptions, license }: ExportedVocabulary): Node {
  return {
    iri: id,
    properties: [
      ['rdf:type', { iri: expandName('skos:ConceptScheme') }],
      ...texts('dcterms:title', titles),
      ...texts('dcterms:description', descriptions),
      ...(license === undefined ? [] : references('dcterms:license', [license])),
    ],
  };
}

function conceptNode(term: ExportedTerm, vocabulary: string): Node {
  const { iri, labels, alternativeLabels, definitions, notations, broader, exactMatch, closeMatch, valueType, unit, values } = term;
  return {
    iri,
    properties: [
      ['rdf:type', { iri: expandName('skos:Concept') }],
      ['skos:inScheme', { iri: vocabulary }],
      ...texts('skos:prefLabel', labels),
      ...sorted(alternativeLabels).flatMap(([language, list]) =>
        list.map((text): [string, Value] => ['skos:altLabel', { text, language }]),
      ),
      ...texts('skos:definition', definitions),
      ...notations.map((text): [string, Value] => ['skos:notation', { text }]),
      ...references('skos:broader', broader),
      ...references('skos:exactMatch', exactMatch),
      ...references('skos:closeMatch', closeMatch),
      ...(valueType === undefined ? [] : [['tf:valueType', { text: valueType }] as [string, Value]]),
      ...(unit === undefined ? [] : [['tf:unit', { text: unit }] as [string, Value]]),
      ...values.map((value): [string, Value] => ['tf:value', valueNode(value)]),
      ...(term.status === 'DEPRECATED' ? [['owl:deprecated', { flag: true }] as [string, Value]] : []),
      ...(term.replacedBy === undefined ? [] : references('dcterms:isReplacedBy', [term.replacedBy])),
    ],
  };
}

function valueNode({ code, labels, exactMatch, closeMatch }: EnumerationValue): Node {
  const matches = (property: string, list: readonly ValueReference[]): [string, Value][] =>
    list.map(({ term, code: other }) => [
      property,
      {
        properties: [
          ['tf:term', { iri: term }],
          ['skos:notation', { text: other }],
        ],
      },
    ]);
  return {
    properties: [
      ['skos:notation', { text: code }],
      ...texts('skos:prefLabel', labels),
      ...matches('tf:exactValue', exactMatch),
      ...matches('tf:closeValue', closeMatch),
    ],
  };
}

function nodesOf(vocabulary: ExportedVocabulary, terms: readonly ExportedTerm[]): Node[] {
  return [schemeNode(vocabulary), ...terms.map((term) => conceptNode(term, vocabulary.id))];
}

function jsonLdValue(value: Value): unknown {
  if ('properties' in value) return jsonLdNode(value);
  if ('iri' in value) return { '@id': value.iri };
  if ('flag' in value) return value.flag;
  return value.language === undefined ? value.text : { '@language': value.language, '@value': value.text };
}

function jsonLdNode({ iri, properties }: Node): Record<string, unknown> {
  const node: Record<string, unknown> = iri === undefined ? {} : { '@id': iri };
  for (const [property, value] of properties) {
    if (property === 'rdf:type' && 'iri' in value) node['@type'] = value.iri;
    else node[property] = [...((node[property] as unknown[] | undefined) ?? []), jsonLdValue(value)];
  }
  return node;
}

/** A vocabulary as SKOS in JSON-LD that stands alone: its context is part of it. The same vocabulary always gives the same document. */
export function writeSkosJsonLd(vocabulary: ExportedVocabulary, terms: readonly ExportedTerm[]): object {
  return { '@context': PREFIXES, '@graph': nodesOf(vocabulary, terms).map(jsonLdNode) };
}

const RDF = N3.DataFactory;

/** A vocabulary as SKOS in Turtle. The same vocabulary always gives the same text. */
export async function writeSkosTurtle(vocabulary: ExportedVocabulary, terms: readonly ExportedTerm[]): Promise<string> {
  const writer = new N3.Writer({ prefixes: PREFIXES });
  const objectOf = (value: Value): N3.Quad_Object => {
    if ('properties' in value) {
      const members = value.properties.map(([property, member]) => ({
        predicate: RDF.namedNode(expandName(property)),
        object: objectOf(member),
      }));
      return writer.blank(members as unknown as N3.Triple[]);
    }
    if ('iri' in value) return RDF.namedNode(value.iri);
    if ('flag' in value) return RDF.literal(String(value.flag), RDF.namedNode(expandName('xsd:boolean')));
    return RDF.literal(value.text, value.language);
  };
  for (const { iri, properties } of nodesOf(vocabulary, terms)) {
    const subject = iri === undefined ? RDF.blankNode() : RDF.namedNode(iri);
    for (const [property, value] of properties) writer.addQuad(subject, RDF.namedNode(expandName(property)), objectOf(value));
  }
  return new Promise((resolve, reject) => {
    writer.end((error: Error | null, text: string) => (error instanceof Error ? reject(error) : resolve(text)));
  });
}
