import { pointerToken } from '../../problems/dto-validation.js';
import { isMembers } from '../term/submission-places.js';
import type { ValueType } from '../term/term.js';
import { guardJsonLd, KNOWN_CONTEXTS } from './json-ld-guard.js';
import { PREFIXES, type Unmapped } from './rdf.js';

/** A name that a context gives an IRI. */
export interface ContextEntry {
  readonly name: string;
  readonly iri: string;
  /** From the type coercion, where it says one. */
  readonly valueType?: ValueType;
}

/** XML Schema types that a coercion may name, as value types. */
const XSD: Readonly<Record<string, ValueType>> = Object.fromEntries([
  ...['double', 'float', 'decimal'].map((name) => [name, 'number'] as const),
  ...['integer', 'int', 'long', 'short', 'nonNegativeInteger', 'positiveInteger', 'unsignedInt', 'unsignedLong'].map(
    (name) => [name, 'integer'] as const,
  ),
  ...['string', 'normalizedString', 'token'].map((name) => [name, 'string'] as const),
  ...(['boolean', 'dateTime', 'date', 'time', 'duration'] as const).map((name) => [name, name] as const),
  ...['dateTimeStamp'].map((name) => [name, 'dateTime'] as const),
  ...['dayTimeDuration', 'yearMonthDuration'].map((name) => [name, 'duration'] as const),
  ...['anyURI'].map((name) => [name, 'uri'] as const),
]);
const KEYWORD_TYPES: Readonly<Record<string, ValueType>> = { '@id': 'uri', '@vocab': 'enumeration', '@json': 'object' };
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/;
const PREFIX_END = /[:/?#[\]@]$/;

/** Whether a document is nothing but a JSON-LD context. */
export function isContextDocument(document: unknown): document is { '@context': unknown } {
  return isMembers(document) && Object.keys(document).length === 1 && Object.hasOwn(document, '@context');
}

/** The definitions of a context, resolved. */
class Definitions {
  private readonly all = new Map<string, unknown>();
  vocab: string | undefined;

  add(name: string, definition: unknown): void {
    if (name === '@vocab' && typeof definition === 'string') this.vocab = definition;
    else if (!name.startsWith('@')) this.all.set(name, definition);
  }

  get entries(): IterableIterator<[string, unknown]> {
    return this.all.entries();
  }

  /** The IRI of a name or compact IRI; undefined when it has none. The guard has bounded the chain. */
  resolve(text: string): string | undefined {
    if (text.startsWith('@')) return text;
    const colon = text.indexOf(':');
    if (colon > 0 && !text.startsWith('//', colon + 1)) {
      const prefix = this.all.get(text.slice(0, colon));
      const base =
        prefix === undefined
          ? (PREFIXES as Record<string, string | undefined>)[text.slice(0, colon)]
          : this.idOf(text.slice(0, colon), prefix);
      if (base !== undefined) return base + text.slice(colon + 1);
    }
    if (ABSOLUTE.test(text)) return text;
    const own = this.all.get(text);
    return own === undefined ? this.vocab && this.vocab + text : this.idOf(text, own);
  }

  /** The IRI that a definition gives its name. */
  idOf(name: string, definition: unknown): string | undefined {
    const id = isMembers(definition) ? definition['@id'] : definition;
    if (id === null || (isMembers(definition) && Object.hasOwn(definition, '@reverse'))) return undefined;
    if (typeof id === 'string' && id !== name) return this.resolve(id);
    return name.includes(':') ? this.resolve(name) : this.vocab && this.vocab + name;
  }
}

/**
 * Reads the names of a JSON-LD context. Prefixes, keyword aliases, and what has no IRI are listed as unmapped; a context named by URL too, and never
 * fetched.
 * @throws DomainError as the guard of JSON-LD
 */
export function readContext(document: { '@context': unknown }): { entries: ContextEntry[]; unmapped: Unmapped[] } {
  const unmapped: Unmapped[] = [];
  const given = Array.isArray(document['@context']) ? (document['@context'] as unknown[]) : [document['@context']];
  const own = given.filter((context, index) => {
    const remote = typeof context === 'string' && !Object.hasOwn(KNOWN_CONTEXTS, context);
    if (remote)
      unmapped.push({
        place: `/@context/${index}`,
        detail: `names a context that is not known here and is never fetched: ${context.slice(0, 200)}`,
      });
    return !remote;
  });
  guardJsonLd({ '@context': own });
  const definitions = new Definitions();
  for (const context of own) {
    for (const [name, definition] of isMembers(context) ? Object.entries(context) : []) definitions.add(name, definition);
  }
  const entries = [...definitions.entries].flatMap(([name, definition]) => entryOf(name, definition, definitions, unmapped));
  return { entries, unmapped };
}

function entryOf(name: string, definition: unknown, definitions: Definitions, unmapped: Unmapped[]): ContextEntry[] {
  const place = `/@context/${pointerToken(name)}`;
  const iri = definitions.idOf(name, definition);
  const leftOut = (detail: string): ContextEntry[] => {
    unmapped.push({ place, detail });
    return [];
  };
  if (iri === undefined) return leftOut('has no IRI');
  if (iri.startsWith('@')) return leftOut('is another name of a keyword');
  if (PREFIX_END.test(iri)) return leftOut('is a prefix');
  const type = isMembers(definition) ? definition['@type'] : undefined;
  if (typeof type !== 'string' || type === '@none') return [{ name, iri }];
  const resolved = definitions.resolve(type) ?? type;
  const valueType = KEYWORD_TYPES[resolved] ?? (resolved.startsWith(PREFIXES.xsd) ? XSD[resolved.slice(PREFIXES.xsd.length)] : undefined);
  if (valueType === undefined) unmapped.push({ place: `${place}/@type`, detail: `is no type known here: ${type.slice(0, 200)}` });
  return [{ name, iri, ...(valueType === undefined ? {} : { valueType }) }];
}
