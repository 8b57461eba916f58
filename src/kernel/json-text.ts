import { isUtf8 } from 'node:buffer';
import { findJsonTextProblem, JsonTextError, type JsonPath, type JsonTextLimits } from './json-text-problem.js';
import { closingQuote, endOfValue, FAULTY, pathTree, scanJsonText, skipWhitespace, type JsonSpan } from './json-text-scan.js';

export { JsonTextError, type JsonPath, type JsonTextProblem } from './json-text-problem.js';
export { type JsonSpan } from './json-text-scan.js';

/**
 * Reading JSON text strictly, without slowing the hot path. The native parser decides the grammar. One scan beside it, which jumps over strings,
 * sees what the parser lets pass: nesting, escapes, and the number of members written. Fewer members in the value than in the text means that a
 * key came twice. Only a text found faulty is read again, slowly, to say where and why.
 */

/** How a text is read. */
export interface JsonTextOptions {
  /** Deepest nesting of objects and arrays accepted (default 64). */
  readonly maxDepth?: number;
  /** Values whose raw text is wanted, each a non-empty path of object keys. */
  readonly spans?: readonly JsonPath[];
  /** Refuse `\u0000` in strings and keys, except beneath the values listed in `spans` (default false). */
  readonly refuseNul?: boolean;
}

/** The value, as `JSON.parse` gives it (a key `__proto__` is an own property), and the spans in the order they were asked for. */
export interface ParsedJson {
  readonly value: unknown;
  readonly spans: readonly (JsonSpan | undefined)[];
  /** Whether every number is one that a double holds: 1e400 is not, and has no RFC 8785 form. */
  readonly isFinite: boolean;
}

/** Spans of the elements of a top-level array. With `truncated`, there are more elements than the limit and the rest of the text was not looked at. */
export interface JsonArrayElements {
  readonly elements: readonly JsonSpan[];
  readonly truncated: boolean;
}

const DEFAULT_MAX_DEPTH = 64;

/** Parses one text; see {@link jsonTextReader}, which is cheaper for many texts. Throws {@link JsonTextError}. */
export function parseJsonText(text: string, options: JsonTextOptions = {}): ParsedJson {
  return jsonTextReader(options)(text);
}

/** A reader with its options prepared once. Throws {@link JsonTextError}: malformed, duplicate-key, too-deep, lone-surrogate, nul-character. */
export function jsonTextReader(options: JsonTextOptions = {}): (text: string) => ParsedJson {
  const { maxDepth = DEFAULT_MAX_DEPTH, spans: paths = [], refuseNul = false } = options;
  const limits: JsonTextLimits = { maxDepth, refuseNul, nulAllowedBeneath: paths };
  const tree = pathTree(paths);
  return (text) => {
    const spans = new Array<JsonSpan | undefined>(paths.length).fill(undefined);
    const members = scanJsonText(text, limits, tree, spans);
    if (members === FAULTY) throw problemOf(text, limits);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw problemOf(text, limits);
    }
    const count = new MemberCount();
    count.add(value);
    if (count.members !== members) throw problemOf(text, limits);
    return { value, spans, isFinite: count.isFinite };
  };
}

/** Decodes UTF-8 strictly. Throws {@link JsonTextError} `malformed` on invalid UTF-8 and on a byte order mark, which RFC 8259 section 8.1 forbids. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new JsonTextError('malformed', '', 0, 'the text begins with a byte order mark');
  }
  if (!isUtf8(bytes)) throw new JsonTextError('malformed', '', 0, 'the text is not valid UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/**
 * Finds the elements of a top-level array without parsing them, so that each is read alone and a faulty one harms no other. The array's own brackets
 * and commas are checked, the elements are not. Throws {@link JsonTextError} `malformed` when the text is no array.
 */
export function jsonArrayElements(text: string, limit = Number.MAX_SAFE_INTEGER): JsonArrayElements {
  const first = skipWhitespace(text, 0);
  if (text.charCodeAt(first) !== 0x5b) throw new JsonTextError('malformed', '', first, 'an array expected');
  const elements: JsonSpan[] = [];
  let depth = 1;
  let start = skipWhitespace(text, first + 1);
  for (let i = first + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = closingQuote(text, i);
      if (i < 0) break;
    } else if (code === 0x5b || code === 0x7b) depth += 1;
    else if ((code === 0x5d || code === 0x7d) && depth > 1) depth -= 1;
    else if ((code === 0x2c && depth === 1) || code === 0x5d || code === 0x7d) {
      const end = endOfValue(text, i);
      const isEmptyArray = code === 0x5d && elements.length === 0 && end <= start;
      if (code === 0x7d || (end <= start && !isEmptyArray))
        throw new JsonTextError('malformed', `/${elements.length}`, i, 'a value expected');
      if (!isEmptyArray && elements.length >= limit) return { elements, truncated: true };
      if (!isEmptyArray) elements.push({ start, end });
      if (code === 0x5d) return finished(text, i, elements);
      start = skipWhitespace(text, i + 1);
    }
  }
  throw new JsonTextError('malformed', '', text.length, 'the array is not closed');
}

function finished(text: string, closing: number, elements: readonly JsonSpan[]): JsonArrayElements {
  const rest = skipWhitespace(text, closing + 1);
  if (rest < text.length) throw new JsonTextError('malformed', '', rest, 'something follows the array');
  return { elements, truncated: false };
}

/** Counts the members of a value, and notes a number that no double holds. */
class MemberCount {
  members = 0;
  isFinite = true;

  // Recursion is safe: the scan has already bounded the depth.
  add(value: unknown): void {
    if (typeof value === 'number') this.isFinite &&= Number.isFinite(value);
    else if (typeof value !== 'object' || value === null) return;
    else if (Array.isArray(value)) for (const element of value) this.add(element);
    else {
      for (const key in value) {
        this.members += 1;
        this.add((value as Record<string, unknown>)[key]);
      }
    }
  }
}

function problemOf(text: string, limits: JsonTextLimits): JsonTextError {
  return findJsonTextProblem(text, limits) ?? new JsonTextError('malformed', '', 0, 'the text is not JSON');
}
