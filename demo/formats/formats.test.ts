import { Cbor } from './cbor.js';
import { Csv } from './csv.js';
import { Json } from './json.js';
import { NgsiLd } from './ngsi-ld.js';

describe('the formats of the twins', () => {
  it.each([
    [new Json(), { roads: [{ road: 'a', closed: false }] }],
    [new Cbor(), { approaches: [{ id: 'a', metresPerSecond: 13.4, closed: false }] }],
    [new Csv(), [{ borough: 'Brent, London', pm25: 61.5, synthetic: true }]],
    [new NgsiLd('PowerFeeder', { load: 'KWT' }), [{ id: 'urn:example:feeder:1', load: 1_200.5, energised: true }]],
  ])('read what they write: $name', (format, value) => {
    expect(format.valueOf(JSON.parse(JSON.stringify(format.payloadOf(value))))).toEqual(value);
  });

  it('are what their standards say', () => {
    expect(new Csv().documentOf({ borough: 'Brent, "N"', pm25: 61.5 })).toBe('borough,pm25\n"Brent, ""N""",61.5\n');
    expect(new NgsiLd('PowerFeeder', { load: 'KWT' }).payloadOf({ id: 'urn:example:feeder:1', load: 7, energised: true })).toEqual({
      id: 'urn:example:feeder:1',
      type: 'PowerFeeder',
      load: { type: 'Property', value: 7, unitCode: 'KWT' },
      energised: { type: 'Property', value: true },
    });
    // RFC 8949, Appendix A.
    expect(new Cbor().documentOf({ a: 1, b: [2, 3] }).toString('hex')).toMatch(/^(a2|b90002)6161016162820203$/);
    expect(new Cbor().payloadOf('a')).toBe('YWE');
  });
});
