import { integerBetween, randomOf } from './random.js';
import { FEEDERS, feederId } from './power-feeders.js';
import { STEP_SECONDS } from './world.js';

/** Persons per second through one exit of 1.05 m (about 80 a minute, as design guides assume, and half of that in smoke). */
const PERSONS_PER_SECOND = 0.65;
/** Seconds until people start to move after the alarm. */
const REACTION_SECONDS = 60;

/** A warehouse with people in it. Synthetic. */
export class Warehouse {
  readonly staff: number;
  /** The feeder its power comes from. */
  readonly feeder: string;
  occupants: number;
  isEvacuating = false;
  isPowered = true;
  /** Where people gather, as a bearing from the site. */
  assemblyBearing: number | undefined;
  private secondsSinceAlarm = 0;

  constructor(seed: number) {
    const random = randomOf(seed, 'building');
    this.staff = integerBetween(random, 40, 120);
    this.occupants = this.staff;
    this.feeder = feederId(integerBetween(random, 1, FEEDERS));
  }

  /** Sounds the alarm: people leave towards this bearing. */
  evacuate(assemblyBearing: number): void {
    this.isEvacuating = true;
    this.assemblyBearing = assemblyBearing;
  }

  step(): void {
    if (!this.isEvacuating) return;
    this.secondsSinceAlarm += STEP_SECONDS;
    if (this.secondsSinceAlarm <= REACTION_SECONDS) return;
    this.occupants = Math.max(0, this.occupants - Math.ceil(PERSONS_PER_SECOND * STEP_SECONDS));
  }

  /** What the building twin publishes. */
  measurement(): { synthetic: true; occupants: number; feeder: string; powered: boolean; evacuating: boolean } {
    return { synthetic: true, occupants: this.occupants, feeder: this.feeder, powered: this.isPowered, evacuating: this.isEvacuating };
  }
}
