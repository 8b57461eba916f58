import { boroughAt, destination } from './geography.js';
import { between, randomOf, rounded } from './random.js';
import { angleBetween, downwind, SITE, type Wind, windOf } from './world.js';

/** Heat of combustion of the burning goods, in megajoules per kilogram. */
const HEAT_OF_COMBUSTION = 18;
/** Grams of PM2.5 per kilogram burned. */
const PM25_YIELD = 15;
/** Height to which the hot smoke rises before it drifts, in meters. */
const RISE = 60;
/** From here the UK's Daily Air Quality Index for PM2.5 says High, in micrograms per cubic meter. */
export const HIGH_PM25 = 54;
/** Distances and bearings at which the boroughs' exposure is computed: meters and degrees. */
const RINGS = [1_000, 2_000, 3_000, 4_000, 5_000];
const BEARING_STEP = 5;

/** Where exposure is computed. */
interface Receptor {
  borough: string;
  /** Meters from the site. */
  distance: number;
  bearing: number;
}

const RECEPTORS: readonly Receptor[] = RINGS.flatMap((distance) =>
  Array.from({ length: 360 / BEARING_STEP }, (_, i) => i * BEARING_STEP).flatMap((bearing) => {
    const borough = boroughAt(destination(SITE, bearing, distance));
    return borough === undefined ? [] : [{ borough, distance, bearing }];
  }),
);

/** Grams of PM2.5 per second that a fire gives off. */
export function emission(heatReleaseMegawatts: number): number {
  return (heatReleaseMegawatts / HEAT_OF_COMBUSTION) * PM25_YIELD;
}

/**
 * Concentration at the ground by the Gaussian plume formula with reflection, in micrograms per cubic meter; spread after Briggs for open country in neutral
 * weather (class D). `along` and `across` are meters from the source, downwind and to the side.
 */
export function plumeConcentration(gramsPerSecond: number, windSpeed: number, along: number, across: number): number {
  if (along <= 0) return 0;
  const sigmaY = (0.08 * along) / Math.sqrt(1 + 0.0001 * along);
  const sigmaZ = (0.06 * along) / Math.sqrt(1 + 0.0015 * along);
  const sideways = Math.exp(-(across ** 2) / (2 * sigmaY ** 2));
  const upwards = 2 * Math.exp(-(RISE ** 2) / (2 * sigmaZ ** 2));
  return (gramsPerSecond / (2 * Math.PI * windSpeed * sigmaY * sigmaZ)) * sideways * upwards * 1e6;
}

/** PM2.5 in the boroughs around the fire. Synthetic. */
export class SmokePlume {
  readonly wind: Wind;
  /** What is in the air without a fire, in micrograms per cubic meter. */
  readonly background: number;
  private heatRelease = 0;

  constructor(seed: number) {
    this.wind = windOf(seed);
    this.background = rounded(between(randomOf(seed, 'air'), 8, 14), 1);
  }

  /** The fire gives off smoke according to its heat release, in megawatts. */
  feed(heatReleaseMegawatts: number): void {
    this.heatRelease = heatReleaseMegawatts;
  }

  /** The highest concentration in each borough that has any of the smoke, in micrograms per cubic meter, highest first. */
  exposure(): { borough: string; pm25: number }[] {
    const rate = emission(this.heatRelease);
    const highest = new Map<string, number>();
    for (const { borough, distance, bearing } of RECEPTORS) {
      const angle = (angleBetween(bearing, downwind(this.wind)) * Math.PI) / 180;
      const smoke = plumeConcentration(rate, this.wind.speed, distance * Math.cos(angle), distance * Math.sin(angle));
      highest.set(borough, Math.max(highest.get(borough) ?? 0, this.background + smoke));
    }
    return [...highest].map(([borough, pm25]) => ({ borough, pm25: rounded(pm25, 1) })).toSorted((a, b) => b.pm25 - a.pm25);
  }

  /** The boroughs in which the index says High, worst first. */
  highBoroughs(): { borough: string; pm25: number }[] {
    return this.exposure().filter(({ pm25 }) => pm25 >= HIGH_PM25);
  }

  /** What the air quality twin publishes: micrograms per cubic meter. */
  measurement(): { borough: string; pm25: number; synthetic: true }[] {
    return this.exposure().map((each) => ({ ...each, synthetic: true }));
  }
}
