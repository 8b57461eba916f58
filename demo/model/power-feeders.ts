import { between, type Random, randomOf, rounded } from './random.js';

/** A cable out of the substation. */
export interface Feeder {
  id: string;
  /** Usual load, in kilowatts. */
  usual: number;
  /** Present load, in kilowatts. */
  load: number;
  isEnergised: boolean;
}

/** How many feeders the substation has. */
export const FEEDERS = 5;
const NOISE = 0.02;

/** The name of a feeder, counted from 1. */
export function feederId(number: number): string {
  return `urn:example:feeder:park-royal-${number}`;
}

/** The loads of a substation's feeders, step by step. Synthetic. */
export class PowerFeeders {
  readonly feeders: Feeder[];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = randomOf(seed, 'energy');
    this.feeders = Array.from({ length: FEEDERS }, (_, i) => {
      const usual = Math.round(between(this.random, 800, 2_600));
      return { id: feederId(i + 1), usual, load: usual, isEnergised: true };
    });
  }

  /** Opens the breaker; false when there is no such feeder. The load is gone with the next step. */
  cut(id: string): boolean {
    const feeder = this.feeders.find((each) => each.id === id);
    if (feeder !== undefined) feeder.isEnergised = false;
    return feeder !== undefined;
  }

  step(): void {
    for (const feeder of this.feeders) feeder.load = feeder.isEnergised ? feeder.usual * between(this.random, 1 - NOISE, 1 + NOISE) : 0;
  }

  /** What the energy twin publishes: kilowatts. */
  measurement(): { id: string; synthetic: true; load: number; energised: boolean }[] {
    return this.feeders.map(({ id, load, isEnergised }) => ({ id, synthetic: true, load: rounded(load, 1), energised: isEnergised }));
  }
}
