import { Units } from '../../../dictionary/unit/units.js';
import { importUnits } from '../import-units.js';
import type { ImportedModel } from '../imported-model.js';
import type { Members } from '../json-members.js';
import { DTDL_READER } from './dtdl-reader.js';

const units = importUnits(new Units());

function anInterface(contents: unknown[], parts: Record<string, unknown> = {}): Members {
  return { '@context': 'dtmi:dtdl:context;3', '@id': 'dtmi:org:test:Pump;1', '@type': 'Interface', contents, ...parts };
}

function read(value: Members, ...others: Members[]): ImportedModel {
  return DTDL_READER.read({ value, siblings: [value, ...others] }, units);
}

const schemaOf = (schema: unknown, parts?: Record<string, unknown>) =>
  read(anInterface([{ '@type': 'Property', name: 'a', schema }], parts)).features[0]?.spec.schema;

describe('the reader of DTDL', () => {
  it.each([
    ['boolean', { type: 'boolean' }],
    ['double', { type: 'number' }],
    ['integer', { type: 'integer', minimum: -2147483648, maximum: 2147483647 }],
    ['long', { type: 'integer' }],
    ['dateTime', { type: 'string', format: 'date-time' }],
    ['unsignedByte', { type: 'integer', minimum: 0, maximum: 255 }],
    ['uuid', { type: 'string', format: 'uuid' }],
    ['dtmi:dtdl:instance:Schema:string;2', { type: 'string' }],
    [
      'point',
      { type: 'object', properties: { type: { const: 'Point' }, coordinates: { type: 'array' } }, required: ['type', 'coordinates'] },
    ],
  ])('reads the schema %s', (schema, expected) => {
    expect(schemaOf(schema)).toEqual(expected);
  });

  it('reads arrays, maps, enumerations and objects, within one another', () => {
    const mode = { '@type': 'Enum', valueSchema: 'string', enumValues: [{ name: 'on', enumValue: 'ON' }, { name: 'off', enumValue: 'OFF' }] }; // prettier-ignore
    const map = { '@type': 'Map', mapKey: { name: 'k', schema: 'string' }, mapValue: { name: 'v', schema: mode } };
    expect(schemaOf({ '@type': 'Array', elementSchema: { '@type': 'Object', fields: [{ name: 'modes', schema: map }] } })).toEqual({
      type: 'array',
      items: { type: 'object', properties: { modes: { type: 'object', additionalProperties: { enum: ['ON', 'OFF'] } } } },
    });
  });

  it('finds schemas that the interface declares for use by id', () => {
    const schemas = [{ '@id': 'dtmi:org:test:size;1', '@type': 'Object', fields: [{ name: 'x', schema: 'float' }] }];
    expect(schemaOf('dtmi:org:test:size;1', { schemas })).toEqual({ type: 'object', properties: { x: { type: 'number' } } });
  });

  it('leaves open a schema that refers to itself, that is unknown, or that is nested too deeply', () => {
    const loop = { '@id': 'dtmi:org:test:loop;1', '@type': 'Array', elementSchema: 'dtmi:org:test:loop;1' };
    const model = read(anInterface([{ '@type': 'Property', name: 'a', schema: 'dtmi:org:test:loop;1' }], { schemas: [loop] }));
    expect(model.unmapped).toHaveLength(1);
    expect(schemaOf('dtmi:nobody:knows;1')).toBe(true);
    expect(schemaOf('nonsense')).toBe(true);
  });

  it('reads telemetry with its semantic type and unit, by the version of the language', () => {
    const content = { '@type': ['Telemetry', 'Temperature'], name: 'heat', schema: 'double', unit: 'degreeCelsius' };
    const [third] = read(anInterface([content])).features;
    expect(third).toMatchObject({ spec: { kind: 'data', unit: 'Cel' }, pointer: '/contents/0' });
    expect(third?.meaning.iris).toEqual(['dtmi:dtdl:extension:quantitativeTypes:v1:class:Temperature']);
    const [second] = read(anInterface([content], { '@context': ['dtmi:dtdl:context;2'] })).features;
    expect(second?.meaning.iris).toEqual(['dtmi:standard:class:Temperature;2']);
  });

  it('lists a unit that nobody can read', () => {
    const model = read(anInterface([{ '@type': 'Telemetry', name: 'a', schema: 'double', unit: 'smoots' }]));
    expect(model.features[0]?.spec.unit).toBeUndefined();
    expect(model.unmapped).toEqual([{ pointer: '/contents/0/unit', reason: 'The unit "smoots" could not be read.' }]);
  });

  it('makes a command a function of its request', () => {
    const command = {
      '@type': 'Command',
      name: 'start',
      request: { name: 'level', schema: 'integer' },
      response: { name: 'done', schema: 'boolean' },
    };
    expect(read(anInterface([command, { '@type': 'Command', name: 'stop' }])).features.map(({ spec }) => spec)).toMatchObject([
      { kind: 'function', name: 'start', input: { required: ['level'] }, output: { type: 'boolean' } },
      { kind: 'function', name: 'stop', input: { type: 'object' } },
    ]);
  });

  it('makes a relationship a feature whose value names its target', () => {
    const properties = [{ '@type': 'Property', name: 'since', schema: 'date' }];
    const model = read(anInterface([{ '@type': 'Relationship', name: 'feeds', maxMultiplicity: 1, properties }, { '@type': 'Relationship', name: 'near' }])); // prettier-ignore
    expect(model.features.map(({ spec }) => spec.schema)).toMatchObject([
      { type: 'object', properties: { since: { format: 'date' }, target: { type: 'string' } }, required: ['target'] },
      { type: 'array', items: { required: ['target'] } },
    ]);
  });

  it('takes in what it extends and its components, from the same request, and lists what is not there', () => {
    const base = { ...anInterface([{ '@type': 'Property', name: 'maker', schema: 'string' }]), '@id': 'dtmi:org:test:Base;1' };
    const motor = { ...anInterface([{ '@type': 'Telemetry', name: 'speed', schema: 'double' }]), '@id': 'dtmi:org:test:Motor;1' };
    const pump = anInterface(
      [
        { '@type': 'Component', name: 'motor', schema: 'dtmi:org:test:Motor;1' },
        { '@type': 'Component', name: 'valve', schema: 'dtmi:org:test:Valve;1' },
      ],
      { extends: ['dtmi:org:test:Base;1', 'dtmi:org:test:Absent;1'] },
    );
    const model = read(pump, base, motor);
    expect(model.features.map(({ spec }) => spec.name)).toEqual(['motor.speed', 'maker']);
    expect(model.unmapped.map(({ pointer }) => pointer)).toEqual(['/contents/1/schema', '/extends/1']);
  });

  it('does not go round in circles', () => {
    const self = anInterface([{ '@type': 'Component', name: 'self', schema: 'dtmi:org:test:Pump;1' }], { extends: 'dtmi:org:test:Pump;1' });
    expect(read(self).unmapped).not.toEqual([]);
  });

  it('reads what generators make of it: no type, fields in the place of a schema, numbers called long', () => {
    const contents = [{ name: 'bare' }, { '@type': 'object', name: 'box', fields: [{ name: 'w', schema: 'long' }] }];
    const model = read(anInterface(contents, { '@id': 'dtmi:com:ngsi-ld:Box;0' }));
    expect(model.features.map(({ spec }) => spec.schema)).toEqual([true, { type: 'object', properties: { w: { type: 'number' } } }]);
  });

  it('reads terms that are written out', () => {
    const mode = { '@type': 'Enum', 'dtmi:dtdl:property:enumValues;2': [{ name: 'on', enumValue: 'ON' }], valueSchema: 'string' };
    const content = { '@type': 'Property', name: 'mode', 'dtmi:dtdl:property:schema;2': mode };
    expect(read(anInterface([content])).features[0]?.spec.schema).toEqual({ enum: ['ON'] });
  });

  it('stays bounded however contents multiply', () => {
    const level = (depth: number): Members => ({
      ...anInterface(
        Array.from({ length: 10 }, (_, index) => ({ '@type': 'Component', name: `c${index}`, schema: `dtmi:t:L${depth + 1};1` })),
      ),
      '@id': `dtmi:t:L${depth};1`,
    });
    const [first, ...others] = Array.from({ length: 15 }, (_, depth) => level(depth));
    if (first === undefined) throw new Error('there is none');
    const model = read(first, ...others);
    expect(model.features.length).toBeLessThanOrEqual(200);
    expect(model.unmapped.length).toBeLessThanOrEqual(500);
  });

  it('lists what extensions add and no profile has a place for', () => {
    const contents = [
      { '@type': ['Property', 'Override'], name: 'a', schema: 'double', overrides: 'unit' },
      { '@type': ['Telemetry', 'AccelerationVector'], name: 'b', schema: 'vector' },
    ];
    const value = {
      '@context': 'dtmi:dtdl:context;4',
      '@id': 'dtmi:test:a;1',
      '@type': ['Interface', 'Mqtt'],
      payloadFormat: 'json',
      contents,
    };
    const model = DTDL_READER.read({ value, siblings: [value] }, importUnits(new Units()));
    expect(model.unmapped.map(({ pointer }) => pointer)).toEqual(['/payloadFormat', '/contents/0/overrides']);
    expect(model.features.map(({ meaning }) => meaning.iris)).toEqual([[], []]);
    expect(model.features[1]?.spec.schema).toMatchObject({ type: 'object', required: ['x', 'y', 'z'] });
  });
});
