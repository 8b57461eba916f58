const EQUATORIAL_RADIUS = 6_378_137;
const FLATTENING = 1 / 298.257223563;
const DEGREE = Math.PI / 180;

/** Meters; the smallest radius of curvature of WGS 84 (the meridian at the equator): an angle times this never exceeds the distance. */
export const SMALLEST_RADIUS = EQUATORIAL_RADIUS * (1 - FLATTENING) ** 2;

/**
 * Distance over the WGS 84 ellipsoid between two places in degrees, in meters, by Lambert's formula: within some ten meters over thousands of
 * kilometers, far better than 0.1 % over a city. Close to antipodal places, where the formula breaks down, it is the distance on the sphere.
 */
export function geodesicMeters(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const reduced1 = Math.atan((1 - FLATTENING) * Math.tan(lat1 * DEGREE));
  const reduced2 = Math.atan((1 - FLATTENING) * Math.tan(lat2 * DEGREE));
  const sinLat = Math.sin((reduced2 - reduced1) / 2);
  const sinLon = Math.sin(((lon2 - lon1) * DEGREE) / 2);
  const haversine = Math.min(1, sinLat ** 2 + Math.cos(reduced1) * Math.cos(reduced2) * sinLon ** 2);
  if (haversine === 0) return 0;
  const angle = 2 * Math.asin(Math.sqrt(haversine));
  if (1 - haversine < 1e-4) return EQUATORIAL_RADIUS * (1 - FLATTENING / 3) * angle;
  const sinMean = Math.sin((reduced1 + reduced2) / 2);
  const east = (angle - Math.sin(angle)) * ((sinMean ** 2 * (1 - sinLat ** 2)) / (1 - haversine));
  const north = (angle + Math.sin(angle)) * (((1 - sinMean ** 2) * sinLat ** 2) / haversine);
  return EQUATORIAL_RADIUS * (angle - (FLATTENING / 2) * (east + north));
}
