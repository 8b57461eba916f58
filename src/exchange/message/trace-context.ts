/**
 * `traceparent` of W3C Trace Context (Recommendation of 23 November 2021, section 3.2): version, trace id, parent id and flags. Version ff and ids of zeros
 * only are not valid. The broker makes no spans of its own, so it hands on what it got.
 */
const VALID = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Length of what version 00 defines; later versions may add to it behind a hyphen. */
const KNOWN_LENGTH = 55;

/**
 * The trace that an HTTP request's header names; undefined when there is none or it is not valid, which restarts the trace and is no error.
 * What a later version than 00 says beyond it is cut off, as the Recommendation asks.
 */
export function traceparentOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const known = text.slice(0, KNOWN_LENGTH);
  if (!VALID.test(known)) return undefined;
  const isFirstVersion = known.startsWith('00-');
  if (text.length > KNOWN_LENGTH && (isFirstVersion || text[KNOWN_LENGTH] !== '-')) return undefined;
  return isFirstVersion ? known : `00${known.slice(2)}`;
}
