/**
 * Names of members as names of elements. What XML does not allow is written `_xHHHH_`, the code point in hexadecimal digits; a name that looks so already
 * has its underscore written that way. Reading undoes it.
 */

const START =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}';
const REST = `${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}`;
/** Without colons: a prefix would have to be declared. Characters beyond the basic plane are escaped, for parsers that do not take them. */
const PLAIN = new RegExp(`^[${START}][${REST}]*$`, 'u');
const NO_START = new RegExp(`[^${START}]`, 'u');
const NO_REST = new RegExp(`[^${REST}]`, 'gu');
const ESCAPE = /_x([0-9A-F]{4,6})_/g;
/** Names that parsers refuse or reserve. */
const RESERVED = /^(?:xml|(?:__proto__|constructor|prototype)$)/i;
const EMPTY = '_x_';

/** Whether a name can stand as it is. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name) && !RESERVED.test(name) && name !== EMPTY && name.search(ESCAPE) < 0;
}

/** An element's name for a member's. */
export function elementName(name: string): string {
  if (isPlainName(name)) return name;
  if (name === '') return EMPTY;
  const escaped = name.replaceAll('_x', '_x005F_x').replaceAll(NO_REST, escape);
  const [first = ''] = escaped;
  return NO_START.test(first) || RESERVED.test(escaped) ? escape(first) + escaped.slice(first.length) : escaped;
}

/** The member's name that an element's was made of. */
export function memberName(name: string): string {
  if (!name.includes('_x')) return name;
  if (name === EMPTY) return '';
  return name.replaceAll(ESCAPE, (found, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : found;
  });
}

const escape = (character: string): string => `_x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}_`;
