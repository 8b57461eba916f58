import { approachToClear, RoadTraffic } from '../model/road-traffic.js';
import { SmokePlume } from '../model/smoke-plume.js';
import { Warehouse } from '../model/warehouse.js';
import { WarehouseFire } from '../model/warehouse-fire.js';
import { windOf } from '../model/world.js';
import { type Domain, DOMAINS, type Ties, type TwinState } from '../twins/twin-state.js';

/** What the twins said of themselves last. */
export type States = { [D in Domain]?: Extract<TwinState, { domain: D }> };

/** Something that must be seen in the state of a twin. */
export interface Effect {
  twin: Domain;
  /** Completes the sentence "the twin …". */
  says: string;
  holds(states: States): boolean;
}

/** What has to come of a seed; computed from the models alone, without any exchange. */
export interface Forecast {
  road: string;
  feeder: string;
  windFromDegrees: number;
  windSpeed: number;
  staff: number;
  /** Megawatts. */
  peak: number;
  boroughs: string[];
}

/** At least so many values must have come by each subscription. */
const ENOUGH_VALUES = 10;
/** What their twins call the data that the fire twin asks for by a term of its own. */
const NAMED_OTHERWISE = ['approachSpeed', 'occupancy', 'pm25'];
/** Each has a way of its own. */
const WIRES: Readonly<Record<Domain, string>> = { traffic: 'webhook', energy: 'MQTT', building: 'WoT', air: 'SSE', fire: 'WebSocket' };
const EMPTY_SHARE = 0.02;
const FULLER_SHARE = 1.1;

export function forecast(seed: number): Forecast {
  const [wind, warehouse, fire, plume] = [windOf(seed), new Warehouse(seed), new WarehouseFire(seed), new SmokePlume(seed)];
  plume.feed(fire.limit);
  const road = approachToClear(new RoadTraffic(seed).flows.roads, wind)?.road ?? '';
  return {
    road,
    feeder: warehouse.feeder,
    windFromDegrees: wind.fromDegrees,
    windSpeed: wind.speed,
    staff: warehouse.staff,
    peak: fire.limit,
    boroughs: plume.highBoroughs().map(({ borough }) => borough),
  };
}

/** The last part of an id, for people. */
export function shortName(id: string): string {
  return id.split(':').at(-1) ?? id;
}

/** Everything that has to be seen before the demonstration counts as a success. */
export function expectedEffects(expected: Forecast): Effect[] {
  const [road, feeder, boroughs] = [shortName(expected.road), shortName(expected.feeder), expected.boroughs.join(', ')];
  return [
    {
      twin: 'traffic',
      says: `closed ${road}, and no traffic is left on it`,
      holds: ({ traffic }) =>
        traffic?.roads.some(({ id, isClosed, flow, usual }) => id === expected.road && isClosed && flow <= usual * EMPTY_SHARE) === true,
    },
    {
      twin: 'traffic',
      says: `carries the diverted traffic on another approach`,
      holds: ({ traffic }) => traffic?.roads.some(({ isClosed, flow, usual }) => !isClosed && flow >= usual * FULLER_SHARE) === true,
    },
    {
      twin: 'energy',
      says: `has ${feeder} without load, and no other`,
      holds: ({ energy }) =>
        energy?.feeders.every(({ id, isEnergised, load }) =>
          id === expected.feeder ? !isEnergised && load === 0 : isEnergised && load > 0,
        ) === true,
    },
    {
      twin: 'building',
      says: `is empty: all ${expected.staff} went upwind`,
      holds: ({ building }) =>
        building?.staff === expected.staff && building.occupants === 0 && building.assemblyBearing === expected.windFromDegrees,
    },
    { twin: 'building', says: 'noticed that its power is off', holds: ({ building }) => building?.isPowered === false },
    {
      twin: 'air',
      says: `warned of ${boroughs}`,
      holds: ({ air }) =>
        isSame(
          air?.alerts.map(({ borough }) => borough),
          expected.boroughs,
        ),
    },
    { twin: 'fire', says: `was warned of ${boroughs}`, holds: ({ fire }) => isSame(fire?.alerts, expected.boroughs) },
    {
      twin: 'fire',
      says: 'found speed, occupancy and air quality by what they mean, under terms of another vocabulary',
      holds: ({ fire }) => NAMED_OTHERWISE.every((name) => fire?.namedOtherwise.includes(name) === true),
    },
    {
      twin: 'fire',
      says: `got at least ${ENOUGH_VALUES} values each of traffic flow, speed and air quality`,
      holds: ({ fire }) => fire !== undefined && Math.min(fire.flowValues, fire.speedValues, fire.airValues) >= ENOUGH_VALUES,
    },
    { twin: 'fire', says: `saw ${road} clear`, holds: ({ fire }) => fire?.road === expected.road && fire.roadIsClear },
    {
      twin: 'fire',
      says: 'saw the building empty and its power off',
      holds: ({ fire }) => fire?.buildingIsEmpty === true && fire.powerIsOff,
    },
    {
      twin: 'fire',
      says: `is under control after ${expected.peak} MW`,
      holds: ({ fire }) => fire?.underControl === true && fire.peak === expected.peak,
    },
    {
      twin: 'fire',
      says: 'found every connection released and the federation dissolved',
      holds: ({ fire }) =>
        fire?.federationState === 'DISSOLVED' &&
        (fire.connectionStates?.length ?? 0) >= 4 &&
        fire.connectionStates?.every((state) => state === 'RELEASED') === true,
    },
    ...DOMAINS.map((twin): Effect => ({
      twin,
      says: `heard and told by ${WIRES[twin]}`,
      holds: ({ [twin]: state }) => state?.wire === WIRES[twin] && state.heard > 0 && state.told >= ENOUGH_VALUES,
    })),
    ...(['traffic', 'energy', 'building', 'air'] as const).map((twin): Effect => ({
      twin,
      says: 'heard that its connections and the federation are over',
      holds: (states) => isReleased(states[twin]),
    })),
  ];
}

function isReleased(ties: Ties | undefined): boolean {
  return ties !== undefined && ties.everConnected > 0 && ties.openConnections === 0 && ties.federation === 'ENDED';
}

function isSame(seen: readonly string[] | undefined, expected: readonly string[]): boolean {
  return (
    seen !== undefined && expected.length > 0 && expected.every((each) => seen.includes(each)) && new Set(seen).size === expected.length
  );
}
