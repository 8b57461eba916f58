import type { JsonSchemaDocument } from '../twin.js';
import { isMembers } from './json-members.js';

const MAX_DEPTH = 6;
const MAX_MEMBERS = 100;
const MAX_SAMPLES = 100;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/**
 * The JSON Schema that samples tell of: their types, and those of their members and elements. Nothing is required, nothing excluded, a whole number is
 * a number: a sample says what there may be, not what there must be. Bounded in depth and breadth; beyond that, anything goes.
 */
export function schemaOfSamples(samples: readonly unknown[], depth = 1): JsonSchemaDocument {
  const seen = samples.slice(0, MAX_SAMPLES);
  const types = [...new Set(seen.map(typeOf))];
  // A null alone says that there was no value, not what a value is.
  if (types.every((type) => type === 'null')) return true;
  const schema: Record<string, unknown> = { type: types.length === 1 ? types[0] : types };
  if (depth >= MAX_DEPTH) return schema;
  const properties = propertiesOf(seen.filter(isMembers), depth);
  if (Object.keys(properties).length > 0) schema['properties'] = properties;
  const elements = seen.filter((value) => Array.isArray(value)).flatMap((value) => (value as unknown[]).slice(0, MAX_SAMPLES));
  if (elements.length > 0) {
    const items = schemaOfSamples(elements, depth + 1);
    if (items !== true) schema['items'] = items;
  }
  return schema;
}

function propertiesOf(objects: readonly Readonly<Record<string, unknown>>[], depth: number): Record<string, JsonSchemaDocument> {
  const samples = new Map<string, unknown[]>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      // A schema has no place for a member of this name: validators cannot hold one.
      if (name === '__proto__' || (!samples.has(name) && samples.size >= MAX_MEMBERS)) continue;
      samples.set(name, [...(samples.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, schemaOfSamples(values, depth + 1)]));
}

const GEOMETRIES = ['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon', 'GeometryCollection'];

/** Whether a value looks like a GeoJSON geometry. */
export function looksLikeGeometry(value: unknown): boolean {
  return (
    isMembers(value) &&
    typeof value['type'] === 'string' &&
    GEOMETRIES.includes(value['type']) &&
    (Array.isArray(value['coordinates']) || Array.isArray(value['geometries']))
  );
}

/** A GeoJSON geometry, of one type or of any. */
export function geometrySchema(type?: string): JsonSchemaDocument {
  return {
    type: 'object',
    properties: { type: type === undefined ? { enum: GEOMETRIES } : { const: type }, coordinates: { type: 'array' } },
    required: type === undefined ? ['type'] : ['type', 'coordinates'],
  };
}
