import type { FormSchema } from '../plan/adaptation-plan.js';
import { type KnownReferences, type SchemaPlace, SchemaReader } from '../plan/schema-reader.js';
import { EACH, placeText } from '../semantic/place.js';

const MAX_PLACES = 5_000;
const MAX_DEPTH = 12;

/** The places that a schema names, `*` standing for each element of an array. */
export function namedPlaces(schema: FormSchema | undefined, references?: KnownReferences): ReadonlySet<string> {
  const reader = new SchemaReader(references);
  const named = new Set<string>();
  const rest: { place: readonly string[]; at: SchemaPlace }[] = schema === undefined ? [] : [{ place: [], at: reader.root(schema) }];
  for (let next = rest.shift(); next !== undefined && named.size < MAX_PLACES; next = rest.shift()) {
    const { place, at } = next;
    named.add(placeText(place));
    if (place.length >= MAX_DEPTH) continue;
    const node = reader.node(at);
    for (const [name, member] of node.properties) rest.push({ place: [...place, name], at: member });
    if (node.items !== undefined) rest.push({ place: [...place, EACH], at: node.items });
  }
  return named;
}
