import { featureKey, searchColumnsOf } from './search-columns.js';
import type { TwinProfile } from './twin.js';

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

describe('searchColumnsOf', () => {
  it('gives each feature a key by kind, by name and by both', () => {
    expect(searchColumnsOf(profile).featureKeys).toEqual([
      'data', ':nitrogenDioxide_1h', 'data:nitrogenDioxide_1h', 'function', ':calibrate', 'function:calibrate',
    ]); // prettier-ignore
    expect([featureKey('data', 'a'), featureKey(undefined, 'a'), featureKey('data', undefined)]).toEqual(['data:a', ':a', 'data']);
  });

  it('takes names apart into words', () => {
    const { titleText, nameText, proseText } = searchColumnsOf(profile);
    expect(titleText).toContain('air-quality air quality');
    expect(nameText).toContain('nitrogenDioxide_1h nitrogen Dioxide 1h');
    expect(nameText).toContain('Camden');
    expect(proseText).toContain('Mean of an hour');
  });

  it('gives the extent of the area as a box and the validity as its bounds', () => {
    const coverage = { area: { type: 'LineString' as const, coordinates: [[-1, 2], [3, -4]] }, validTo: '2027-01-01T00:00:00Z' }; // prettier-ignore
    expect(searchColumnsOf({ ...profile, coverage })).toMatchObject({
      areaBox: '((3,2),(-1,-4))',
      validFrom: null,
      validTo: '2027-01-01T00:00:00Z',
    });
    expect(searchColumnsOf(profile).areaBox).toBeNull();
  });
});
