import { pointerToken } from '../../problems/dto-validation.js';
import { StepError } from './semantic-step.js';

/** A place in a value: names of members, `*` for each element of an array. As text an RFC 6901 pointer in which the token `*` has that meaning. */
export type Place = readonly string[];

/** Deepest place that a step works on. */
export const MAX_PLACE_DEPTH = 32;
/** Stands for each element of an array. */
export const EACH = '*';
/** What a change gives back when the member shall go. */
export const GONE = Symbol('GONE');

/** Reads a place; undefined when it is none. A member cannot be called `__proto__`. */
export function readPlace(text: unknown): Place | undefined {
  if (typeof text !== 'string' || text.length > 2_048 || (text !== '' && !text.startsWith('/'))) return undefined;
  const place = text === '' ? [] : text.slice(1).split('/').map(unescaped);
  return place.length > MAX_PLACE_DEPTH || place.includes('__proto__') ? undefined : place;
}

/** The place as text. */
export function placeText(place: Place): string {
  return place.map((token) => `/${pointerToken(token)}`).join('');
}

/** A place that {@link readPlace} has seen. */
export function placeOf(text: string): Place {
  return readPlace(text) ?? [];
}

/**
 * Changes what stands at a place, wherever it does; what is absent or null is left alone.
 * @param change gives the new value, or {@link GONE}
 * @throws StepError when there is no object or array where the place needs one, and what `change` throws, with the pointer
 */
export function changeAt(place: Place, change: (value: unknown) => unknown): (root: unknown) => unknown {
  const [only] = place;
  if (place.length === 1 && only !== undefined && only !== EACH) return changeMember(only, change);
  return (root) => {
    const indexes: number[] = [];
    try {
      const changed = walk(root, place, 0, change, indexes);
      return changed === GONE ? null : changed;
    } catch (error) {
      throw located(error, place, indexes);
    }
  };
}

/** Nearly every place is a member of the value itself. */
function changeMember(name: string, change: (value: unknown) => unknown): (root: unknown) => unknown {
  return (root) => {
    if (typeof root !== 'object' || root === null || Array.isArray(root)) throw new StepError('is not an object', '');
    if (!Object.hasOwn(root, name)) return root;
    const holder = root as Record<string, unknown>;
    const value = holder[name];
    if (value === null) return root;
    let changed: unknown;
    try {
      changed = change(value);
    } catch (error) {
      throw located(error, [name], []);
    }
    if (changed === GONE) Reflect.deleteProperty(holder, name);
    else holder[name] = changed;
    return root;
  };
}

function walk(value: unknown, place: Place, depth: number, change: (value: unknown) => unknown, indexes: number[]): unknown {
  if (value === null || value === undefined) return value;
  const token = place[depth];
  if (token === undefined) return change(value);
  if (token === EACH) return walkElements(value, place, depth, change, indexes);
  if (typeof value !== 'object' || (Array.isArray(value) && !/^\d+$/.test(token)))
    throw new StepError('is not an object', placed(place, depth, indexes));
  const holder = value as Record<string, unknown>;
  if (!Object.hasOwn(holder, token)) return value;
  const changed = walk(holder[token], place, depth + 1, change, indexes);
  if (changed === GONE) Reflect.deleteProperty(holder, token);
  else holder[token] = changed;
  return value;
}

function walkElements(value: unknown, place: Place, depth: number, change: (value: unknown) => unknown, indexes: number[]): unknown {
  if (!Array.isArray(value)) throw new StepError('is not an array', placed(place, depth, indexes));
  const elements = value as unknown[];
  let gone = false;
  for (let index = 0; index < elements.length; index += 1) {
    indexes.push(index);
    elements[index] = walk(elements[index], place, depth + 1, change, indexes);
    gone ||= elements[index] === GONE;
    indexes.pop();
  }
  return gone ? elements.filter((element) => element !== GONE) : elements;
}

/** The pointer of a place up to a depth, with the elements it is at. */
function placed(place: Place, depth: number, indexes: readonly number[]): string {
  let next = 0;
  return placeText(place.slice(0, depth).map((token) => (token === EACH ? String(indexes[next++] ?? EACH) : token)));
}

function located(error: unknown, place: Place, indexes: readonly number[]): unknown {
  if (!(error instanceof StepError) || error.pointer !== undefined) return error;
  return new StepError(error.detail, placed(place, place.length, indexes));
}

function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}
