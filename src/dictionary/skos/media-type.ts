import { DomainError } from '../../problems/domain-error.js';

/**
 * The type to answer with: of those offered, the one that the Accept header likes best (RFC 9110 §12.5.1); of equals, the first offered.
 * @throws DomainError `not-acceptable`
 */
export function chooseMediaType<T extends string>(accept: string | undefined, offered: readonly [T, ...T[]]): T {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = accept.split(',', 50).map(readRange);
  const quality = (type: string): number => {
    const fits = ranges.filter(({ range }) => range === type || range === '*/*' || range === type.replace(/\/.*/, '/*'));
    // The most specific range decides: a whole type before type/*, that before */*.
    fits.sort((one, other) => specificity(other.range) - specificity(one.range));
    return fits[0]?.quality ?? 0;
  };
  const [best] = offered.map((type) => ({ type, quality: quality(type) })).sort((one, other) => other.quality - one.quality);
  if (best !== undefined && best.quality > 0) return best.type;
  throw new DomainError('not-acceptable', `This is available as ${offered.join(' and ')}.`);
}

function readRange(text: string): { range: string; quality: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameters.find((parameter) => parameter.startsWith('q=')) ?? 'q=1');
  return { range, quality: q?.[1] === undefined ? 0 : Number(q[1]) };
}

function specificity(range: string): number {
  if (range === '*/*') return 0;
  return range.endsWith('/*') ? 1 : 2;
}
