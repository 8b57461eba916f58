import { FormatError } from './payload-format.js';

/** Longest document of a textual format, in UTF-16 code units; messages are smaller. */
export const MOST_CHARACTERS = 4 * 1_024 * 1_024;

const BYTE_ORDER_MARK = 0xfeff;

/**
 * A document as text, without the byte order mark that some programs put before it.
 * @throws FormatError when it is no text, or too long
 */
export function documentText(document: unknown, what: string): string {
  if (typeof document !== 'string') throw new FormatError(`${what} is a text: send it as a JSON string`, '');
  if (document.length > MOST_CHARACTERS) throw new FormatError(`${what} has more than ${MOST_CHARACTERS} characters`, '');
  return document.charCodeAt(0) === BYTE_ORDER_MARK ? document.slice(1) : document;
}
