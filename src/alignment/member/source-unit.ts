import type { FeatureSpec, JsonSchemaDocument } from '../../registry/twin.js';

/** The parts of an RFC 6901 pointer. */
export function pointerSteps(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * The unit of the number at a pointer: what the schema says there (`x-unit`), else the unit of the feature. Of what a schema says by reference or by
 * alternatives nothing is known.
 */
export function unitAt({ schema, unit }: Pick<FeatureSpec, 'schema' | 'unit'>, pointer: string): string | undefined {
  let place: JsonSchemaDocument | undefined = schema;
  for (const step of pointerSteps(pointer)) place = childOf(place, step);
  const annotated = isObject(place) ? place['x-unit'] : undefined;
  return typeof annotated === 'string' ? annotated : unit;
}

function childOf(schema: JsonSchemaDocument | undefined, step: string): JsonSchemaDocument | undefined {
  if (!isObject(schema)) return undefined;
  const properties = schema['properties'];
  if (isObject(properties) && Object.hasOwn(properties, step)) return properties[step] as JsonSchemaDocument;
  return /^\d+$/.test(step) ? (schema['items'] as JsonSchemaDocument | undefined) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
