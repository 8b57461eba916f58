import { hash } from 'node:crypto';
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
  return hash('sha256', canonicalJson(value), 'buffer');
}

const UNORDERABLE = Symbol('a copy cannot keep the order');

/**
 * The value with its keys in canonical order, for the native serializer: twice as fast as the library. What is in order already is not copied. JavaScript
 * moves keys that look like array indexes to the front, and `__proto__` sets no member, so that a value with a key beginning with a digit or called so is
 * left to the library.
 */
function inCanonicalOrder(value: object): unknown {
  if (Array.isArray(value)) {
    const items = value as unknown[];
    let copies: unknown[] | undefined;
    for (let index = 0; index < items.length; index += 1) {
      const item = items[index];
      const copy = typeof item === 'object' && item !== null ? inCanonicalOrder(item) : checkScalar(item);
      if (copy === UNORDERABLE) return UNORDERABLE;
      if (copies === undefined && copy !== item) copies = items.slice(0, index);
      copies?.push(copy);
    }
    return copies ?? items;
  }
  const source = value as Record<string, unknown>;
  if (typeof source.toJSON === 'function') return UNORDERABLE;
  const keys = Object.keys(source);
  const isOrdered = isAscending(keys);
  let target: Record<string, unknown> | undefined = isOrdered ? undefined : {};
  for (const [index, key] of (isOrdered ? keys : keys.sort()).entries()) {
    const code = key.charCodeAt(0);
    if ((code >= 0x30 && code <= 0x39) || key === '__proto__') return UNORDERABLE;
    const member = source[key];
    const copy = typeof member === 'object' && member !== null ? inCanonicalOrder(member) : checkScalar(member);
    if (copy === UNORDERABLE) return UNORDERABLE;
    if (target === undefined && copy !== member) {
      target = {};
      for (const before of keys.slice(0, index)) target[before] = source[before];
    }
    if (target !== undefined) target[key] = copy;
  }
  return target ?? source;
}

function isAscending(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return false;
  return true;
}

function checkScalar(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is not a JSON value`);
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    throw new TypeError(`a ${typeof value} is not a JSON value`);
  return value;
}
