import type { JsonSchemaDocument } from '../../twin.js';
import { geometrySchema } from '../sample-schema.js';

const whole = (minimum?: number, maximum?: number): JsonSchemaDocument => ({
  type: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});

/** DTDL's primitive and geospatial schemas (v2 to v4) as JSON Schema. 64-bit integers have no bounds here: a double cannot hold them. */
const PRIMITIVES: Readonly<Record<string, JsonSchemaDocument>> = {
  boolean: { type: 'boolean' },
  byte: whole(-128, 127),
  bytes: { type: 'string', contentEncoding: 'base64' },
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  decimal: { type: ['number', 'string'] },
  double: { type: 'number' },
  duration: { type: 'string', format: 'duration' },
  float: { type: 'number' },
  integer: whole(-2_147_483_648, 2_147_483_647),
  long: { type: 'integer' },
  short: whole(-32_768, 32_767),
  string: { type: 'string' },
  time: { type: 'string' },
  unsignedbyte: whole(0, 255),
  unsignedshort: whole(0, 65_535),
  unsignedinteger: whole(0, 4_294_967_295),
  unsignedlong: whole(0),
  uuid: { type: 'string', format: 'uuid' },
  scaleddecimal: { type: 'object', properties: { scale: { type: 'integer' }, value: { type: 'string' } }, required: ['scale', 'value'] },
  point: geometrySchema('Point'),
  multipoint: geometrySchema('MultiPoint'),
  linestring: geometrySchema('LineString'),
  multilinestring: geometrySchema('MultiLineString'),
  polygon: geometrySchema('Polygon'),
  multipolygon: geometrySchema('MultiPolygon'),
  // Of the extension for IoT Central.
  vector: {
    type: 'object',
    properties: { x: { type: 'number' }, y: { type: 'number' }, z: { type: 'number' } },
    required: ['x', 'y', 'z'],
  },
  geopoint: {
    type: 'object',
    properties: { lat: { type: 'number' }, lon: { type: 'number' }, alt: { type: 'number' } },
    required: ['lat', 'lon'],
  },
  // What generators write that only know that there is one.
  object: { type: 'object' },
  array: { type: 'array' },
  map: { type: 'object' },
  number: { type: 'number' },
};

/** The JSON Schema of a primitive that is named by its term or its DTMI; undefined when there is no such. */
export function primitiveSchema(name: string): JsonSchemaDocument | undefined {
  const term = name.startsWith('dtmi:')
    ? /^dtmi:(?:dtdl:instance:Schema|standard:schema(?::geospatial)?|iotcentral:schema):([A-Za-z]+)(?:;\d+)?$/.exec(name)?.[1]
    : name;
  const key = term?.toLowerCase();
  return key !== undefined && Object.hasOwn(PRIMITIVES, key) ? PRIMITIVES[key] : undefined;
}
