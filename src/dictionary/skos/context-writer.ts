import { localName, type ValueType } from '../term/term.js';
import { PREFIXES } from './rdf.js';
import type { ExportedTerm } from './skos-writer.js';

const COERCIONS: Readonly<Record<ValueType, string>> = {
  number: 'xsd:double',
  integer: 'xsd:integer',
  string: 'xsd:string',
  boolean: 'xsd:boolean',
  dateTime: 'xsd:dateTime',
  date: 'xsd:date',
  time: 'xsd:time',
  duration: 'xsd:duration',
  uri: '@id',
  enumeration: '@vocab',
  geometry: '@json',
  object: '@json',
  array: '@json',
};
const USABLE = /^[A-Za-z_][\w.-]*$/;

/**
 * A JSON-LD context for data under these terms: each under its first usable notation, else its local name, else its whole IRI; the first in order of
 * IRI keeps a name that several have. Deprecated terms come last. The same terms always give the same document.
 */
export function writeContext(terms: readonly ExportedTerm[]): object {
  const taken = new Map<string, unknown>([['xsd', PREFIXES.xsd]]);
  const ordered = [...terms.filter(({ status }) => status === 'ACTIVE'), ...terms.filter(({ status }) => status !== 'ACTIVE')];
  for (const { iri, notations, valueType } of ordered) {
    const name = [...notations, localName(iri)].find((each) => USABLE.test(each) && !taken.has(each)) ?? iri;
    taken.set(name, valueType === undefined ? iri : { '@id': iri, '@type': COERCIONS[valueType] });
  }
  return { '@context': Object.fromEntries(taken) };
}
