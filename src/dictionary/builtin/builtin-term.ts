import type { EnumerationValue, LanguageMap, TermContent, ValueType } from '../term/term.js';

/** The built-in vocabulary: its id is the namespace of its terms. */
export const URBAN = 'urn:twinfed:vocabulary:urban';

const SDM = 'https://smartdatamodels.org/dataModel.';
const SAREF = 'https://saref.etsi.org/';

/** A built-in term, briefly. Names of other built-in terms stand for their IRIs. */
export interface BuiltinTerm {
  readonly name: string;
  /** English, German, French, Spanish. */
  readonly labels: readonly [en: string, de: string, fr: string, es: string];
  readonly definition: string;
  readonly type?: ValueType;
  readonly unit?: string;
  readonly broader?: readonly string[];
  /** Other property names; the term's own name is one already. */
  readonly names?: readonly string[];
  /** Other English labels. */
  readonly also?: readonly string[];
  /** Means the same: Smart Data Models as `Subject/property`. */
  readonly sdm?: readonly string[];
  /** Means the same: DTDL smart-city model (opendigitaltwins-smartcities) as `Interface/name`. */
  readonly dtdl?: readonly string[];
  /** Means the same: SAREF as `core/Temperature`. */
  readonly saref?: readonly string[];
  /** Means nearly the same: as above, or a whole IRI, or the name of a built-in term. */
  readonly near?: {
    readonly sdm?: readonly string[];
    readonly dtdl?: readonly string[];
    readonly saref?: readonly string[];
    readonly own?: readonly string[];
  };
  /** Codes with their English labels. */
  readonly values?: Readonly<Record<string, string>>;
  /** The term of Smart Data Models whose enumeration has the same codes. */
  readonly valuesAs?: string;
}

/** The IRI of a built-in term. */
export function urbanIri(name: string): string {
  return `${URBAN}:${name}`;
}

function sdmIri(name: string): string {
  return SDM + name;
}

/**
 * A property of a DTDL interface has no identifier of its own where its author gave none; this is the one that DTDL's own parser assigns.
 */
function dtdlIri(name: string): string {
  const [model = '', property = ''] = name.split('/');
  return property === ''
    ? `dtmi:digitaltwins:ngsi_ld:city:${model};1`
    : `dtmi:digitaltwins:ngsi_ld:city:${model}:_contents:__${property};1`;
}

function iris(names: { sdm?: readonly string[]; dtdl?: readonly string[]; saref?: readonly string[]; own?: readonly string[] }): string[] {
  const { sdm = [], dtdl = [], saref = [], own = [] } = names;
  return [...sdm.map(sdmIri), ...dtdl.map(dtdlIri), ...saref.map((name) => SAREF + name), ...own.map(urbanIri)].sort();
}

function valueOf(code: string, label: string, sameAs: string | undefined): EnumerationValue {
  const exactMatch = sameAs === undefined ? [] : [{ term: sdmIri(sameAs), code }];
  return { code, labels: { en: label }, exactMatch, closeMatch: [] };
}

/** What a built-in term says, in full. */
export function contentOfBuiltin(term: BuiltinTerm): TermContent {
  const { name, labels, definition, type, unit, broader = [], names = [], also, near = {}, values = {}, valuesAs } = term;
  const [en, de, fr, es] = labels;
  const label: LanguageMap = { de, en, es, fr };
  return {
    labels: label,
    alternativeLabels: also === undefined ? {} : { en: [...also].sort() },
    definitions: { en: definition },
    notations: [...new Set([name, ...names])],
    broader: broader.map(urbanIri).sort(),
    exactMatch: iris(term),
    closeMatch: iris(near),
    ...(type === undefined ? {} : { valueType: type }),
    ...(unit === undefined ? {} : { unit }),
    values: Object.entries(values).map(([code, each]) => valueOf(code, each, valuesAs)),
    status: 'ACTIVE',
  };
}
