import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { checkJsonValue } from '../json-value.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import { FormatError, type PayloadCodec } from '../payload-format.js';
import { shapeOf } from '../value-shape.js';
import { isRecord } from './attribute.js';
import type { EntityOptions } from './entity-options.js';

/** How one entity is read and written; both work in place, so that the shape of what the parser made is kept. */
export interface EntityForm {
  /** Replaces the attributes of an entity by their values. @throws FormatError */
  toValues(entity: Record<string, unknown>): void;
  /** Replaces the values of an entity by attributes. @throws FormatError */
  toAttributes(entity: Record<string, unknown>): void;
}

/** Members of an entity that are no attributes. */
export function isOwnMember(name: string): boolean {
  return name === 'id' || name === 'type' || name === '@context';
}

/** A codec of entities, and of arrays of them. */
export function entityCodec(options: EntityOptions, form: EntityForm): PayloadCodec {
  const given = givenMembers(options);
  const decodeOne = (document: unknown): unknown => {
    const entity = entityOf(document, 'an NGSI-LD entity');
    form.toValues(entity);
    return given.length === 0 ? entity : withoutGiven(entity, given);
  };
  const encodeOne = (value: unknown): unknown => {
    const entity = entityOf(withGiven(value, given), 'what becomes an NGSI-LD entity');
    form.toAttributes(entity);
    return entity;
  };
  return {
    decode: (document) => (Array.isArray(document) ? each(document, decodeOne) : decodeOne(document)),
    encode(value) {
      checkJsonValue(value);
      return Array.isArray(value) ? each(value, encodeOne) : encodeOne(value);
    },
  };
}

/** Losses of a schema's values; only what the options add can be lost, and what is no entity cannot be written. */
export function entityLosses(schema: unknown, options: EntityOptions): AdaptationLoss[] {
  const top = shapeOf(schema);
  const shape = top.kind === 'array' ? top.items : top;
  const prefix = top.kind === 'array' ? '/*' : '';
  if (shape.kind === 'scalar' || shape.kind === 'array')
    return [{ kind: 'unwritable', detail: 'NGSI-LD has entities alone: objects, or arrays of them' }];
  const losses: AdaptationLoss[] = givenMembers(options)
    .filter(([name]) => shape.kind === 'any' || shape.isOpen || shape.members.has(name))
    .map(([name]) => ({
      kind: 'property-dropped',
      pointer: `${prefix}/${name}`,
      detail: `a ${name} equal to that of the options is left out when read`,
    }));
  if (shape.kind !== 'object') return losses;
  for (const name of ['id', 'type'] as const) {
    if (options[name] === undefined && shape.members.size > 0 && !shape.members.has(name))
      losses.push({
        kind: 'unwritable',
        pointer: `${prefix}/${name}`,
        detail: `an entity needs ${name === 'id' ? 'an id' : 'a type'}: name one in the options`,
      });
  }
  return losses;
}

function givenMembers({ id, type, context }: EntityOptions): [string, unknown][] {
  return Object.entries({ id, type, '@context': context }).filter(([, value]) => value !== undefined);
}

function withGiven(value: unknown, given: readonly [string, unknown][]): unknown {
  if (given.length === 0 || !isRecord(value)) return value;
  const missing = given.filter(([name]) => value[name] === undefined);
  // Spreading keeps the value's shape, which setting its members one by one would not.
  return missing.length === 0 ? value : { ...Object.fromEntries(missing), ...value };
}

function withoutGiven(entity: Record<string, unknown>, given: readonly [string, unknown][]): Record<string, unknown> {
  const dropped = given.filter(
    ([name, value]) => entity[name] === value || (typeof value === 'object' && JSON.stringify(entity[name]) === JSON.stringify(value)),
  );
  if (dropped.length === 0) return entity;
  return Object.fromEntries(Object.entries(entity).filter(([name]) => !dropped.some(([drop]) => drop === name)));
}

function entityOf(found: unknown, what: string): Record<string, unknown> {
  if (!isRecord(found)) throw new FormatError(`${what} must be an object`, '');
  if (Object.hasOwn(found, '__proto__')) throw new FormatError('a member must not be called __proto__', '/__proto__');
  const { id, type } = found;
  if (typeof id !== 'string' || id === '') throw new FormatError(`${what} must have an id`, '/id');
  const isType =
    typeof type === 'string' ? type !== '' : Array.isArray(type) && type.length > 0 && type.every((name) => typeof name === 'string');
  if (!isType) throw new FormatError(`${what} must have a type`, '/type');
  return found;
}

function each(items: readonly unknown[], one: (item: unknown) => unknown): unknown[] {
  return items.map((item, index) => {
    try {
      return one(item);
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(error.detail, `/${index}${error.pointer ?? ''}`);
      throw error;
    }
  });
}

/** A failure at an attribute. */
export function atAttribute(error: unknown, name: string): unknown {
  return error instanceof FormatError && error.pointer === undefined ? new FormatError(error.detail, `/${pointerToken(name)}`) : error;
}
