/** An RFC 6901 pointer, taken apart. */
export type PointerTokens = readonly string[];

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

/** Whether the text is an RFC 6901 pointer. */
export function isPointer(text: string): boolean {
  return POINTER.test(text);
}

/** The tokens of a pointer that {@link isPointer} lets pass. */
export function parsePointer(text: string): PointerTokens {
  return text
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the pointer names in a JSON value; undefined when there is nothing. */
export function resolvePointer(value: unknown, tokens: PointerTokens): unknown {
  let found = value;
  for (const token of tokens) {
    if (typeof found !== 'object' || found === null) return undefined;
    if (Array.isArray(found) && !/^(?:0|[1-9]\d{0,9})$/.test(token)) return undefined;
    if (!Object.hasOwn(found, token)) return undefined;
    found = (found as Record<string, unknown>)[token];
  }
  return found;
}
