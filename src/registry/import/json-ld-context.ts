import type { Meaning } from './imported-model.js';
import { isMembers, listOf, memberOf, type Members, textOf } from './json-members.js';

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/;
const MAX_TERMS = 2_000;
/** What the addresses of Smart Data Models' contexts have in common: the subject. */
const SUBJECT = /dataModel\.([A-Za-z0-9-]+)/i;

/** A `@context` as far as it can be understood without fetching anything: the terms it spells out, and the known addresses it names. */
export class JsonLdContext {
  readonly addresses: readonly string[];
  private readonly terms = new Map<string, string>();
  private vocabulary: string | undefined;

  constructor(document: Members) {
    const parts = listOf(document, '@context').flatMap((part) => (Array.isArray(part) ? (part as unknown[]) : [part]));
    this.addresses = parts.filter((part) => typeof part === 'string');
    for (const part of parts) if (isMembers(part)) this.define(part);
  }

  /** Subject of the Smart Data Models context, such as Transportation. */
  get subject(): string | undefined {
    return this.addresses.map((address) => SUBJECT.exec(address)?.[1]).find((subject) => subject !== undefined);
  }

  /** The IRI that a name stands for by the terms and prefixes spelled out here; undefined when it stands for none. */
  expand(name: string): string | undefined {
    const defined = this.terms.get(name);
    if (defined !== undefined) return this.absolute(defined);
    return name.includes(':') ? this.absolute(name) : undefined;
  }

  /** What a name means: its IRI where the context spells it out, and otherwise where the dictionary may find it. */
  meaningOf(name: string): Meaning {
    const iri = this.expand(name);
    if (iri !== undefined) return { iris: [iri] };
    const likely = [
      ...(this.vocabulary === undefined ? [] : [this.vocabulary + name]),
      ...(this.subject === undefined ? [] : [`https://smartdatamodels.org/dataModel.${this.subject}/${name}`]),
      `https://smartdatamodels.org/${name}`,
    ];
    return { likely, name };
  }

  private define(part: Members): void {
    this.vocabulary = textOf(part, '@vocab') ?? this.vocabulary;
    for (const [term, definition] of Object.entries(part)) {
      if (term.startsWith('@') || this.terms.size >= MAX_TERMS) continue;
      const iri = isMembers(definition) ? memberOf(definition, '@id') : definition;
      if (typeof iri === 'string') this.terms.set(term, iri);
    }
  }

  /** Resolves prefixes, a few in a row at most: `a: b:x`, `b: https://…`. */
  private absolute(iri: string, depth = 1): string | undefined {
    const colon = iri.indexOf(':');
    const prefix = colon < 0 ? undefined : this.terms.get(iri.slice(0, colon));
    if (prefix !== undefined && prefix !== iri && !iri.startsWith('//', colon + 1) && depth < 5) {
      return this.absolute(prefix + iri.slice(colon + 1), depth + 1);
    }
    // A prefix that nobody has defined looks like a scheme; without a slash or a further colon it is rather one.
    return ABSOLUTE.test(iri) && (/^[^:]+:\/\//.test(iri) || /^(urn|dtmi|did|tag|info):/.test(iri)) ? iri : undefined;
  }
}
