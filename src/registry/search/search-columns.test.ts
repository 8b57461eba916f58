import { featureKeyText, labelKeyText, pathKeyText, searchKey, ANY_ELEMENT } from './search-key.js';
import { searchColumnsOf } from './search-columns.js';
import type { TwinProfile } from '../twin.js';

const profile: TwinProfile = {
  name: 'Air of Camden',
  description: 'Measures air',
  domain: 'air-quality',
  objectOfInterest: [],
  endpoints: [],
  labels: { borough: 'Camden' },
  access: 'listed',
  features: [
    { kind: 'data', name: 'nitrogenDioxide_1h', version: '1.0.0', description: 'Mean of an hour', schema: true },
    { kind: 'function', name: 'calibrate', version: '1.0.0', input: true },
  ],
};

const dimensionOf = (unit: string): string => `dim ${unit}`;

describe('searchColumnsOf', () => {
  it('gives each feature a key by every combination of what it has', () => {
    const withUnit = { ...profile, features: [{ kind: 'data' as const, name: 'speed', version: '1.0.0', semanticType: 'urn:t', unit: 'km/h', schema: true }] }; // prettier-ignore
    const { keys } = searchColumnsOf(withUnit, dimensionOf);
    for (const parts of [
      { kind: 'data' }, { name: 'speed' }, { kind: 'data', name: 'speed' }, { semanticType: 'urn:t' }, { kind: 'data', semanticType: 'urn:t' },
      { name: 'speed', semanticType: 'urn:t', dimension: 'dim km/h' }, { dimension: 'dim km/h' }, { kind: 'data', dimension: 'dim km/h' },
    ] as const) expect(keys).toContain(searchKey(featureKeyText(parts))); // prettier-ignore
    expect(keys).not.toContain(searchKey(featureKeyText({ kind: 'function', name: 'speed' })));
    expect(keys).not.toContain(searchKey(featureKeyText({ name: 'other' })));
  });

  it('gives labels, places and scalars keys, and leaves out what schemas hold', () => {
    const { keys } = searchColumnsOf(
      { ...profile, features: [{ kind: 'data', name: 'x', version: '1.0.0', schema: { type: 'object' } }] },
      dimensionOf,
    );
    for (const text of [
      labelKeyText('borough'), labelKeyText('borough', 'Camden'), pathKeyText(['labels', 'borough']), pathKeyText(['labels', 'borough'], 'Camden'),
      pathKeyText(['features', ANY_ELEMENT, 'kind'], 'data'), pathKeyText(['features', ANY_ELEMENT, 'schema']),
    ]) expect(keys).toContain(searchKey(text)); // prettier-ignore
    expect(keys).not.toContain(searchKey(pathKeyText(['features', ANY_ELEMENT, 'schema', 'type'])));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('lets an area that is cut at the antimeridian go on beyond longitude 180', () => {
    const square = (west: number): number[][][] => [[[west, 0], [west + 5, 0], [west + 5, 5], [west, 5], [west, 0]]]; // prettier-ignore
    const area = { type: 'MultiPolygon' as const, coordinates: [square(175), square(-180)] };
    expect(searchColumnsOf({ ...profile, coverage: { area } }, dimensionOf).areaBox).toBe('((185,5),(175,0))');
  });

  it('takes names apart into words', () => {
    const { titleText, nameText, proseText } = searchColumnsOf(profile, dimensionOf);
    expect(titleText).toContain('air-quality air quality');
    expect(nameText).toContain('nitrogenDioxide_1h nitrogen Dioxide 1h');
    expect(nameText).toContain('Camden');
    expect(proseText).toContain('Mean of an hour');
  });

  it('gives the extent of the area as a box and the validity as its bounds', () => {
    const coverage = { area: { type: 'LineString' as const, coordinates: [[-1, 2], [3, -4]] }, validTo: '2027-01-01T00:00:00Z' }; // prettier-ignore
    expect(searchColumnsOf({ ...profile, coverage }, dimensionOf)).toMatchObject({
      areaBox: '((3,2),(-1,-4))',
      validFrom: null,
      validTo: '2027-01-01T00:00:00Z',
    });
    expect(searchColumnsOf(profile, dimensionOf).areaBox).toBeNull();
  });
});
