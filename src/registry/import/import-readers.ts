import { DomainError } from '../../problems/domain-error.js';
import { SHELL_READER } from './aas/shell-reader.js';
import { DTDL_READER } from './dtdl/dtdl-reader.js';
import type { FormatReader } from './format-reader.js';
import type { ImportFormat } from './import-format.js';
import { isMembers, type Members } from './json-members.js';
import { ENTITY_READER } from './ngsi-ld/entity-reader.js';
import { REGISTRATION_READER } from './ngsi-ld/registration-reader.js';
import { THING_READER } from './td/thing-reader.js';

/** Every format, the most telling first: a document is of the first kind that recognizes it. */
const READERS: readonly FormatReader[] = [DTDL_READER, THING_READER, REGISTRATION_READER, SHELL_READER, ENTITY_READER];

/** Content types that say of which format a document is. Others (JSON, JSON-LD) leave it to the document. */
const FORMAT_OF_TYPE: Readonly<Record<string, ImportFormat>> = {
  'application/td+json': 'td',
  'application/tm+json': 'td',
  'application/aas+json': 'aas',
  'application/asset-administration-shell+json': 'aas',
  'application/dtdl+json': 'dtdl',
};

/** What a content type says of the format; undefined when it says nothing. */
export function formatOfMediaType(mediaType: string): ImportFormat | undefined {
  return Object.hasOwn(FORMAT_OF_TYPE, mediaType) ? FORMAT_OF_TYPE[mediaType] : undefined;
}

/**
 * The reader for a document.
 * @param stated the format that the request names, if it does
 * @throws DomainError `validation-failed` when the document cannot be of that format, or is of no known kind
 */
export function readerFor(document: unknown, stated?: ImportFormat): { reader: FormatReader; value: Members } {
  if (!isMembers(document)) throw refusal('', `must be a JSON object: ${expectations()}`);
  const reader = stated === undefined ? READERS.find((each) => each.recognizes(document)) : READERS.find(({ format }) => format === stated);
  if (reader === undefined) throw refusal('', `is a document of no known kind; expected is ${expectations()}`);
  const fault = reader.refuses(document);
  if (fault !== undefined) throw refusal(fault.pointer, `${fault.detail}; a ${reader.title} has ${reader.expected}`);
  return { reader, value: document };
}

function expectations(): string {
  return READERS.map(({ title, expected }) => `a ${title} (${expected})`).join(', or ');
}

function refusal(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer || 'The document'} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
