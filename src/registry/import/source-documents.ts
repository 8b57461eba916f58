import { jsonArrayElements, jsonTextReader, JsonTextError } from '../../kernel/json-text.js';
import { DomainError } from '../../problems/domain-error.js';
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENTS } from './import-format.js';

/** A document of a request, as text and as value; or why it could not be read. */
export type ReadDocument =
  | { readonly text: string; readonly value: unknown; readonly refusal?: undefined }
  | { readonly text: string; readonly value?: undefined; readonly refusal: DomainError };

const readJson = jsonTextReader({ refuseNul: true });

function readOne(text: string): ReadDocument {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DOCUMENT_BYTES) {
    const refusal = new DomainError('payload-too-large', `The document has ${bytes} bytes; at most ${MAX_DOCUMENT_BYTES} are imported.`, {
      pointer: '',
    });
    return { text, refusal };
  }
  try {
    return { text, value: readJson(text).value };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return { text, refusal: new DomainError('malformed-message', error.message, { pointer: error.pointer, cause: error }) };
  }
}

/**
 * The documents of a body: itself, or each element of an array, read on its own so that a faulty one does not spoil the others.
 * @throws DomainError `malformed-message`, `payload-too-large` for a single document and for more than 1,000
 * @throws JsonTextError for an array that is none
 */
export function readDocuments(body: string): { documents: readonly ReadDocument[]; isArray: boolean } {
  if (!/^\s*\[/.test(body)) {
    const document = readOne(body);
    if (document.refusal !== undefined) throw document.refusal;
    return { documents: [document], isArray: false };
  }
  const { elements, truncated } = jsonArrayElements(body, MAX_DOCUMENTS);
  if (truncated) throw new DomainError('payload-too-large', `One request imports at most ${MAX_DOCUMENTS} documents.`);
  if (elements.length === 0) {
    const errors = [{ pointer: '', detail: 'must hold at least one document' }];
    throw new DomainError('validation-failed', 'The array holds no document.', { pointer: '', errors });
  }
  return { documents: elements.map(({ start, end }) => readOne(body.slice(start, end))), isArray: true };
}
