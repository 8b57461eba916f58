import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeatureCollection } from 'geojson';
import { parseGeometry } from '../../src/kernel/geo/geometry-parser.js';
import { intersects } from '../../src/kernel/geo/intersects.js';

function read(file: string): FeatureCollection {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as FeatureCollection;
}

describe('the extract of London', () => {
  it.each([
    { file: 'london-boroughs.geojson', count: 33 },
    { file: 'london-tube-lines.geojson', count: 12 },
  ])('$file holds geometries the broker accepts as they are', ({ file, count }) => {
    const { features } = read(file);
    expect(features).toHaveLength(count);
    for (const { geometry, properties } of features) {
      expect(Object.keys(properties ?? {})).toEqual(['name']);
      expect(parseGeometry(geometry)).toEqual(geometry);
    }
  });

  it('has St Paul’s in the City, and the Waterloo & City line in it too', () => {
    const boroughs = read('london-boroughs.geojson').features;
    const boroughsOf = (geometry: unknown) =>
      boroughs
        .filter((borough) => intersects(borough.geometry, parseGeometry(geometry)))
        .map((borough) => String(borough.properties?.['name']));
    expect(boroughsOf({ type: 'Point', coordinates: [-0.0984, 51.5138] })).toEqual(['City of London']);
    const line = read('london-tube-lines.geojson').features.find(({ properties }) => properties?.['name'] === 'Waterloo & City');
    expect(boroughsOf(line?.geometry)).toContain('City of London');
  });
});
