import { jsonTextReader } from '../../kernel/json-text.js';
import { DomainError } from '../../problems/domain-error.js';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH } from '../message/limits.js';

/** What a feature's format is made of; see `PayloadFormat.carrier`. */
export type Carrier = 'binary' | 'text' | 'json';

const readJson = jsonTextReader({ maxDepth: MAX_MESSAGE_DEPTH });
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)/i;
const BOM = '\uFEFF';

/** Bytes of a view, without copying. */
export function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * A document as the JSON text of a payload: of a binary format its base64url, of a textual one a string; JSON stays as it is written, digits and all.
 * @throws DomainError `malformed-message`, `unsupported-media-type`, `payload-too-large`; JsonTextError
 */
export function payloadText(document: unknown, carrier: Carrier, mediaType?: string): string {
  switch (carrier) {
    case 'binary':
      return JSON.stringify(asBytes(document).toString('base64url'));
    case 'text':
      return JSON.stringify(asText(document, mediaType));
    case 'json':
      return jsonOf(document, mediaType);
  }
}

/** A document that is JSON, as its text. @throws as {@link payloadText} */
export function jsonOf(document: unknown, mediaType?: string): string {
  if (typeof document !== 'string' && !ArrayBuffer.isView(document)) return JSON.stringify(document ?? null);
  const text = asText(document, mediaType);
  if (text.startsWith(BOM)) throw malformed('begins with a byte order mark, which JSON must not (RFC 8259 §8.1)');
  // Well formed and a single value: it is put into a larger text.
  readJson(text);
  return text;
}

function asText(document: unknown, mediaType: string | undefined): string {
  if (typeof document === 'string') return bounded(document);
  if (!ArrayBuffer.isView(document)) throw malformed('is a JSON value, but the format of the feature is text');
  const bytes = bytesOf(document);
  if (bytes.length > MAX_MESSAGE_BYTES) throw tooLarge();
  const charset = CHARSET.exec(mediaType ?? '')?.[1] ?? 'utf-8';
  const decoder = decoderOf(charset);
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed(`is not ${charset}`);
  }
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true });
  } catch {
    throw new DomainError('unsupported-media-type', `The charset ${charset.slice(0, 60)} of the document is not known.`);
  }
}

function asBytes(document: unknown): Buffer {
  if (ArrayBuffer.isView(document)) {
    if (document.byteLength > MAX_MESSAGE_BYTES) throw tooLarge();
    return bytesOf(document);
  }
  if (typeof document === 'string' && /^[A-Za-z0-9_-]*$/.test(document)) return Buffer.from(bounded(document), 'base64url');
  throw malformed('is no bytes, but the format of the feature is binary (over a textual wire: base64url)');
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) throw tooLarge();
  return text;
}

function malformed(detail: string): DomainError {
  return new DomainError('malformed-message', `The document ${detail}.`);
}

function tooLarge(): DomainError {
  return new DomainError('payload-too-large', `The document has more than ${MAX_MESSAGE_BYTES} bytes.`);
}
