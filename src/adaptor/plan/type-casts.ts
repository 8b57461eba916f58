import { type Place, placeText } from '../semantic/place.js';
import type { SchemaNode } from './schema-reader.js';
import type { ValueChange } from './value-changes.js';

/** What makes a value of the one type one of the other; undefined when nothing does. Types that nobody stated are taken to fit. */
export function castsBetween(from: SchemaNode, to: SchemaNode, place: Place): readonly ValueChange[] | undefined {
  const [given, wanted] = [plainTypes(from), plainTypes(to)];
  if (given === undefined || wanted === undefined) return [];
  if ([...given].every((type) => wanted.has(type) || (type === 'integer' && wanted.has('number')))) return [];
  // Whatever both have in common may come; what does not fit is refused when it does.
  if ([...given].some((type) => wanted.has(type)))
    return given.has('number') && !wanted.has('number') && wanted.has('integer') ? [cast('integer', place)] : [];
  const [only] = given;
  if (given.size !== 1 && !(given.has('number') && given.has('integer') && given.size === 2)) return undefined;
  if (only === 'array') return wanted.has('object') ? undefined : [cast('single', place, 'before')];
  if (only === 'number' || only === 'integer') {
    if (wanted.has('integer')) return [cast('integer', place)];
    if (wanted.has('string')) return [cast('text', place)];
  }
  if (only === 'string' && wanted.has('number')) return [cast('number', place, 'before')];
  return wanted.has('array') && fitsElement(only) ? [cast('list', place)] : undefined;
}

/** Without null, which every step leaves alone. */
function plainTypes({ types }: SchemaNode): ReadonlySet<string> | undefined {
  if (types === undefined) return undefined;
  const plain = new Set([...types].filter((type) => type !== 'null'));
  return plain.size === 0 ? undefined : plain;
}

function fitsElement(type: string | undefined): boolean {
  return type !== undefined && type !== 'array';
}

function cast(to: string, place: Place, phase: 'before' | 'after' = 'after'): ValueChange {
  // A list of one is made after its element was changed, and taken apart before.
  return { step: 'cast', phase, entry: { at: placeText(place), to } };
}
