import { createHash } from 'node:crypto';
import { InvalidId, MAX_ID_LENGTH, parseUriId } from '../../kernel/ids.js';

/** Begins the ids made for documents whose own identifier is no URI. */
const MINTED = 'urn:twinfed:import:';

function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** One line of at most `length` characters that a name or label may hold; undefined when nothing is left of it. */
export function asLine(text: string, length: number): string | undefined {
  const line = text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line === '' ? undefined : cut(line, length);
}

/** Text of at most `length` characters without controls but line breaks and tabs; undefined when nothing is left of it. */
export function asProse(text: string, length: number): string | undefined {
  const prose = text.replace(/[\p{Cs}]|(?![\t\n\r])\p{Cc}/gu, ' ').trim();
  return prose === '' ? undefined : cut(prose, length);
}

/** Whether the text may be an id as it is. */
export function isUriId(text: unknown): boolean {
  try {
    parseUriId(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidId) return false;
    throw error;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * The URI for an identifier, always the same for the same text: itself, if it is one; an IRI with its other characters percent-encoded; anything
 * else, percent-encoded, under `urn:twinfed:import:`; what is then too long, by its hash.
 */
export function uriFor(text: string): string {
  if (isUriId(text)) return text;
  const encoded = encodeURI(text.replace(/\p{Cs}/gu, '\uFFFD')).replace(/%25([0-9A-Fa-f]{2})/g, '%$1');
  if (/^[A-Za-z][A-Za-z0-9+.-]{1,30}:[^\s]/.test(text) && isUriId(encoded)) return encoded;
  const minted = MINTED + encodeURIComponent(text.replace(/\p{Cs}/gu, '\uFFFD'));
  return minted.length <= MAX_ID_LENGTH && isUriId(minted) ? minted : MINTED + shortHash(text);
}

/** The URI of a document without an identifier: by what it says, always the same. */
export function uriOfUnnamed(seed: string): string {
  return MINTED + shortHash(seed);
}

/** The last readable part of an identifier: after the last slash, hash or colon, without a DTDL version. */
export function lastPart(identifier: string): string {
  const parts = identifier.replace(/;[\d.]+$/, '').split(/[/#:]/).filter((part) => part !== ''); // prettier-ignore
  return parts.at(-1) ?? identifier;
}
