import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The form of every client id, so that anything else is unknown without asking the database. */
const CLIENT_ID = /^[a-z0-9][a-z0-9_-]{0,127}$/;
const NO_SECRET = Buffer.alloc(32);

/** Whether the text could be a client id at all. */
export function isClientId(text: string): boolean {
  return CLIENT_ID.test(text);
}

/** Lower-case letters, digits and hyphens that remind of `text`, at most `length` of them; empty when nothing is left. */
export function slugOf(text: string, length = 63): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, length)
    .replace(/-+$/, '');
}

/** A client id that a person recognises: `org_<organization>_<random>` or `twin_<last part of the twin's id>_<random>`. */
export function mintClientId(kind: 'org' | 'twin', about: string): string {
  const slug = slugOf(kind === 'twin' ? (about.split(/[:/#?]/).findLast((part) => part !== '') ?? '') : about);
  return [kind, slug.slice(0, 63) || 'x', randomBytes(8).toString('hex')].join('_');
}

/** A client secret: 256 random bits as base64url. */
export function mintClientSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * SHA-256 of a secret, which alone is stored. A slow password hash would add nothing: minted secrets hold 256 random bits, which no
 * number of guesses exhausts, and guessing at an operator's own choice is slowed down at the token endpoint.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in constant time; with no hash to compare with, takes as long and says no. */
export function secretMatches(secret: string, secretHash: Buffer | undefined): boolean {
  const equal = timingSafeEqual(hashSecret(secret), secretHash ?? NO_SECRET);
  return equal && secretHash !== undefined;
}
