import { FormatError } from '../payload-format.js';
import { excerpt, wellFormed } from '../scalar-text.js';

const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

const REFERENCE = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g;
const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const MARKUP: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/**
 * A text with its references resolved: the five predefined ones and characters by number. No other entity is known, so that nothing expands.
 * @throws FormatError
 */
export function resolvedText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(REFERENCE, (found, name: string | undefined, decimal: string | undefined, hex: string | undefined) => {
    if (name !== undefined) return PREDEFINED[name] ?? found;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    const character = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '';
    if (character !== '' && !FORBIDDEN.test(character)) return character;
    throw new FormatError(`entities are not expanded: ${excerpt(found)} in ${excerpt(text)}`);
  });
}

/** A text between tags. @throws FormatError when it has characters that XML does not know */
export function writtenText(text: string): string {
  checkCharacters(text);
  return /[<>&\r]/.test(text) ? text.replaceAll(/[<>&\r]/g, (character) => MARKUP[character] ?? character) : text;
}

/** A text in double quotes. @throws FormatError */
export function writtenAttribute(text: string): string {
  checkCharacters(text);
  return text.replaceAll(/[<>&"\r\n\t]/g, (character) => MARKUP[character] ?? character);
}

/** @throws FormatError on characters that XML 1.0 does not allow, not even by reference */
export function checkCharacters(text: string): void {
  wellFormed(text);
  const found = FORBIDDEN.exec(text);
  if (found !== null)
    throw new FormatError(`XML does not allow the character U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
}
