import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { DomainError, type ProblemPlace } from './domain-error.js';
import { oversizedPlaces } from './dto-bounds.js';

const PLAIN_TYPES: readonly unknown[] = [String, Boolean, Number, Array, Object, Buffer];

/** Escapes one reference token of an RFC 6901 pointer. */
export function pointerToken(token: string | number): string {
  return String(token).replaceAll('~', '~0').replaceAll('/', '~1');
}

function places(errors: readonly ValidationError[], prefix: string): ProblemPlace[] {
  return errors.flatMap((error) => {
    const pointer = `${prefix}/${pointerToken(error.property)}`;
    // Rules are checked from the lowest decorator up; the topmost one that is broken (a wrong type before a wrong length) says most.
    const own = Object.entries(error.constraints ?? {})
      .slice(-1)
      .map(([rule, message]) => ({
        pointer,
        detail: rule === 'whitelistValidation' ? 'is not a known member here' : withoutProperty(message, error.property),
      }));
    return [...own, ...places(error.children ?? [], pointer)];
  });
}

/** class-validator begins its sentences with the property's name; the pointer says that already. */
function withoutProperty(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/** Members that class-transformer drops or trips over; no DTO has one of these names. */
const UNTAKEABLE = Object.getOwnPropertyNames(Object.prototype);

/** Where `value` has a member that class-transformer passes over, if anywhere; free JSON, which was not transformed, may have them. */
function untakeableIn(value: unknown, read: unknown, pointer: string): string | undefined {
  if (typeof value !== 'object' || value === null || typeof read !== 'object' || read === null || value === read) return undefined;
  const named = UNTAKEABLE.find((name) => Object.hasOwn(value, name));
  if (named !== undefined) return `${pointer}/${named}`;
  for (const [key, member] of Object.entries(value)) {
    const found = untakeableIn(member, (read as Record<string, unknown>)[key], `${pointer}/${pointerToken(key)}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuseUntakeable(value: object, read: object, prefix: string): void {
  const pointer = untakeableIn(value, read, prefix);
  if (pointer === undefined) return;
  const detail = 'is not a known member here';
  throw new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

function toInstance<T extends object>(type: ClassConstructor<T>, value: object, prefix: string): T {
  let instance: T;
  try {
    instance = plainToInstance(type, value, { exposeUnsetFields: false });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DomainError('validation-failed', 'The body holds an object that cannot be read as what is expected here.', {
      pointer: prefix,
      cause: error,
    });
  }
  refuseUntakeable(value, instance, prefix);
  return instance;
}

/**
 * Reads `value` as an instance of the DTO class: known members only, types as declared, nothing converted silently but query strings
 * (which carry explicit `@Type` conversions).
 * @param prefix RFC 6901 pointer of `value` within what the caller sent
 * @throws DomainError `validation-failed` with every wrong place
 */
export function parseDto<T extends object>(type: ClassConstructor<T>, value: unknown, prefix = ''): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DomainError('validation-failed', 'The value must be a JSON object.', {
      errors: [{ pointer: prefix, detail: 'must be an object' }],
    });
  }
  // Its own members first: with some of these nothing can be transformed.
  refuseUntakeable(value, {}, prefix);
  const oversized = oversizedPlaces(type, value, prefix);
  if (oversized.length > 0) throw misfit(oversized);
  const instance = toInstance(type, value, prefix);
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  if (errors.length > 0) throw misfit(places(errors, prefix));
  return instance;
}

function misfit(found: readonly ProblemPlace[]): DomainError {
  const first = found[0];
  return new DomainError(
    'validation-failed',
    first ? `${first.pointer || 'The body'} ${first.detail}.` : 'The body does not fit its schema.',
    { pointer: first?.pointer, errors: found.slice(0, 50) },
  );
}

/** Nest's global pipe: every body and query that is declared as a DTO class goes through {@link parseDto}. */
@Injectable()
export class DtoPipe implements PipeTransform {
  /** What a query without parameters is read as; null where some are required. Most requests have none, and are not validated each time. */
  private readonly unasked = new Map<ClassConstructor<object>, object | null>();

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const type = metadata.metatype;
    if (metadata.type === 'custom' || metadata.type === 'param' || type === undefined || PLAIN_TYPES.includes(type)) return value;
    if (metadata.type === 'query' && metadata.data !== undefined) return value;
    const dto = type as ClassConstructor<object>;
    const read = metadata.type === 'query' && isEmpty(value) ? this.readUnasked(dto) : null;
    if (read !== null) return Object.assign(Object.create(dto.prototype as object), read);
    // A body may be left out; one that says null is no object.
    return parseDto(dto, value === undefined ? {} : value);
  }

  private readUnasked(dto: ClassConstructor<object>): object | null {
    const known = this.unasked.get(dto);
    if (known !== undefined) return known;
    let read: object | null = null;
    try {
      read = parseDto(dto, {});
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
    this.unasked.set(dto, read);
    return read;
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
