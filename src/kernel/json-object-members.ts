import { JsonTextError } from './json-text-problem.js';
import { closingQuote, endOfValue, type JsonSpan, skipWhitespace } from './json-text-scan.js';

/** A member of an object: its key, and where its value stands in the text. */
export interface JsonMember extends JsonSpan {
  readonly key: string;
}

const COLON = 0x3a;
const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Finds the members of a top-level object without parsing their values, so that each is read alone, once, and a faulty one harms no other. The
 * object's own punctuation and keys are checked, the values are not.
 * @throws JsonTextError `malformed` when the text is no object, `duplicate-key`
 */
export function jsonObjectMembers(text: string): JsonMember[] {
  const first = skipWhitespace(text, 0);
  if (text.charCodeAt(first) !== OPEN_BRACE) throw malformed(first, 'an object expected');
  const members: JsonMember[] = [];
  let at = skipWhitespace(text, first + 1);
  if (text.charCodeAt(at) === CLOSE_BRACE) return finished(text, at, members);
  for (;;) {
    const { key, next } = readKey(text, at);
    if (members.some((member) => member.key === key)) throw new JsonTextError('duplicate-key', '', at, 'the same key twice in one object');
    const start = skipWhitespace(text, next);
    const after = valueEnd(text, start);
    const end = endOfValue(text, after);
    if (end <= start) throw malformed(start, 'a value expected');
    members.push({ key, start, end });
    if (text.charCodeAt(after) === CLOSE_BRACE) return finished(text, after, members);
    at = skipWhitespace(text, after + 1);
  }
}

function readKey(text: string, at: number): { key: string; next: number } {
  const end = text.charCodeAt(at) === QUOTE ? closingQuote(text, at) : -1;
  if (end < 0) throw malformed(at, 'a key in double quotes expected');
  const colon = skipWhitespace(text, end + 1);
  if (text.charCodeAt(colon) !== COLON) throw malformed(colon, '":" expected');
  const raw = text.slice(at, end + 1);
  try {
    return { key: raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1), next: colon + 1 };
  } catch {
    throw malformed(at, 'not a string of JSON');
  }
}

/** Where the comma or brace stands that ends the value beginning at `start`. */
function valueEnd(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = closingQuote(text, i);
      if (i < 0) break;
    } else if (code < COMMA || (code > COMMA && code < OPEN_BRACKET)) continue;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth > 0) depth -= 1;
      else if (code === CLOSE_BRACE) return i;
      else throw malformed(i, '"}" expected');
    } else if (code === COMMA && depth === 0) return i;
  }
  throw malformed(text.length, 'the object is not closed');
}

function finished(text: string, closing: number, members: JsonMember[]): JsonMember[] {
  const rest = skipWhitespace(text, closing + 1);
  if (rest < text.length) throw malformed(rest, 'something follows the object');
  return members;
}

function malformed(offset: number, detail: string): JsonTextError {
  return new JsonTextError('malformed', '', offset, `${detail} (at offset ${offset})`);
}
