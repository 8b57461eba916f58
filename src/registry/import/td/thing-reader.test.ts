import { Units } from '../../../dictionary/unit/units.js';
import { DomainError } from '../../../problems/domain-error.js';
import { importUnits } from '../import-units.js';
import type { ImportedModel } from '../imported-model.js';
import { THING_READER } from './thing-reader.js';

const units = importUnits(new Units());

function read(parts: Record<string, unknown>): ImportedModel {
  const value = { '@context': 'https://www.w3.org/2022/wot/td/v1.1', id: 'urn:test:lamp', title: 'Lamp', ...parts };
  return THING_READER.read({ value, siblings: [value] }, units);
}

describe('the reader of Thing Descriptions', () => {
  it('makes properties and events data, and actions functions', () => {
    const model = read({
      properties: { level: { type: 'integer', minimum: 0, maximum: 100, unit: 'percent', title: 'Level', '@type': 'iot:Level' } },
      actions: {
        fade: { input: { type: 'object', properties: { to: { type: 'integer' } }, required: ['to'] }, output: { type: 'boolean' } },
      },
      events: { overheated: { data: { type: 'number', unit: 'qudt:DEG_C' } } },
    });
    expect(model.features.map(({ spec, pointer }) => [pointer, spec])).toEqual([
      ['/properties/level', { kind: 'data', name: 'level', version: '1.0.0', description: 'Level', unit: '%', schema: { type: 'integer', minimum: 0, maximum: 100 } }],
      ['/actions/fade', expect.objectContaining({ kind: 'function', input: { type: 'object', properties: { to: { type: 'integer' } }, required: ['to'] }, output: { type: 'boolean' } })],
      ['/events/overheated', expect.objectContaining({ kind: 'data', unit: 'Cel', schema: { type: 'number' } })],
    ]); // prettier-ignore
  });

  it('reads schemas within schemas, tuples among them', () => {
    const model = read({ properties: { a: { type: 'array', items: [{ type: 'string' }, { oneOf: [{ const: 1 }, { const: 2 }] }] } } });
    expect(model.features[0]?.spec.schema).toEqual({
      type: 'array',
      prefixItems: [{ type: 'string' }, { oneOf: [{ const: 1 }, { const: 2 }] }],
    });
  });

  it('lists keywords that do not fit, and leaves them out', () => {
    const model = read({ properties: { a: { type: 'whatever', minimum: 'low', items: 5 } } });
    expect(model.unmapped.map(({ pointer }) => pointer)).toEqual(['/properties/a/type', '/properties/a/minimum', '/properties/a/items']);
  });

  it('expands semantic types by the prefixes of the context, and nothing else', () => {
    const context = ['https://www.w3.org/2022/wot/td/v1.1', { saref: 'https://saref.etsi.org/core/' }];
    const properties = { a: { '@type': 'saref:Temperature' }, b: { '@type': 'nobody:Knows' }, c: {} };
    expect(read({ '@context': context, properties }).features.map(({ meaning }) => meaning)).toEqual([
      { iris: ['https://saref.etsi.org/core/Temperature'] },
      { name: 'Knows' },
      { name: 'c' },
    ]);
  });

  it('makes the base an endpoint for all that lies on its host, and others of their own', () => {
    const model = read({
      base: 'https://lamp.example/things/1/{part}',
      properties: { a: { forms: [{ href: 'a' }, { href: 'mqtts://broker.example/lamp', contentType: 'application/cbor' }] } },
      actions: { b: { forms: [{ href: 'modbus+tcp://10.0.0.1:502/1' }, { href: 'https://lamp.example/other' }] } },
    });
    expect(model.endpoints).toEqual([
      { protocol: 'http', url: 'https://lamp.example/things/1/' },
      { protocol: 'mqtt', url: 'mqtts://broker.example/lamp', format: 'cbor' },
    ]);
    expect(model.unmapped).toMatchObject([{ pointer: '/actions/b/forms/0/href' }]);
  });

  it.each([
    ['a password in an address', { base: 'https://user:secret@lamp.example/' }, '/base'],
    ['a password in a form', { properties: { a: { forms: [{ href: 'https://u:p@lamp.example/' }] } } }, '/properties/a/forms/0/href'],
    [
      'a password in a security scheme',
      { securityDefinitions: { b: { scheme: 'basic', password: 'x' } } },
      '/securityDefinitions/b/password',
    ],
  ])('refuses %s', (_what, parts, pointer) => {
    expect(() => read(parts)).toThrow(DomainError);
    expect(() => read(parts)).toThrow(expect.objectContaining({ pointer }) as Error);
  });

  it('lists how to authenticate, and takes a licence, a contact, a place and a time to live', () => {
    const model = read({
      securityDefinitions: { none: { scheme: 'nosec' }, oauth: { scheme: 'oauth2', token: 'https://id.example/token' } },
      links: [
        { rel: 'license', href: 'https://creativecommons.org/licenses/by/4.0/' },
        { rel: 'icon', href: 'icon.png' },
      ],
      support: 'mailto:lamps@example.org',
      location: { latitude: 51.5, longitude: '-0.1' },
      registration: { ttl: 3600, created: '2026-01-01T00:00:00Z' },
    });
    expect(model).toMatchObject({
      accessTerms: { license: 'https://creativecommons.org/licenses/by/4.0/', contact: 'mailto:lamps@example.org' },
      area: { type: 'Point', coordinates: [-0.1, 51.5] },
      ttlSeconds: 3600,
    });
    expect(model.unmapped.map(({ pointer }) => pointer)).toEqual(['/securityDefinitions/oauth', '/links/1', '/registration/created']);
  });

  it('gives a thing without an id the same one each time', () => {
    const [one, again, other] = [{ id: undefined }, { id: undefined }, { id: undefined, title: 'Other' }].map((parts) => read(parts).id);
    expect(one).toMatch(/^urn:twinfed:import:[0-9a-f]{32}$/);
    expect([again === one, other === one]).toEqual([true, false]);
  });

  it('keeps apart a property and an event of one name', () => {
    const model = read({ properties: { smoke: {} }, events: { smoke: {}, ünïcode: {} } });
    expect(model.features.map(({ spec }) => spec.name)).toEqual(['smoke', 'smoke-2', 'unicode']);
    expect(model.warnings).toHaveLength(2);
  });
});
