import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import type { ProblemPlace } from './domain-error.js';

/** Members of an object that no class describes: class-transformer takes time by the square of their number. */
const MAX_MEMBERS = 1_000;
/** Values within a member that no class describes, all levels together. */
const MAX_VALUES = 20_000;
/** How many unknown members an object may have and still be checked whole. */
const MAX_UNKNOWN = 50;

/** What a DTO class says of a member. */
interface Member {
  most?: number;
  isFree?: boolean;
  nested?: ClassConstructor<object> | undefined;
}

type Shape = ReadonlyMap<string, Member>;

const shapes = new WeakMap<ClassConstructor<object>, Shape>();

/** The class of the objects in a member, asked of class-transformer itself: its metadata have no public door. */
function nestedClass(type: ClassConstructor<object>, name: string): ClassConstructor<object> | undefined {
  const probe = (plainToInstance(type, { [name]: {} }) as Record<string, unknown>)[name];
  const found: unknown = typeof probe === 'object' && probe !== null ? probe.constructor : undefined;
  return typeof found === 'function' && found !== Object ? (found as ClassConstructor<object>) : undefined;
}

function shapeOf(type: ClassConstructor<object>): Shape {
  const known = shapes.get(type);
  if (known) return known;
  const members = new Map<string, Member>();
  for (const { propertyName: name, ...rule } of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false)) {
    const member: Member = members.get(name) ?? {};
    const most: unknown = rule.name === 'arrayMaxSize' ? rule.constraints[0] : undefined;
    if (typeof most === 'number') member.most = most;
    if (rule.name === 'freeJson') member.isFree = true;
    if (rule.type === 'nestedValidation') member.nested = nestedClass(type, name);
    members.set(name, member);
  }
  shapes.set(type, members);
  return members;
}

/** Whether the value has more in it than anything that a DTO takes there. */
function isTooMuch(value: unknown): boolean {
  let values = 0;
  const pending = [value];
  for (let next = pending.pop(); pending.length > 0 || next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const inner: unknown[] = Object.values(next);
    values += inner.length;
    if (values > MAX_VALUES || (!Array.isArray(next) && inner.length > MAX_MEMBERS)) return true;
    for (const each of inner) if (typeof each === 'object' && each !== null) pending.push(each);
  }
  return false;
}

/**
 * Where a value is so much larger than its DTO class takes that making instances of it and checking each would hold up the process: lists beyond
 * their limit, many members that are not known, heaps where a plain value belongs. Told before anything is made of it.
 * @returns the wrong places; none when the value can be checked as a whole
 */
export function oversizedPlaces(type: ClassConstructor<object>, value: object, pointer: string): ProblemPlace[] {
  const members = shapeOf(type);
  const given = Object.entries(value);
  const unknown = given.filter(([name]) => !members.has(name));
  if (unknown.length > MAX_UNKNOWN || unknown.some(([, member]) => isTooMuch(member))) {
    return unknown.slice(0, MAX_UNKNOWN).map(([name]) => ({ pointer: at(pointer, name), detail: 'is not a known member here' }));
  }
  for (const [name, member] of given) {
    const rule = members.get(name);
    if (rule === undefined) continue;
    const place = at(pointer, name);
    if (Array.isArray(member) && rule.most !== undefined && member.length > rule.most) {
      return [{ pointer: place, detail: `must contain no more than ${rule.most} elements` }];
    }
    if (rule.isFree) continue;
    const found = rule.nested ? withinNested(rule.nested, member, place) : isTooMuch(member) ? [tooMuch(place)] : [];
    if (found.length > 0) return found;
  }
  return [];
}

function withinNested(type: ClassConstructor<object>, value: unknown, pointer: string): ProblemPlace[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value)) return oversizedPlaces(type, value, pointer);
  for (const [index, each] of value.entries() as ArrayIterator<[number, unknown]>) {
    if (Array.isArray(each)) {
      if (isTooMuch(each)) return [tooMuch(`${pointer}/${index}`)];
    } else if (typeof each === 'object' && each !== null) {
      const found = oversizedPlaces(type, each, `${pointer}/${index}`);
      if (found.length > 0) return found;
    }
  }
  return [];
}

function tooMuch(pointer: string): ProblemPlace {
  return { pointer, detail: 'holds far more values than fit here' };
}

function at(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
