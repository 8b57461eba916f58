import { fingerprint } from '../../../kernel/canonical-json.js';
import { resolvePointer } from './json-pointer.js';
import type { EpochTerms } from './subscription-terms.js';
import type { ToldKey } from './told.js';

/** What is remembered of a payload once it is told. */
export interface Remembered {
  value?: number;
  digest?: string;
}

/** How much of the SHA-256 is kept: 96 bits. */
const DIGEST_BYTES = 12;

/** What of a payload the terms compare with the next one. */
export function remembered(terms: EpochTerms, payload: unknown): Remembered {
  const watched = terms.deadband === undefined ? undefined : resolvePointer(payload, terms.deadband.at);
  return {
    ...(typeof watched === 'number' ? { value: watched } : {}),
    ...(terms.onlyChanges === undefined ? {} : { digest: digestOf(resolvePointer(payload, terms.onlyChanges.at)) }),
  };
}

/**
 * Whether a payload says anything new after what was told last. What cannot be compared (nothing was told yet, no number where the deadband looks)
 * is new.
 */
export function isNews(terms: EpochTerms, told: ToldKey | undefined, now: Remembered): boolean {
  if (told === undefined || told.revision !== terms.revision) return true;
  if (terms.onlyChanges !== undefined && told.digest === now.digest) return false;
  return terms.deadband === undefined || exceeds(terms.deadband, told.value, now.value);
}

function exceeds(
  { absolute, percent }: { absolute?: number; percent?: number },
  before: number | undefined,
  now: number | undefined,
): boolean {
  if (before === undefined || now === undefined) return true;
  const difference = Math.abs(now - before);
  return (absolute === undefined || difference > absolute) && (percent === undefined || difference > (Math.abs(before) * percent) / 100);
}

/** A digest of a value's RFC 8785 form; of nothing, that of no value. */
function digestOf(value: unknown): string {
  return value === undefined ? 'absent' : fingerprint(value).subarray(0, DIGEST_BYTES).toString('base64url');
}
