import { FEATURE_NAME } from '../dto/feature.dto.js';

const MAX_NAME = 128;
const UNSPELT = 'feature';

/** Letters that do not come apart into a base letter and marks. */
const SPELLED: Readonly<Record<string, string>> = {
  ß: 'ss', æ: 'ae', Æ: 'Ae', œ: 'oe', Œ: 'Oe', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D', ł: 'l', Ł: 'L', þ: 'th', Þ: 'Th', ð: 'd', Ð: 'D', ı: 'i', µ: 'u',
}; // prettier-ignore

/** A name that a feature may have, as near to the given one as possible and always the same for it. */
export function featureNameFor(name: string): string {
  if (FEATURE_NAME.test(name)) return name;
  const plain = Array.from(name.normalize('NFKD').replace(/\p{M}/gu, ''), (letter) => SPELLED[letter] ?? letter).join('');
  const safe = plain
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[^A-Za-z]+/, (start) => (/\d/.test(start) ? `n${start.replace(/^[^\d]+/, '')}` : ''))
    .slice(0, MAX_NAME);
  return /[A-Za-z0-9]/.test(safe) && FEATURE_NAME.test(safe) ? safe : UNSPELT;
}

/** Hands out each name once; another of the same name gets a number. */
export class FeatureNames {
  private readonly taken = new Set<string>();

  take(name: string): string {
    const wanted = featureNameFor(name);
    let free = wanted;
    for (let count = 2; this.taken.has(free); count += 1) {
      const suffix = `-${count}`;
      free = wanted.slice(0, MAX_NAME - suffix.length) + suffix;
    }
    this.taken.add(free);
    return free;
  }
}
