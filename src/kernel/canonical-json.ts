import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';

// The package is CommonJS, but its types describe an ES module: for TypeScript the import is a namespace, at run time it is the function.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/**
 * The RFC 8785 form of a JSON value: keys ordered by UTF-16 code units, numbers as ECMAScript writes them, no whitespace. Members that are undefined
 * are left out. Numbers are IEEE doubles here: two texts that differ only beyond 17 significant digits have one form. Throws `TypeError` on what
 * JSON cannot hold (NaN, functions, bigints, undefined). Recursive: callers bound the depth, as the reader of JSON text does.
 */
export function canonicalJson(value: unknown): string {
  const copy = typeof value === 'object' && value !== null ? inCanonicalOrder(value) : checkScalar(value);
  const text = copy === UNORDERABLE ? canonicalize(value) : JSON.stringify(copy);
  if (text === undefined) throw new TypeError('undefined is not a JSON value');
  return text;
}

/** SHA-256 of the RFC 8785 form: 32 bytes, equal for values that mean the same. Throws as {@link canonicalJson} does. */
export function fingerprint(value: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(value)).digest();
}

const UNORDERABLE = Symbol('a copy cannot keep the order');

/**
 * A copy whose keys were added in canonical order, for the native serializer: twice as fast as the library. JavaScript moves keys that look like array
 * indexes to the front, and `__proto__` sets no member, so that a value with a key beginning with a digit or called so is left to the library.
 */
function inCanonicalOrder(value: object): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value as unknown[]) {
      const copy = typeof item === 'object' && item !== null ? inCanonicalOrder(item) : checkScalar(item);
      if (copy === UNORDERABLE) return UNORDERABLE;
      items.push(copy);
    }
    return items;
  }
  const source = value as Record<string, unknown>;
  if (typeof source.toJSON === 'function') return UNORDERABLE;
  const target: Record<string, unknown> = {};
  for (const key of Object.keys(source).sort()) {
    const code = key.charCodeAt(0);
    if ((code >= 0x30 && code <= 0x39) || key === '__proto__') return UNORDERABLE;
    const member = source[key];
    const copy = typeof member === 'object' && member !== null ? inCanonicalOrder(member) : checkScalar(member);
    if (copy === UNORDERABLE) return UNORDERABLE;
    target[key] = copy;
  }
  return target;
}

function checkScalar(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is not a JSON value`);
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    throw new TypeError(`a ${typeof value} is not a JSON value`);
  return value;
}
