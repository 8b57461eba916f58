import { canonicalJson } from '../../kernel/canonical-json.js';
import { pointerToken } from '../../problems/dto-validation.js';

/** One place that differs. `removed` points into the document before, the others into the one after. */
export interface DifferentPlace {
  readonly pointer: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** What differs between two JSON documents: the places, at most {@link MAX_PLACES} of them, and the RFC 7396 merge patch from one to the other. */
export interface Difference {
  readonly places: readonly DifferentPlace[];
  /** How many places there are altogether. */
  readonly count: number;
  /** Absent when its text is longer than {@link MAX_PATCH_CHARACTERS}. */
  readonly patch?: Record<string, unknown>;
}

/** The most places that are named one by one. */
export const MAX_PLACES = 100;
/** The longest merge patch that is shown, in characters of JSON. */
export const MAX_PATCH_CHARACTERS = 16_384;

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** Items with names of their own are told apart by these, so that one that is taken away does not make all others different. */
function namesOf(items: readonly unknown[]): string[] | undefined {
  const names = items.map((item) => (isObject(item) && typeof item.name === 'string' ? item.name : undefined));
  return names.every((name) => name !== undefined) && new Set(names).size === names.length ? names : undefined;
}

/** Pairs of what is compared: by name or place, with the token of each side. */
function pairsOf(before: object, after: object): { from?: string; to?: string }[] {
  const fromKeys = Object.keys(before);
  const toKeys = Object.keys(after);
  const names = Array.isArray(before) && Array.isArray(after) ? [namesOf(before), namesOf(after)] : [];
  const [fromNames = fromKeys, toNames = toKeys] = names[0] && names[1] ? names : [];
  const at = new Map(toNames.map((name, index) => [name, toKeys[index]]));
  const kept = fromNames.map((name, index) => ({ from: fromKeys[index], to: at.get(name) }));
  const known = new Set(fromNames);
  return [...kept, ...toNames.flatMap((name, index) => (known.has(name) ? [] : [{ to: toKeys[index] }]))];
}

function collect(before: unknown, after: unknown, from: string, to: string, places: DifferentPlace[]): void {
  const bothObjects = isObject(before) && isObject(after);
  const bothLists = Array.isArray(before) && Array.isArray(after);
  if (!bothObjects && !bothLists) {
    if (!same(before, after)) places.push({ pointer: to, change: 'changed' });
    return;
  }
  for (const pair of pairsOf(before, after)) {
    const was = pair.from === undefined ? undefined : `${from}/${pointerToken(pair.from)}`;
    const is = pair.to === undefined ? undefined : `${to}/${pointerToken(pair.to)}`;
    if (is === undefined) places.push({ pointer: was ?? from, change: 'removed' });
    else if (was === undefined) places.push({ pointer: is, change: 'added' });
    else collect((before as Members)[pair.from ?? ''], (after as Members)[pair.to ?? ''], was, is, places);
  }
}

function patchFrom(before: Members, after: Members): Members {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const set = Object.entries(after).flatMap(([name, value]): [string, unknown][] => {
    const previous = Object.hasOwn(before, name) ? before[name] : undefined;
    if (previous !== undefined && same(previous, value)) return [];
    return [[name, isObject(previous) && isObject(value) ? patchFrom(previous, value) : value]];
  });
  return Object.fromEntries([...removed.map((name): [string, unknown] => [name, null]), ...set]);
}

/**
 * What differs. Lists whose items all have names of their own (features) are compared by name; if only their order differs, the list itself does.
 * Undefined when nothing differs. Recursive: profiles are bounded in depth.
 */
export function differenceOf(before: Members, after: Members): Difference | undefined {
  if (same(before, after)) return undefined;
  const places: DifferentPlace[] = [];
  collect(before, after, '', '', places);
  const patch = patchFrom(before, after);
  if (places.length === 0) Object.keys(patch).forEach((name) => places.push({ pointer: `/${pointerToken(name)}`, change: 'changed' }));
  const fits = JSON.stringify(patch).length <= MAX_PATCH_CHARACTERS;
  return { places: places.slice(0, MAX_PLACES), count: places.length, ...(fits ? { patch } : {}) };
}
