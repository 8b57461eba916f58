import { between, integerBetween, randomOf, rounded } from './random.js';

/** Longitude and latitude (WGS 84). */
export type Position = readonly [longitude: number, latitude: number];

/** Simulated seconds that pass from one step of the models to the next. */
export const STEP_SECONDS = 30;
/** Real milliseconds between two steps. */
export const STEP_MS = 200;

/** Where the warehouse stands: Park Royal, London's largest industrial estate. The warehouse itself is made up. */
export const SITE: Position = [-0.27, 51.53];

/** The wind, the same for all of the city. */
export interface Wind {
  /** Where it comes from, in degrees clockwise from north. */
  fromDegrees: number;
  /** Meters per second. */
  speed: number;
}

/** Synthetic: any direction, a light to moderate breeze. */
export function windOf(seed: number): Wind {
  const random = randomOf(seed, 'wind');
  return { fromDegrees: integerBetween(random, 0, 359), speed: rounded(between(random, 2.5, 6), 1) };
}

/** The smaller angle between two bearings, in degrees. */
export function angleBetween(one: number, other: number): number {
  const angle = Math.abs(one - other) % 360;
  return angle > 180 ? 360 - angle : angle;
}

/** The bearing the smoke goes to. */
export function downwind({ fromDegrees }: Wind): number {
  return (fromDegrees + 180) % 360;
}
