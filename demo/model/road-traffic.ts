import { between, type Random, randomOf, rounded, shuffled } from './random.js';
import { angleBetween, type Wind } from './world.js';

/** An approach to the site. The four are made up: no open road geometry came with the extract. */
export interface Road {
  id: string;
  /** Where it leads from the site, in degrees clockwise from north. */
  bearing: number;
  /** Usual flow, in vehicles per hour. */
  usual: number;
  /** Present flow, in vehicles per hour. */
  flow: number;
  isClosed: boolean;
}

const APPROACHES = [
  { id: 'urn:example:road:north-approach', bearing: 20 },
  { id: 'urn:example:road:east-approach', bearing: 110 },
  { id: 'urn:example:road:south-approach', bearing: 200 },
  { id: 'urn:example:road:west-approach', bearing: 290 },
];
/** So far apart that the noise never changes which of two carries less. */
const USUAL_FLOWS = [620, 840, 1_130, 1_480];
/** Share of the vehicles on a closed road that are still there one step later. */
const REMAINING = 0.4;
/** Share of a closed road's usual flow that each of its two neighbours takes on; the rest of the journeys is not made. */
const DIVERTED = 0.4;
const NOISE = 0.03;
/** Below this flow a road counts as empty, in vehicles per hour. */
const EMPTY = 5;
const FREE_SPEED = 48;
const CAPACITY = 2_400;

/** Traffic on the approaches, step by step. Synthetic. */
export class RoadTraffic {
  readonly roads: Road[];
  private readonly random: Random;

  constructor(seed: number) {
    this.random = randomOf(seed, 'traffic');
    const flows = shuffled(this.random, USUAL_FLOWS);
    this.roads = APPROACHES.map(({ id, bearing }, i) => {
      const usual = Math.round((flows[i] ?? 0) * between(this.random, 0.95, 1.05));
      return { id, bearing, usual, flow: usual, isClosed: false };
    });
  }

  /** Lets no more vehicles in; false when there is no such road. Closing a closed road changes nothing. */
  close(id: string): boolean {
    const road = this.roads.find((each) => each.id === id);
    if (road !== undefined) road.isClosed = true;
    return road !== undefined;
  }

  /** A closed road empties, its open neighbours fill up, the others vary a little. */
  step(): void {
    const targets = this.roads.map((road, i) => (road.isClosed ? 0 : road.usual + this.divertedTo(i)));
    for (const [i, road] of this.roads.entries()) {
      const target = targets[i] ?? road.usual;
      const settled = target + (road.flow - target) * REMAINING;
      road.flow = road.isClosed ? (settled < EMPTY ? 0 : settled) : settled * between(this.random, 1 - NOISE, 1 + NOISE);
    }
  }

  /** What the traffic twin publishes: vehicles per hour. */
  get flows(): { synthetic: true; roads: { road: string; bearing: number; intensity: number; closed: boolean }[] } {
    return {
      synthetic: true,
      roads: this.roads.map(({ id, bearing, flow, isClosed }) => ({ road: id, bearing, intensity: Math.round(flow), closed: isClosed })),
    };
  }

  /** What the traffic twin publishes: kilometers per hour. */
  get speeds(): { synthetic: true; roads: { road: string; averageSpeed: number }[] } {
    return {
      synthetic: true,
      roads: this.roads.map(({ id, flow }) => ({
        road: id,
        averageSpeed: rounded(Math.max(5, FREE_SPEED * (1 - flow / CAPACITY)), 1),
      })),
    };
  }

  private divertedTo(index: number): number {
    const neighbours = [this.roads.at(index - 1), this.roads[(index + 1) % this.roads.length]];
    return neighbours.reduce((sum, road) => sum + (road?.isClosed === true ? road.usual * DIVERTED : 0), 0);
  }
}

/**
 * The approach to keep free for fire engines: they come from upwind, out of the smoke, and of the two approaches that lead there the one that carries
 * less disturbs fewer people.
 */
export function approachToClear<R extends { bearing: number; intensity: number }>(
  roads: readonly R[],
  { fromDegrees }: Pick<Wind, 'fromDegrees'>,
): R | undefined {
  const upwind = roads.toSorted((a, b) => angleBetween(a.bearing, fromDegrees) - angleBetween(b.bearing, fromDegrees));
  return upwind.slice(0, 2).toSorted((a, b) => a.intensity - b.intensity)[0];
}
