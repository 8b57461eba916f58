import type { SharedSchema } from './shared-schema.js';

const POSITION = { type: 'array', minItems: 2, items: { type: 'number' } };
const LINE = { type: 'array', minItems: 2, items: POSITION };
const RING = { type: 'array', minItems: 4, items: POSITION };
const GEOMETRIES: Readonly<Record<string, unknown>> = {
  Point: POSITION,
  MultiPoint: { type: 'array', items: POSITION },
  LineString: LINE,
  MultiLineString: { type: 'array', items: LINE },
  Polygon: { type: 'array', items: RING },
  MultiPolygon: { type: 'array', items: { type: 'array', items: RING } },
};
const BOX = { type: 'array', minItems: 4, items: { type: 'number' } };

/**
 * GeoJSON (RFC 7946) in our own words under the addresses that published models refer to, so that a fresh broker knows them. The old addresses with
 * http are the same documents.
 */
function geoJsonSchemas(): [string, Record<string, unknown>][] {
  const object = (type: string, properties: Record<string, unknown>, required: string[]): Record<string, unknown> => ({
    title: `GeoJSON ${type}`,
    type: 'object',
    required: ['type', ...required],
    properties: { type: { const: type }, bbox: BOX, ...properties },
  });
  const names = [...Object.keys(GEOMETRIES), 'GeometryCollection'];
  const anyOf = names.map((name) => ({ $ref: `${name}.json` }));
  const feature = {
    id: { type: ['string', 'number'] },
    properties: { type: ['object', 'null'] },
    geometry: { oneOf: [{ type: 'null' }, { $ref: 'Geometry.json' }] },
  };
  return [
    ...Object.entries(GEOMETRIES).map(([name, coordinates]): [string, Record<string, unknown>] => [
      name,
      object(name, { coordinates }, ['coordinates']),
    ]),
    [
      'GeometryCollection',
      object('GeometryCollection', { geometries: { type: 'array', items: { $ref: 'Geometry.json' } } }, ['geometries']),
    ],
    ['Geometry', { title: 'GeoJSON Geometry', oneOf: anyOf }],
    ['Feature', object('Feature', feature, ['properties', 'geometry'])],
    ['FeatureCollection', object('FeatureCollection', { features: { type: 'array', items: { $ref: 'Feature.json' } } }, ['features'])],
    ['GeoJSON', { title: 'GeoJSON', oneOf: [{ $ref: 'Geometry.json' }, { $ref: 'Feature.json' }, { $ref: 'FeatureCollection.json' }] }],
  ];
}

function builtIn(scheme: 'http' | 'https'): SharedSchema[] {
  return geoJsonSchemas().map(([name, body]) => {
    const id = `${scheme}://geojson.org/schema/${name}.json`;
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: id, ...body };
    const refersTo = [...new Set(JSON.stringify(body).match(/[A-Za-z]+\.json/g))].map((file) => `${scheme}://geojson.org/schema/${file}`);
    return { id, title: String(body.title), dialect: '2020-12', schema, bytes: JSON.stringify(schema).length, refersTo: refersTo.sort() };
  });
}

const BUILT_IN: ReadonlyMap<string, SharedSchema> = new Map([...builtIn('https'), ...builtIn('http')].map((schema) => [schema.id, schema]));

/** The public schema that is part of the broker, if this is one. */
export function builtInSchema(id: string): SharedSchema | undefined {
  return BUILT_IN.get(id);
}
