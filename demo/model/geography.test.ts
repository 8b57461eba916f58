import { parseGeometry } from '../../src/kernel/geo/geometry-parser.js';
import { allBoroughs, areaOf, boroughAt, boroughsWithin, destination, tubeLinesWithin } from './geography.js';
import { SITE } from './world.js';

describe('the geometry of London', () => {
  it('knows the boroughs of places, and of none in the Thames', () => {
    expect(boroughAt(SITE)).toBe('Ealing');
    expect(boroughAt([-0.0984, 51.5138])).toBe('City of London');
    expect(boroughAt([-0.118, 51.5085])).toBeUndefined();
  });

  it('finds boroughs and tube lines around the site', () => {
    expect(boroughsWithin(SITE, 3_000).toSorted()).toEqual(expect.arrayContaining(['Brent', 'Ealing', 'Hammersmith and Fulham']));
    expect(boroughsWithin(SITE, 3_000)).not.toContain('Bexley');
    expect(tubeLinesWithin(SITE, 1_500)).toEqual(expect.arrayContaining(['Central', 'Piccadilly']));
  });

  it('goes where the bearing says', () => {
    const [longitude, latitude] = destination(SITE, 90, 1_000);
    expect(latitude).toBeCloseTo(SITE[1], 9);
    expect(longitude - SITE[0]).toBeCloseTo(0.01446, 4);
  });

  it('gives areas that the broker accepts', () => {
    for (const names of [['Ealing'], boroughsWithin(SITE, 3_000), allBoroughs()])
      expect(parseGeometry(areaOf(names))).toEqual(areaOf(names));
  });
});
