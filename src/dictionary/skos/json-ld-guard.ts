import { DomainError } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';
import { isMembers } from '../term/submission-places.js';
import { PREFIXES } from './rdf.js';

/** Values (objects, arrays, scalars) that one JSON-LD document may hold. */
export const MAX_VALUES = 200_000;
/** Terms that the contexts of one document may define. */
export const MAX_DEFINITIONS = 10_000;
/** Definitions that a definition may rest upon, one upon the other. */
const MAX_CHAIN = 8;
const MAX_CONTEXTS = 16;

/**
 * Contexts that this product knows by itself, so that documents may name them. Nothing is ever fetched. SKOS has no context of its own; these IRIs
 * are those of its namespace document.
 */
export const KNOWN_CONTEXTS: Readonly<Record<string, object>> = Object.fromEntries(
  ['http://www.w3.org/2004/02/skos/core', 'https://www.w3.org/2004/02/skos/core', PREFIXES.skos].map((url) => [
    url,
    { '@context': { ...PREFIXES, '@vocab': PREFIXES.skos } },
  ]),
);

function refuse(pointer: string, detail: string): never {
  throw new DomainError('validation-failed', `${pointer || 'The document'} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

/**
 * Refuses JSON-LD documents that would make the processor fetch something or work without bounds: contexts by URL (but the known ones), contexts
 * within nodes or definitions, chains of definitions that grow IRIs, and too many values. What remains costs time linear in its size.
 * @throws DomainError `validation-failed`, `payload-too-large`
 */
export function guardJsonLd(document: unknown): void {
  const open: { value: unknown; pointer: string; top: boolean }[] = [{ value: document, pointer: '', top: true }];
  let values = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    values += 1;
    if (values > MAX_VALUES) throw new DomainError('payload-too-large', `A JSON-LD document may hold at most ${MAX_VALUES} values.`);
    const { value, pointer, top } = next;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      const place = `${pointer}/${pointerToken(key)}`;
      if (key !== '@context') open.push({ value: member, pointer: place, top: false });
      else if (!top) refuse(place, 'must stand at the top of the document: contexts within it are not read');
      else guardContexts(member, place);
    }
  }
}

function guardContexts(context: unknown, pointer: string): void {
  const contexts = Array.isArray(context) ? (context as unknown[]) : [context];
  if (contexts.length > MAX_CONTEXTS) refuse(pointer, `must have at most ${MAX_CONTEXTS} contexts`);
  const together = new Map<string, unknown>();
  contexts.forEach((each, index) => {
    const place = Array.isArray(context) ? `${pointer}/${index}` : pointer;
    if (typeof each === 'string') {
      if (!Object.hasOwn(KNOWN_CONTEXTS, each))
        refuse(place, `names the context ${each.slice(0, 200)}, which is not known here and is never fetched`);
    } else if (isMembers(each)) {
      for (const [name, definition] of Object.entries(each)) {
        guardDefinition(name, definition, `${place}/${pointerToken(name)}`);
        together.set(name, definition);
      }
    } else if (each !== null) refuse(place, 'must be an object or the IRI of a known context');
  });
  if (together.size > MAX_DEFINITIONS) refuse(pointer, `must define at most ${MAX_DEFINITIONS} terms`);
  guardChains(together, pointer);
}

function guardDefinition(name: string, definition: unknown, place: string): void {
  if (name === '@import') refuse(place, 'is not read: nothing is fetched');
  if (isMembers(definition) && Object.hasOwn(definition, '@context')) refuse(place, 'has a context of its own, which is not read');
}

/** The definition that a definition rests upon, if any. */
function baseOf(name: string, definition: unknown, all: ReadonlyMap<string, unknown>): string | undefined {
  const id = isMembers(definition) ? (definition['@id'] ?? definition['@reverse'] ?? name) : (definition ?? name);
  if (typeof id !== 'string') return undefined;
  const colon = id.indexOf(':');
  const base = colon > 0 ? id.slice(0, colon) : id;
  return base !== name && all.has(base) ? base : undefined;
}

function guardChains(all: ReadonlyMap<string, unknown>, pointer: string): void {
  for (const [name, definition] of all) {
    let base = baseOf(name, definition, all);
    for (let depth = 0; base !== undefined; depth += 1) {
      if (depth >= MAX_CHAIN)
        refuse(`${pointer}/${pointerToken(name)}`, `rests upon more than ${MAX_CHAIN} other definitions, or upon itself`);
      base = baseOf(base, all.get(base), all);
    }
  }
}
