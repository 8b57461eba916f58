/**
 * Keys by which a twin is found: short texts, hashed to whole numbers of 53 bits, so that a row's keys stay small and one GIN index answers for all of
 * them. Two different texts meet in one number about once in 10^15 pairs; what a search promises does not rest on nobody making them meet on purpose,
 * since who can write a profile can as well write the thing itself into it.
 */

/** cyrb53 (public domain, bryc): two multiplicative hashes of 32 bits, mixed. Fast enough for a million rows with two hundred keys. */
export function searchKey(text: string): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ unit, 2654435761);
    h2 = Math.imul(h2 ^ unit, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}

/** What may be asked of one feature; a missing member says nothing. */
export interface FeatureKeyParts {
  readonly kind?: 'data' | 'function';
  readonly name?: string;
  readonly semanticType?: string;
  /** Dimension of the unit, as Units gives it. */
  readonly dimension?: string;
}

/**
 * Text of the key of a feature that has all of these. A feature is stored under every combination of what it has, so that conditions on one feature
 * never mix two. Only data has a unit.
 */
export function featureKeyText({ kind, name, semanticType, dimension }: FeatureKeyParts): string {
  const shownKind = dimension === undefined ? (kind ?? '') : '';
  return `f ${shownKind}\n${name ?? ''}\n${semanticType ?? ''}\n${dimension ?? ''}`;
}

/** Text of the key of a label by name, or by name and value. */
export function labelKeyText(name: string, value?: string): string {
  return value === undefined ? `l ${name}` : `l ${name}\n${value}`;
}

/** Text of the key of an object of interest. */
export function objectKeyText(id: string): string {
  return `o ${id}`;
}

/** Text of the key of a place in the profile (names and, for an element of an array, a star), or of a scalar at such a place. */
export function pathKeyText(path: readonly string[], value?: string | number | boolean | null): string {
  const steps = path.map((step) => (step === ANY_ELEMENT ? '*' : JSON.stringify(step))).join('/');
  return value === undefined ? `p ${steps}` : `v ${steps}=${JSON.stringify(value)}`;
}

/** Text of the key of a member's name, wherever it is. */
export function memberKeyText(name: string): string {
  return `n ${name}`;
}

/** Stands for any element of an array in a path; no member is called so, since names are never empty of meaning with a NUL in them. */
export const ANY_ELEMENT = '\0';
