import { parseExact, stringifyExact } from '../../kernel/exact-json.js';
import { FormatError } from './payload-format.js';
import { PayloadFormats } from './payload-formats.js';

const formats = new PayloadFormats();
const codecOf = (name: string, options: unknown = {}, schema?: unknown) => {
  const format = formats.find(name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format.compile(format.read(options), schema);
};

describe('the formats', () => {
  it('are found by name and media type', () => {
    expect(formats.names).toEqual(['json', 'ngsi-ld', 'ngsi-ld-concise', 'ngsi-ld-key-values', 'csv', 'xml', 'cbor', 'senml']);
    expect(formats.findByMediaType('Text/CSV; charset=utf-8')?.name).toBe('csv');
    expect(formats.findByMediaType('application/ld+json')?.name).toBe('ngsi-ld');
    expect(formats.findByMediaType('image/png')).toBeUndefined();
  });

  it('read and write NGSI-LD entities', () => {
    const entity = {
      id: 'urn:ngsi-ld:ACMeasurement:1',
      type: 'ACMeasurement',
      power: { type: 'Property', value: 4.5, unitCode: 'KWT', observedAt: '2026-01-01T12:00:00Z' },
      device: { type: 'Relationship', object: 'urn:ngsi-ld:Device:1' },
      location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [8.5, 47.4] } },
      phases: [
        { type: 'Property', value: 3 },
        { type: 'Property', value: 1, datasetId: 'urn:old' },
      ],
    };
    const options = { kinds: { device: 'Relationship' }, unitCodes: { power: 'KWT' }, observedAt: 'at' };
    const value = codecOf('ngsi-ld', options).decode(structuredClone(entity));
    expect(value).toEqual({
      id: entity.id,
      type: entity.type,
      power: 4.5,
      device: 'urn:ngsi-ld:Device:1',
      location: { type: 'Point', coordinates: [8.5, 47.4] },
      phases: 3,
      at: '2026-01-01T12:00:00Z',
    });
    expect(codecOf('ngsi-ld', options).encode(structuredClone(value))).toMatchObject({
      power: entity.power,
      device: { type: 'Relationship', object: 'urn:ngsi-ld:Device:1', observedAt: '2026-01-01T12:00:00Z' },
      location: { type: 'GeoProperty' },
    });
    const wrongUnit = { ...structuredClone(entity), power: { type: 'Property', value: 4500, unitCode: 'WTT' } };
    expect(() => codecOf('ngsi-ld', options).decode(wrongUnit)).toThrow(expect.objectContaining({ pointer: '/power' }) as Error);
    expect(
      codecOf('ngsi-ld-concise').decode({ id: 'urn:a', type: 'T', a: 5, b: { value: 6, unitCode: 'KWT' }, c: { object: 'urn:b' } }),
    ).toEqual({
      id: 'urn:a',
      type: 'T',
      a: 5,
      b: 6,
      c: 'urn:b',
    });
  });

  it('read CSV by its header, typed by the schema, and refuse shifted columns', () => {
    const item = { type: 'object', properties: { station: { type: 'string' }, speed: { type: 'number' } }, required: ['station', 'speed'] };
    const columns = [
      { name: 'Station', pointer: '/station' },
      { name: 'Speed [km/h]', pointer: '/speed' },
    ];
    const codec = codecOf('csv', { columns, delimiter: ';', decimal: ',' }, { type: 'array', items: item });
    expect(codec.decode('\uFEFFSpeed [km/h];Station\n12,5;"A; north"\n\n7;B\n')).toEqual([
      { speed: 12.5, station: 'A; north' },
      { speed: 7, station: 'B' },
    ]);
    expect(codec.encode([{ station: 'A; "n"', speed: 12.5 }])).toBe('Station;Speed [km/h]\r\n"A; ""n""";12,5\r\n');
    expect(() => codec.decode('Station;Speed [km/h]\n12,5;A\n')).toThrow(expect.objectContaining({ pointer: '/0/speed' }) as Error);
    expect(() => codec.decode('Station;Speed\nA;1\n')).toThrow(FormatError);
    expect(() => codec.decode('Station;Speed [km/h];More\nA;1;2\n')).toThrow(FormatError);
    expect(() => codec.decode('Station;Speed [km/h]\nA;NaN\n')).toThrow(FormatError);
  });

  it('read XML by the schema', () => {
    const schema = {
      type: 'object',
      properties: { '@id': { type: 'string' }, speed: { type: 'number' }, lanes: { type: 'array', items: { type: 'integer' } } },
    };
    const codec = codecOf('xml', { root: 'obs' }, schema);
    const text =
      '<?xml version="1.0" encoding="UTF-8"?>\n<o:obs xmlns:o="urn:o" id="a&amp;b">\n <speed>1.50</speed><lanes>1</lanes><lanes>2</lanes></o:obs>';
    expect(codec.decode(text)).toEqual({ '@id': 'a&b', speed: 1.5, lanes: [1, 2] });
    expect(codec.encode({ '@id': 'a&b', speed: 1.5, lanes: [1, 2] })).toBe(
      '<obs id="a&amp;b"><speed>1.5</speed><lanes>1</lanes><lanes>2</lanes></obs>',
    );
    expect(() => codec.decode('<obs><speed>1</speed><speed>2</speed></obs>')).toThrow(
      expect.objectContaining({ pointer: '/speed' }) as Error,
    );
  });

  it('read CBOR as RFC 8949 has it in its appendix', () => {
    const read = (hex: string) => stringifyExact(codecOf('cbor').decode(Buffer.from(hex, 'hex').toString('base64url')));
    expect(read('1bffffffffffffffff')).toBe('18446744073709551615');
    expect(read('c249010000000000000000')).toBe('18446744073709551616');
    expect(read('3bffffffffffffffff')).toBe('-18446744073709551616');
    expect(read('c48221196ab3')).toBe('273.15');
    expect(read('f93e00')).toBe('1.5');
    expect(read('c074323031332d30332d32315432303a30343a30305a')).toBe('"2013-03-21T20:04:00Z"');
    expect(read('c11a514b67b0')).toBe('1363896240');
    expect(read('bf61610161629f0203ffff')).toBe('{"a":1,"b":[2,3]}');
    expect(read('d9d9f74101')).toBe('"AQ"');
  });

  it('work the base values of SenML in', () => {
    const pack = [
      { bn: 'urn:dev:ow:10e2073a0108006:', bt: 1.276020076001e9, bu: 'A', bver: 5, n: 'voltage', u: 'V', v: 120.1 },
      { n: 'current', t: -5, v: 1.2 },
      { n: 'current', t: -4, v: 1.3 },
    ];
    expect(codecOf('senml').decode(structuredClone(pack))).toEqual([
      { n: 'urn:dev:ow:10e2073a0108006:voltage', u: 'V', v: 120.1, t: 1.276020076001e9 },
      { n: 'urn:dev:ow:10e2073a0108006:current', u: 'A', v: 1.2, t: 1.276020071001e9 },
      { n: 'urn:dev:ow:10e2073a0108006:current', u: 'A', v: 1.3, t: 1.276020072001e9 },
    ]);
    const members = codecOf('senml', { layout: 'members', time: 'at' });
    expect(members.decode(structuredClone(pack.slice(0, 2)))).toEqual({ voltage: 120.1, current: 1.2, at: 1.276020076001e9 });
    expect(() => members.decode(pack)).toThrow(FormatError);
    expect(members.encode({ speed: 5, open: true, place: { name: 'x' }, at: 1_767_268_800 })).toEqual([
      { bt: 1_767_268_800, n: 'speed', v: 5 },
      { n: 'open', vb: true },
      { n: 'place/name', vs: 'x' },
    ]);
  });

  it('keep the digits of numbers that no double holds', () => {
    const text = '{"id":"urn:a","type":"T","n":12345678901234567890.10}';
    for (const name of ['json', 'ngsi-ld', 'ngsi-ld-concise', 'ngsi-ld-key-values', 'csv', 'xml', 'cbor', 'senml']) {
      const schema = { type: 'object', properties: { id: { type: 'string' }, type: { type: 'string' }, n: { type: 'number' } } };
      const codec = codecOf(name, {}, schema);
      const document = parseExact(stringifyExact(codec.encode(parseExact(text))));
      expect(stringifyExact(codec.decode(document))).toBe(text);
    }
  });
});
