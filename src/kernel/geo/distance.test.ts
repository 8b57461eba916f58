import type { Geometry, Position } from 'geojson';
import { distanceMeters, withinDistance } from './distance.js';
import { geodesicMeters } from './geodesic.js';
import { prepareGeometry } from './prepared-geometry.js';

/** '0 0, 4 2' as two positions. */
function at(text: string): Position[] {
  return text.split(', ').map((position) => position.split(' ').map(Number));
}

function haversine(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const radians = Math.PI / 180;
  const lat = Math.sin(((lat2 - lat1) * radians) / 2) ** 2;
  const lon = Math.sin(((lon2 - lon1) * radians) / 2) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.sqrt(lat + Math.cos(lat1 * radians) * Math.cos(lat2 * radians) * lon));
}

const point = (x: number, y: number): Geometry => ({ type: 'Point', coordinates: [x, y] });
const line = (text: string): Geometry => ({ type: 'LineString', coordinates: at(text) });
const polygon = (...rings: string[]): Geometry => ({ type: 'Polygon', coordinates: rings.map(at) });

function expectWithin(actual: number, expected: number, share: number): void {
  expect(Math.abs(actual - expected) / expected).toBeLessThan(share);
}

describe('geodesicMeters', () => {
  it('agrees with the published line from Flinders Peak to Buninyon within a decimeter', () => {
    const flinders = [144 + 25 / 60 + 29.5244 / 3600, -(37 + 57 / 60 + 3.7203 / 3600)] as const;
    const buninyon = [143 + 55 / 60 + 35.3839 / 3600, -(37 + 39 / 60 + 10.1561 / 3600)] as const;
    expect(geodesicMeters(...flinders, ...buninyon)).toBeCloseTo(54_972.271, 0);
  });

  it('agrees with the sizes of the ellipsoid', () => {
    expectWithin(geodesicMeters(0, 0, 1, 0), 111_319.491, 1e-6);
    expectWithin(geodesicMeters(0, 0, 0, 1), 110_574.389, 1e-5);
    expectWithin(geodesicMeters(0, 89, 0, 90), 111_693.865, 1e-5);
    expectWithin(geodesicMeters(0, 0, 0, 90), 10_001_965.729, 1e-5);
  });

  it('is defined for equal and for antipodal places', () => {
    expect(geodesicMeters(12, 34, 12, 34)).toBe(0);
    expectWithin(geodesicMeters(0, 0, 180, 0), 20_003_931, 5e-3);
    expectWithin(geodesicMeters(0, 90, 0, -90), 20_003_931, 5e-3);
  });
});

describe('distanceMeters', () => {
  const stPauls = point(-0.0984, 51.5138);
  const towerBridge = point(-0.0754, 51.5055);

  it('knows how far Tower Bridge is from St Paul’s', () => {
    const expected = haversine(-0.0984, 51.5138, -0.0754, 51.5055);
    expectWithin(expected, 1840, 5e-3);
    expectWithin(distanceMeters(stPauls, towerBridge), expected, 5e-3);
  });

  it('measures to the nearest point of an edge, not only to vertices', () => {
    const alongThames = line('-0.13 51.5055, 0.05 51.5055');
    expectWithin(distanceMeters(stPauls, alongThames), haversine(-0.0984, 51.5138, -0.0984, 51.5055), 5e-3);
    expectWithin(distanceMeters(alongThames, stPauls), haversine(-0.0984, 51.5138, -0.0984, 51.5055), 5e-3);
  });

  it('measures from within a hole to its rim, and is 0 inside the polygon', () => {
    const ringed = polygon('0 0, 9 0, 9 9, 0 9, 0 0', '3 3, 3 6, 6 6, 6 3, 3 3');
    expectWithin(distanceMeters(point(4.5, 3.5), ringed), geodesicMeters(4.5, 3.5, 4.5, 3), 1e-3);
    expect(distanceMeters(point(1, 1), ringed)).toBe(0);
    expect(distanceMeters(line('3.5 3.5, 4 4'), ringed)).toBeGreaterThan(0);
  });

  it('takes the nearest part', () => {
    const parts: Geometry = { type: 'GeometryCollection', geometries: [point(10, 10), line('0 1, 1 1'), point(-3, 0)] };
    expectWithin(distanceMeters(parts, point(0.5, 0)), geodesicMeters(0.5, 1, 0.5, 0), 1e-3);
  });

  it('goes the short way across the antimeridian', () => {
    expectWithin(distanceMeters(point(179.9, 10), point(-179.9, 10)), geodesicMeters(0, 10, 0.2, 10), 1e-6);
    expectWithin(distanceMeters(point(-179.9, 10.5), line('179.9 10, 179.9 11')), geodesicMeters(0, 10.5, 0.2, 10.5), 1e-3);
    expectWithin(distanceMeters(line('179 0, 179.5 0'), polygon('-179.5 -1, -179 -1, -179 1, -179.5 1, -179.5 -1')), 111_319.5, 1e-3);
    expect(distanceMeters(point(180, 5), line('-180 0, -180 9'))).toBeCloseTo(0, 6);
  });

  it('finds the nearest of many edges', () => {
    const scattered = Array.from({ length: 800 }, (_, i) => [((i * 7919) % 800) / 200 - 2, 50 + ((i * 104_729) % 799) / 320]);
    const wave = Array.from({ length: 800 }, (_, i) => [i / 200 - 2, 52.8 + Math.sin(i / 8) / 4]);
    let nearest = Infinity;
    for (const [x = 0, y = 0] of scattered) {
      for (const [u = 0, v = 0] of wave) nearest = Math.min(nearest, geodesicMeters(x, y, u, v));
    }
    const meters = distanceMeters({ type: 'MultiPoint', coordinates: scattered }, { type: 'LineString', coordinates: wave });
    const spacing = geodesicMeters(0, 52.8, 0.005, 52.8 + 0.016);
    expect(meters).toBeGreaterThan(Math.sqrt(Math.max(0, nearest ** 2 - spacing ** 2)));
    expect(meters).toBeLessThanOrEqual(nearest);
  });

  it('is the same for prepared geometries', () => {
    expect(distanceMeters(prepareGeometry(stPauls), prepareGeometry(towerBridge))).toBe(distanceMeters(stPauls, towerBridge));
  });
});

describe('withinDistance', () => {
  const home = point(-0.1, 51.5);
  const farm = polygon('0.1 51.5, 0.2 51.5, 0.2 51.6, 0.1 51.6, 0.1 51.5');

  it('holds from the distance on', () => {
    const meters = distanceMeters(home, farm);
    expect(withinDistance(home, farm, meters)).toBe(true);
    expect(withinDistance(home, farm, meters * 0.999999)).toBe(false);
    expect(withinDistance(home, farm, meters * 2)).toBe(true);
    expect(withinDistance(home, farm, Infinity)).toBe(true);
  });

  it('holds for 0 exactly when they intersect, and never below', () => {
    expect(withinDistance(point(0.15, 51.55), farm, 0)).toBe(true);
    expect(withinDistance(home, farm, 0)).toBe(false);
    expect(withinDistance(point(0.15, 51.55), farm, -1)).toBe(false);
    expect(withinDistance(home, farm, NaN)).toBe(false);
  });
});
