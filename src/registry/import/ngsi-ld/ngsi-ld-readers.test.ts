import { Units } from '../../../dictionary/unit/units.js';
import { importUnits } from '../import-units.js';
import type { ImportedModel } from '../imported-model.js';
import { ENTITY_READER } from './entity-reader.js';
import { REGISTRATION_READER } from './registration-reader.js';

const units = importUnits(new Units());

function read(attributes: Record<string, unknown>): ImportedModel {
  const value = { id: 'urn:ngsi-ld:Road:1', type: 'Road', ...attributes };
  return ENTITY_READER.read({ value, siblings: [value] }, units);
}

const featureOf = (attribute: unknown) => read({ a: attribute }).features[0]?.spec;

describe('the reader of NGSI-LD entities', () => {
  it.each([
    ['normalized', { type: 'Property', value: 5, unitCode: 'KMH' }],
    ['concise', { value: 5, unitCode: 'KMH', observedAt: '2026-01-01T00:00:00Z' }],
    ['NGSI v2’s', { type: 'Number', value: 5, metadata: { unitCode: { type: 'Text', value: 'KMH' } } }],
  ])('reads a property in %s form', (_form, attribute) => {
    expect(featureOf(attribute)).toMatchObject({ kind: 'data', name: 'a', unit: 'km/h', schema: { type: 'number' } });
  });

  it.each([
    ['a number', 5, { type: 'number' }],
    ['a list', [1, 'x'], { type: 'array', items: { type: ['number', 'string'] } }],
    ['an object', { value: 1, weight: 2 }, { type: 'object', properties: { value: { type: 'number' }, weight: { type: 'number' } } }],
    ['nothing', null, true],
    ['a relationship', { type: 'Relationship', object: 'urn:ngsi-ld:City:1' }, { type: 'string', format: 'uri' }],
    ['several', { object: ['urn:a:1', 'urn:a:2'] }, { type: 'array', items: { type: 'string', format: 'uri' } }],
    ['a text per language', { languageMap: { en: 'x' } }, { type: 'object', additionalProperties: { type: ['string', 'array'] } }],
    ['a term', { type: 'VocabProperty', vocab: 'open' }, { type: 'string' }],
    ['JSON', { type: 'JsonProperty', json: { a: 1 } }, true],
    ['a list property', { valueList: [1, 2] }, { type: 'array' }],
    ['a typed date', { type: 'Property', value: { '@type': 'DateTime', '@value': '2026-01-01T00:00:00Z' } }, { type: ['string', 'object'], format: 'date-time' }],
  ])('tells from a sample what %s looks like', (_what, attribute, schema) => {
    expect(featureOf(attribute)?.schema).toEqual(schema);
  }); // prettier-ignore

  it('takes the location for the coverage, and lists one that is none', () => {
    const location = { type: 'GeoProperty', value: { type: 'Point', coordinates: [13.4, 52.5] } };
    expect(read({ location }).area).toEqual(location.value);
    const bad = read({ location: { type: 'Point', coordinates: [500, 52.5] } });
    expect([bad.area, bad.unmapped[0]?.pointer]).toEqual([undefined, '/location/coordinates/0']);
  });

  it('reads the GeoJSON representation of an entity', () => {
    const geometry = { type: 'Point', coordinates: [13.4, 52.5] };
    const model = read({ type: 'Feature', geometry, properties: { type: 'Road', lanes: { type: 'Property', value: 2 } } });
    expect(model).toMatchObject({ id: 'urn:ngsi-ld:Road:1', area: geometry, domain: 'traffic' });
    expect(model.features.map(({ spec, pointer }) => [spec.name, pointer])).toEqual([['lanes', '/properties/lanes']]);
  });

  it('lists units that nobody can read, and what is said about a value', () => {
    const model = read({ a: { type: 'Property', value: 1, unitCode: 'QQQ', accuracy: { type: 'Property', value: 2 } } });
    expect(model.unmapped.map(({ pointer }) => pointer)).toEqual(['/a/accuracy', '/a/unitCode']);
  });

  it('puts instances of one attribute together', () => {
    const instances = [1, 'x'].map((value, index) => ({ type: 'Property', value, datasetId: `urn:d:${index}` }));
    expect(featureOf(instances)?.schema).toEqual({ type: ['number', 'string'] });
  });

  it('knows the meaning of names that its context spells out, and guesses at others from its subject', () => {
    const context = [
      'https://smart-data-models.github.io/dataModel.Transportation/context.jsonld',
      { ex: 'https://ex.org/', speed: 'ex:speed' },
    ];
    const model = read({ '@context': context, speed: 1, lanes: 2, 'https://ex.org/#width': 3 });
    expect(model.domain).toBe('traffic');
    expect(model.features.map(({ spec, meaning }) => [spec.name, meaning.iris ?? meaning.likely?.[0]])).toEqual([
      ['speed', ['https://ex.org/speed']],
      ['lanes', 'https://smartdatamodels.org/dataModel.Transportation/lanes'],
      ['width', ['https://ex.org/#width']],
    ]);
  });

  it('makes an identifier that is no URI one, always the same', () => {
    expect(read({ id: 'Straße 5' }).id).toBe('urn:twinfed:import:Stra%C3%9Fe%205');
    expect(read({ id: 'x'.repeat(600) }).id).toMatch(/^urn:twinfed:import:[0-9a-f]{32}$/);
  });

  it('stays within the limits of a profile and lists the rest', () => {
    const model = read(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, index])));
    expect([model.features.length, model.unmapped.length, model.unmappedTotal]).toEqual([200, 500, 4_800]);
  });

  it('is not taken in by names that every object inherits', () => {
    const model = read(JSON.parse('{"__proto__":{"value":1},"constructor":{"value":{"__proto__":{"a":1},"toString":2}},"hasOwnProperty":3}') as Record<string, unknown>); // prettier-ignore
    expect(model.features.map(({ spec }) => [spec.name, spec.schema])).toEqual([
      ['proto__', { type: 'number' }],
      ['constructor', { type: 'object', properties: { toString: { type: 'number' } } }],
      ['hasOwnProperty', { type: 'number' }],
    ]);
  });
});

