import { EACH, placeText, type Place } from '../semantic/place.js';
import type { FormSchema } from './adaptation-plan.js';
import type { GivenValue, MatchedPair } from './property-matcher.js';
import type { SchemaNode } from './schema-reader.js';

/** Places beyond which what a value looks like after each step is not written down. */
const MAX_PLACES = 200;

type Members = Record<string, unknown>;

/** What the value looks like between the steps: the places that were matched, each as it is at that time. */
export class Outline {
  private readonly leaves = new Map<string, { readonly place: Place; schema: FormSchema }>();

  private constructor() {}

  /** After the places were moved, before anything else was done. */
  static of(pairs: readonly MatchedPair[]): Outline {
    const outline = new Outline();
    for (const { source, target } of pairs)
      outline.leaves.set(placeText(target.place), { place: target.place, schema: summaryOf(source.node) });
    return outline;
  }

  /** These places now look as the receiver wants them. */
  change(at: readonly string[], pairs: readonly MatchedPair[]): void {
    for (const { target } of pairs) {
      const pointer = placeText(target.place);
      if (at.includes(pointer)) this.leaves.set(pointer, { place: target.place, schema: summaryOf(target.node) });
    }
  }

  give(given: readonly GivenValue[]): void {
    for (const { at, value } of given) this.leaves.set(placeText(at), { place: at, schema: { const: value } });
  }

  /** As a JSON Schema; undefined when there is too much of it. */
  get schema(): FormSchema | undefined {
    if (this.leaves.size === 0 || this.leaves.size > MAX_PLACES) return undefined;
    const root: Members = {};
    for (const { place, schema } of this.leaves.values()) write(root, place, schema);
    return root;
  }
}

function write(root: Members, place: Place, schema: FormSchema): void {
  let at = root;
  for (const token of place) {
    if (token === EACH) {
      at.type = 'array';
      at.items = isMembers(at.items) ? at.items : {};
      at = at.items as Members;
    } else {
      at.type = 'object';
      const properties = isMembers(at.properties) ? at.properties : {};
      at.properties = properties;
      if (!isMembers(properties[token])) properties[token] = {};
      at = properties[token] as Members;
    }
  }
  if (typeof schema === 'object') Object.assign(at, schema);
}

/** What a node says without what lies outside of it. */
function summaryOf({ schema, types, says, codes }: SchemaNode): FormSchema {
  if (typeof schema === 'boolean') return schema;
  if (!JSON.stringify(schema).includes('"$ref"')) return withoutWords(schema);
  const [only] = types ?? [];
  const type = types === undefined ? {} : { type: types.size === 1 ? only : [...types] };
  return {
    ...type,
    ...(codes === undefined ? {} : { enum: codes }),
    ...(says.unit === undefined ? {} : { 'x-unit': says.unit }),
    ...(says.term === undefined ? {} : { 'x-term': says.term }),
  };
}

function withoutWords(schema: Readonly<Record<string, unknown>>): FormSchema {
  const { description: _description, title: _title, $id: _id, $schema: _schema, $comment: _comment, examples: _examples, ...rest } = schema;
  return rest;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
