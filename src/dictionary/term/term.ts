import type { OrganizationId } from '../../kernel/ids.js';

/** Text per language; keys are canonical BCP 47 tags. */
export type LanguageMap = Readonly<Record<string, string>>;
/** Several texts per language. */
export type LanguageLists = Readonly<Record<string, readonly string[]>>;

/** What a value of a term looks like. The list is ours (P). `uri` refers to a thing; `enumeration` is one of the term's values. */
export const VALUE_TYPES = [
  'number',
  'integer',
  'string',
  'boolean',
  'dateTime',
  'date',
  'time',
  'duration',
  'uri',
  'geometry',
  'object',
  'array',
  'enumeration',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** States of a term that is there. A removed one keeps its versions and nothing else. */
export const TERM_STATUSES = ['ACTIVE', 'DEPRECATED'] as const;
export type TermStatus = (typeof TERM_STATUSES)[number];

/** One value of another term's enumeration. */
export interface ValueReference {
  /** IRI of that term; it need not be in this dictionary. */
  readonly term: string;
  readonly code: string;
}

/** One value that an enumerated term may take. */
export interface EnumerationValue {
  /** As it stands in the data. */
  readonly code: string;
  readonly labels: LanguageMap;
  readonly exactMatch: readonly ValueReference[];
  readonly closeMatch: readonly ValueReference[];
}

/** What is said of a term: the part that has versions. */
export interface TermContent {
  /** Preferred label, one per language. */
  readonly labels: LanguageMap;
  readonly alternativeLabels: LanguageLists;
  readonly definitions: LanguageMap;
  /** Codes and property names under which data carries it. */
  readonly notations: readonly string[];
  /** IRIs of more general terms. */
  readonly broader: readonly string[];
  /** IRIs of terms elsewhere that mean the same: either may stand for the other. */
  readonly exactMatch: readonly string[];
  /** IRIs of terms elsewhere that mean nearly the same: good enough for some uses. */
  readonly closeMatch: readonly string[];
  readonly valueType?: ValueType;
  /** Canonical UCUM. */
  readonly unit?: string;
  readonly values: readonly EnumerationValue[];
  readonly status: TermStatus;
  /** Only of a DEPRECATED term: IRI of what to use instead. */
  readonly replacedBy?: string;
}

/** A term of the dictionary as it stands. */
export interface TermRecord extends TermContent {
  readonly iri: string;
  /** Id of the vocabulary that it belongs to. */
  readonly vocabulary: string;
  /** Counts the changes, through removal and return. */
  readonly version: number;
  /** Derived: the terms that name this one as broader, at most 1,000. */
  readonly narrower: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A former or the present state of a term. */
export interface TermVersion {
  readonly version: number;
  readonly status: TermStatus | 'REMOVED';
  /** Absent of a removal. */
  readonly content?: TermContent;
  /** The subject of the principal, or `broker`. */
  readonly changedBy: string;
  readonly changedAt: Date;
}

/** What a vocabulary says of itself. */
export interface VocabularyContent {
  readonly titles: LanguageMap;
  readonly descriptions: LanguageMap;
  /** IRI of the licence. */
  readonly license?: string;
}

/** A concept scheme: terms under one steward. */
export interface VocabularyRecord extends VocabularyContent {
  /** IRI; also the namespace of its terms. */
  readonly id: string;
  /** Who may change it; undefined: the built-in one, which only an operator changes. */
  readonly steward?: OrganizationId;
  readonly incarnation: number;
  readonly version: number;
  readonly terms: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What became of a term or vocabulary. */
export type DictionaryChange = 'created' | 'replaced' | 'unchanged';

/** What a record says of its term, without what the dictionary adds. */
export function termContentOf(term: TermContent): TermContent {
  const {
    labels,
    alternativeLabels,
    definitions,
    notations,
    broader,
    exactMatch,
    closeMatch,
    valueType,
    unit,
    values,
    status,
    replacedBy,
  } = term;
  return {
    labels,
    alternativeLabels,
    definitions,
    notations,
    broader,
    exactMatch,
    closeMatch,
    ...(valueType === undefined ? {} : { valueType }),
    ...(unit === undefined ? {} : { unit }),
    values,
    status,
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}

/** The last part of an IRI, which many vocabularies use as property name. */
export function localName(iri: string): string {
  const dtmi = /^dtmi:(.*);\d+(?:\.\d+)?$/.exec(iri);
  if (dtmi?.[1] !== undefined) return (dtmi[1].split(':').at(-1) ?? '').replace(/^__/, '');
  return iri.split(/[/#:]/).at(-1) ?? '';
}

/** The form under which names are compared: case and compatibility variants make no difference. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}