describe('the reader of NGSI-LD context source registrations', () => {
  const registration = {
    id: 'urn:ngsi-ld:ContextSourceRegistration:1',
    type: 'ContextSourceRegistration',
    endpoint: 'https://source.example/',
    information: [
      { entities: [{ type: 'Vehicle', id: 'urn:ngsi-ld:Vehicle:1' }, { type: 'Bus', idPattern: '.*' }], propertyNames: ['speed'], relationshipNames: ['driver'] },
    ], // prettier-ignore
    observationInterval: { startAt: '2026-01-01T00:00:00Z', endAt: '2027-01-01T00:00:00Z' },
    location: { type: 'Point', coordinates: [13.4, 52.5] },
    expiresAt: '2030-01-01T00:00:00Z',
  };
  const readRegistration = (parts: Record<string, unknown> = {}) => {
    const value = { ...registration, ...parts };
    return REGISTRATION_READER.read({ value, siblings: [value] }, units);
  };

  it('makes a feature of each attribute that the source provides', () => {
    const model = readRegistration();
    expect(model.features.map(({ spec }) => spec.name)).toEqual(['speed', 'driver']);
    expect(model).toMatchObject({ objectOfInterest: ['urn:ngsi-ld:Vehicle:1'], validTo: '2027-01-01T00:00:00Z', domain: 'traffic' });
    expect(model.unmapped.map(({ pointer }) => pointer)).toEqual(['/information/0/entities/1/idPattern', '/expiresAt']);
  });

  it('makes a feature of each type of entity when no attributes are named', () => {
    const model = readRegistration({ information: [{ entities: [{ type: 'Vehicle' }, { type: 'Bus' }] }] });
    expect(model.features.map(({ spec }) => spec.name)).toEqual(['Vehicle', 'Bus']);
  });

  it('refuses a credential for the source', () => {
    const contextSourceInfo = [{ key: 'Authorization', value: 'Bearer abc' }];
    expect(() => readRegistration({ contextSourceInfo })).toThrow(/credential/);
    expect(readRegistration({ contextSourceInfo: [{ key: 'Authorization', value: 'urn:ngsi-ld:request' }] }).features).toHaveLength(2);
  });
});
