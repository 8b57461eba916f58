import type { JsonPath, JsonTextLimits } from './json-text-problem.js';

/** Half-open range of UTF-16 code units: `text.slice(start, end)` is the value as written, without the whitespace around it. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

/** The wanted paths as a tree. */
export interface PathNode {
  /** Position among the wanted spans, -1 for a mere step on the way to one. */
  index: number;
  readonly children: Map<string, PathNode>;
}

/** What {@link scanJsonText} returns for a text that is to be refused. */
export const FAULTY = -1;

/**
 * One pass over the text: the number of members in it, or FAULTY. On a malformed text the number means nothing; the parser refuses that one anyway.
 * Fills `spans` on the way.
 */
export function scanJsonText(text: string, limits: JsonTextLimits, tree: PathNode | undefined, spans: (JsonSpan | undefined)[]): number {
  if (!isWellFormed(text)) return FAULTY;
  const { maxDepth, refuseNul } = limits;
  const levels: (PathNode | undefined)[] = [];
  const openSpans: OpenSpan[] = [];
  let spanDepth = NO_SPAN;
  let pending = tree;
  let depth = 0;
  let members = 0;
  let keyStart = 0;
  let keyEnd = 0;
  const length = text.length;
  let backslash = nextBackslash(text, 0);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    // Numbers and blanks are most of what lies between strings.
    if ((code > 0x2c && code < 0x3a) || code === 0x20) continue;
    switch (code) {
      case 0x22: {
        keyStart = i;
        i = text.indexOf('"', i + 1);
        if (i < 0) return FAULTY;
        if (backslash < i) {
          i = endOfEscapedString(text, backslash, refuseNul && spanDepth === NO_SPAN);
          if (i < 0) return FAULTY;
          backslash = nextBackslash(text, i);
        }
        keyEnd = i + 1;
        break;
      }
      case 0x7b:
        if (++depth > maxDepth) return FAULTY;
        levels[depth] = pending;
        pending = undefined;
        break;
      case 0x5b:
        if (++depth > maxDepth) return FAULTY;
        levels[depth] = undefined;
        pending = undefined;
        break;
      case 0x3a: {
        members += 1;
        const level = levels[depth];
        if (level === undefined) break;
        pending = level.children.get(unquote(text, keyStart, keyEnd));
        if (pending === undefined || pending.index < 0) break;
        openSpans.push({ index: pending.index, start: skipWhitespace(text, i + 1), depth });
        spanDepth = depth;
        break;
      }
      case 0x2c:
        pending = undefined;
        if (depth === spanDepth) spanDepth = closeSpan(text, i, openSpans, spans);
        break;
      case 0x7d:
      case 0x5d:
        if (depth === spanDepth) spanDepth = closeSpan(text, i, openSpans, spans);
        depth -= 1;
        break;
    }
  }
  return members;
}

interface OpenSpan {
  readonly index: number;
  readonly start: number;
  readonly depth: number;
}

const NO_SPAN = -1;

/** Ends the innermost open span; returns the depth of the one around it. */
function closeSpan(text: string, at: number, openSpans: OpenSpan[], spans: (JsonSpan | undefined)[]): number {
  const span = openSpans.pop();
  if (span) spans[span.index] = { start: span.start, end: endOfValue(text, at) };
  return openSpans.at(-1)?.depth ?? NO_SPAN;
}

/** Offset of the next backslash, or the length of the text: the one comparison this leaves to the loop is four times as fast in V8 as two. */
function nextBackslash(text: string, from: number): number {
  const found = text.indexOf('\\', from);
  return found < 0 ? text.length : found;
}

/**
 * Offset of the quote that closes a string, looked for from its first backslash on; negative when the string is unclosed, has half a surrogate pair
 * or a refused U+0000.
 */
function endOfEscapedString(text: string, firstBackslash: number, refuseNul: boolean): number {
  for (let i = firstBackslash; i < text.length;) {
    const character = text.charCodeAt(i);
    if (character === 0x22) return i;
    if (character !== 0x5c) i += 1;
    else if (text.charCodeAt(i + 1) !== 0x75) i += 2;
    else {
      const code = hexCode(text, i);
      if ((code === 0 && refuseNul) || (code >= 0xdc00 && code <= 0xdfff)) return FAULTY;
      i += 6;
      if (code < 0xd800 || code > 0xdbff) continue;
      const low = text.charCodeAt(i) === 0x5c && text.charCodeAt(i + 1) === 0x75 ? hexCode(text, i) : 0;
      if (!(low >= 0xdc00 && low <= 0xdfff)) return FAULTY;
      i += 6;
    }
  }
  return FAULTY;
}

function hexCode(text: string, backslash: number): number {
  return Number.parseInt(text.slice(backslash + 2, backslash + 6), 16);
}

/** Offset of the quote closing the string that opens at `start`, or -1. */
export function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function unquote(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(text.slice(start, end)) as string;
  } catch {
    return raw;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Offset of the first character from `from` on that is not whitespace. */
export function skipWhitespace(text: string, from: number): number {
  let i = from;
  while (isSpace(text.charCodeAt(i))) i += 1;
  return i;
}

/** Offset just after the last character before `before` that is not whitespace. */
export function endOfValue(text: string, before: number): number {
  let end = before;
  while (isSpace(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

/** Prepares paths for {@link scanJsonText}. */
export function pathTree(paths: readonly JsonPath[]): PathNode | undefined {
  if (paths.length === 0) return undefined;
  const root: PathNode = { index: -1, children: new Map() };
  paths.forEach((path, index) => {
    if (path.length === 0) throw new RangeError('the path of a span must not be empty');
    let node = root;
    for (const key of path) {
      const child = node.children.get(key) ?? { index: -1, children: new Map<string, PathNode>() };
      node.children.set(key, child);
      node = child;
    }
    node.index = index;
  });
  return root;
}

// String.prototype.isWellFormed is in every supported Node, but in no TypeScript library this project targets.
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
