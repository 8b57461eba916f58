import { FormatError } from '../payload-format.js';
import { ATTRIBUTE_KINDS, attributeValue, isRecord, usualKind, type Attribute, type AttributeKind } from './attribute.js';
import { atAttribute, isOwnMember, type EntityForm } from './entity-codec.js';
import type { EntityOptions } from './entity-options.js';

/** What differs between the normalized and the concise form. */
export interface AttributeStyle {
  /** The attribute that stands at a name; undefined when what stands there is its value. @throws FormatError */
  attributeAt(found: unknown, name: string): Attribute | undefined;
  /** An attribute of a kind with what else is known of it. */
  write(kind: AttributeKind, value: unknown, unitCode: string | undefined, observedAt: string | undefined): unknown;
}

/** Entities whose attributes are written with their kinds, units and times. */
export function attributesForm(options: EntityOptions, style: AttributeStyle): EntityForm {
  const kinds = new Map(Object.entries(options.kinds ?? {}));
  const units = new Map(Object.entries(options.unitCodes ?? {}));
  const { observedAt: timeMember } = options;

  function valueAt(found: unknown, name: string): unknown {
    const attribute = style.attributeAt(found, name);
    if (attribute === undefined) return found;
    const unit = units.size === 0 ? undefined : units.get(name);
    if (unit !== undefined && attribute.unitCode !== undefined && attribute.unitCode !== unit)
      throw new FormatError(`the attribute ${name} is in the unit ${JSON.stringify(attribute.unitCode)}, not in ${unit}`);
    return attributeValue(attribute, name);
  }

  return {
    toValues(entity) {
      const latest = timeMember === undefined || entity[timeMember] !== undefined ? undefined : latestObservation(entity);
      for (const name in entity) {
        if (isOwnMember(name) || isSystemMember(name, entity[name])) continue;
        try {
          entity[name] = valueAt(entity[name], name);
        } catch (error) {
          throw atAttribute(error, name);
        }
      }
      if (timeMember !== undefined && latest !== undefined) entity[timeMember] = latest;
    },
    toAttributes(entity) {
      const at = timeMember === undefined ? undefined : timeOf(entity[timeMember]);
      for (const name in entity) {
        const value = entity[name];
        if (isOwnMember(name) || value === undefined || isSystemMember(name, value)) continue;
        const kind = kinds.size === 0 ? undefined : kinds.get(name);
        if (kind !== undefined) checkKind(kind, value, name);
        entity[name] = style.write(kind ?? usualKind(value), value, units.size === 0 ? undefined : units.get(name), at);
      }
    },
  };
}

/** `scope` and the times of the context broker itself stand without a type. */
function isSystemMember(name: string, value: unknown): boolean {
  if (name === 'scope') return isScope(value) || (Array.isArray(value) && value.length > 0 && value.every(isScope));
  return (name === 'createdAt' || name === 'modifiedAt') && typeof value === 'string';
}

const isScope = (value: unknown): boolean => typeof value === 'string' && value.startsWith('/');

const timeOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function latestObservation(entity: Readonly<Record<string, unknown>>): string | undefined {
  const times = Object.values(entity).flatMap((attribute) => (isRecord(attribute) ? (timeOf(attribute.observedAt) ?? []) : []));
  return times.sort().at(-1);
}

function checkKind(kind: AttributeKind, value: unknown, name: string): void {
  const isFine =
    kind === 'Relationship'
      ? typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
      : kind === 'LanguageProperty'
        ? isRecord(value)
        : kind === 'ListProperty' || kind === 'ListRelationship'
          ? Array.isArray(value) && (kind === 'ListProperty' || value.every((item) => typeof item === 'string'))
          : kind === 'JsonProperty' || value !== null;
  if (!isFine) throw new FormatError(`the value of ${name} cannot be a ${kind}`, `/${name}`);
}

/** The member that holds the value of an attribute of a kind. */
export function valueMember(kind: AttributeKind): string {
  return ATTRIBUTE_KINDS.get(kind) ?? 'value';
}

/** The items of a ListRelationship as they are written. */
export function writtenValue(kind: AttributeKind, value: unknown): unknown {
  return kind === 'ListRelationship' && Array.isArray(value) ? value.map((item: unknown) => ({ object: item })) : value;
}
