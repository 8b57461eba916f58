import { OptionsReader } from '../options-reader.js';
import type { FormatOptions } from '../payload-format.js';
import { ATTRIBUTE_KINDS, type AttributeKind } from './attribute.js';

/** Options of the NGSI-LD formats. */
export interface EntityOptions {
  /** Id of every entity written from a value without one; left out again when read. */
  readonly id?: string;
  /** Type of every entity written from a value without one; left out again when read. */
  readonly type?: string;
  /** JSON-LD context written into entities whose value has none; left out again when read. */
  readonly context?: unknown;
  /** Kinds of attributes by name, where they are not Property or (of GeoJSON values) GeoProperty. */
  readonly kinds?: Readonly<Record<string, AttributeKind>>;
  /** UN/CEFACT codes of units by attribute: written, and an attribute that comes with another one is refused. */
  readonly unitCodes?: Readonly<Record<string, string>>;
  /** Member that says when all attributes were observed: written as their `observedAt`; when it is missing, read from the latest of them. */
  readonly observedAt?: string;
}

/** Options that say something of attributes; key-values have none of them. */
export const ATTRIBUTE_OPTIONS = ['kinds', 'unitCodes', 'observedAt'] as const;

const IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s"<>\\^`{|}]+$/;
const NAME = /^\S+$/;

/** @throws DomainError `validation-failed` */
export function readEntityOptions(format: string, options: unknown, hasAttributes: boolean): FormatOptions {
  const reader = new OptionsReader(format, options);
  const context = reader.raw('context');
  if (context !== undefined && !isContext(context)) reader.refuse('/context', 'must be an IRI, an object, or an array of them');
  const common = {
    id: reader.text('id', { pattern: IRI, what: 'a URI' }),
    type: reader.text('type', { pattern: NAME, what: 'a name' }),
    context,
  };
  if (!hasAttributes) return reader.done(common);
  return reader.done({
    ...common,
    kinds: reader.texts('kinds', (kind) => ATTRIBUTE_KINDS.has(kind), `one of ${[...ATTRIBUTE_KINDS.keys()].join(', ')}`),
    unitCodes: reader.texts('unitCodes', (code) => /^[A-Z0-9]{2,3}$/.test(code), 'a UN/CEFACT common code'),
    observedAt: reader.text('observedAt', { pattern: NAME, what: 'the name of a member' }),
  });
}

function isContext(context: unknown): boolean {
  if (Array.isArray(context)) return context.length > 0 && context.every((part) => !Array.isArray(part) && isContext(part));
  return typeof context === 'string' ? IRI.test(context) : typeof context === 'object' && context !== null;
}
