import { DomainError } from '../../problems/domain-error.js';
import { readInstant } from '../../registry/instant.js';

/** A value as it must be, or a refusal that names the place. */
export type Read<T> = (value: unknown, pointer: string) => T;

export function refusedAt(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer || 'The query'} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of 1 to `max` characters without controls. */
export function textOf(max: number, what = 'text'): Read<string> {
  return (value, pointer) => {
    if (typeof value === 'string' && value !== '' && value.length <= max && !/(?![\t\n\r])\p{Cc}|\p{Cs}/u.test(value)) return value;
    throw refusedAt(pointer, `must be ${what} of 1 to ${max} characters without controls`);
  };
}

export function matching(pattern: RegExp, what: string): Read<string> {
  return (value, pointer) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw refusedAt(pointer, `must be ${what}`);
  };
}

export function oneOf<T extends string>(values: readonly T[]): Read<T> {
  return (value, pointer) => {
    const found = values.find((each) => each === value);
    if (found === undefined) throw refusedAt(pointer, `must be one of ${values.join(', ')}`);
    return found;
  };
}

/** One value, or a list of 1 to `max`. */
export function oneOrMore<T>(read: Read<T>, max: number): Read<T[]> {
  return (value, pointer) => {
    if (!Array.isArray(value)) return [read(value, pointer)];
    if (value.length === 0 || value.length > max) throw refusedAt(pointer, `must be a list of 1 to ${max}`);
    return value.map((each, index) => read(each, `${pointer}/${index}`));
  };
}

export function numberFrom(min: number, max: number, isWhole: boolean): Read<number> {
  return (value, pointer) => {
    if (typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
    throw refusedAt(pointer, `must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
  };
}

export const flag: Read<boolean> = (value, pointer) => {
  if (typeof value === 'boolean') return value;
  throw refusedAt(pointer, 'must be true or false');
};

export const instant: Read<string> = (value, pointer) => {
  const read = readInstant(value);
  if (read !== undefined) return read;
  throw refusedAt(pointer, 'must be an RFC 3339 time with a zone, such as 2026-01-01T00:00:00Z');
};

/** An object with no other members than these, each read where it is given. */
export function members<T extends object>(readers: { readonly [Name in keyof T]-?: Read<NonNullable<T[Name]>> }): Read<Partial<T>> {
  return (value, pointer) => {
    if (!isRecord(value)) throw refusedAt(pointer, 'must be an object');
    const result: Partial<T> = {};
    for (const [name, member] of Object.entries(value)) {
      if (!Object.hasOwn(readers, name))
        throw refusedAt(`${pointer}/${name}`, `is not known; there are ${Object.keys(readers).join(', ')}`);
      const key = name as keyof T;
      if (member !== undefined) result[key] = readers[key](member, `${pointer}/${name}`);
    }
    return result;
  };
}
