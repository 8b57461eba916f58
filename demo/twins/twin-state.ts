/** What each twin tells the director of itself, so that the director can see what really happened. */

/** What every twin knows of its ties. */
export interface Ties {
  /** By which wire it speaks. */
  wire: string;
  /** Messages that came by its wire, and values that went by it. */
  heard: number;
  told: number;
  /** Connections that are open now, and how many there ever were. */
  openConnections: number;
  everConnected: number;
  federation: 'NONE' | 'JOINED' | 'ENDED';
}

/** A data feature that was found by what it means. */
export interface FoundTerm {
  twin: string;
  /** What its twin calls it. */
  name: string;
  /** The term (IRI) and unit (UCUM) it was asked for by, and those that it is registered with. */
  asked: { term: string; unit: string };
  has: { term: string; unit: string };
}

/** What the broker makes of one payload of a connection, as its plan says. */
export interface PlannedFlow {
  from: string;
  to: string;
  feature: string;
  purpose: 'data' | 'input' | 'output';
  /** Formats and units before and after; the names of the steps between. */
  formats: [string, string];
  units: [string, string] | undefined;
  steps: string[];
}

export interface FireState extends Ties {
  domain: 'fire';
  /** Megawatts. */
  heatRelease: number;
  peak: number;
  underControl: boolean;
  /** Data that it asked for by one term and found under another. */
  namedOtherwise: string[];
  /** Values that came by subscription. */
  flowValues: number;
  speedValues: number;
  airValues: number;
  /** Boroughs for which an air alert came. */
  alerts: string[];
  /** The approach it had closed, and whether it saw the traffic there die away. */
  road?: string;
  roadIsClear: boolean;
  /** Whether the building said that everybody is out, and that its power is off. */
  buildingIsEmpty: boolean;
  powerIsOff: boolean;
  /** What the broker says at the end. */
  federationState?: string;
  connectionStates?: string[];
}

export interface TrafficState extends Ties {
  domain: 'traffic';
  roads: { id: string; flow: number; usual: number; isClosed: boolean }[];
}

export interface EnergyState extends Ties {
  domain: 'energy';
  feeders: { id: string; load: number; isEnergised: boolean }[];
}

export interface BuildingState extends Ties {
  domain: 'building';
  occupants: number;
  staff: number;
  feeder: string;
  isPowered: boolean;
  assemblyBearing?: number;
}

export interface AirState extends Ties {
  domain: 'air';
  /** Boroughs it warned of, with the concentration at that moment in micrograms per cubic meter. */
  alerts: { borough: string; pm25: number }[];
  /** The greatest heat release that the fire twin told it of, in kilowatts. */
  fedBy: number;
}

export type TwinState = FireState | TrafficState | EnergyState | BuildingState | AirState;
export type Domain = TwinState['domain'];

/** The cast, in the order in which they are started. */
export const DOMAINS: readonly Domain[] = ['traffic', 'energy', 'building', 'air', 'fire'];
