import type { ImportFormat } from './import-format.js';
import type { ImportedModel } from './imported-model.js';
import type { Members } from './json-members.js';
import type { ForeignUnits } from './unit-reader.js';

/** A document with what surrounds it. */
export interface SourceDocument {
  readonly value: Members;
  /** All documents of the request, this one among them: some refer to others. */
  readonly siblings: readonly Members[];
}

/** Reads one format. Pure: it looks nothing up and fetches nothing. */
export interface FormatReader {
  readonly format: ImportFormat;
  /** What such a document is, in a few words. */
  readonly title: string;
  /** What tells such a document from others, for a refusal. */
  readonly expected: string;
  /** Whether a document is surely of this kind. */
  recognizes(document: Members): boolean;
  /** Why a document that is said to be of this kind cannot be; undefined when it may. */
  refuses(document: Members): { readonly pointer: string; readonly detail: string } | undefined;
  /** @throws DomainError `validation-failed` for what must not be stored */
  read(document: SourceDocument, units: ForeignUnits): ImportedModel;
}
