import { SITE } from '../model/world.js';
import type { Wish } from './finder.js';
import { urban } from './terms.js';

/** What the fire service calls the features that it needs. */
export type Role = 'flow' | 'speed' | 'closeRoad' | 'cutPower' | 'occupancy' | 'evacuate' | 'wind' | 'air' | 'alert';

/** Something the fire service needs of a twin that covers the place of the fire. */
export interface Need extends Wish {
  for: 'traffic' | 'energy' | 'building' | 'air';
  features: Partial<Wish<Role>['features']> & Wish['features'];
  /** Data of its own that it shares with that twin. */
  offers?: readonly string[];
}

const POINT = { type: 'Point', coordinates: SITE };

/** Data by what it means, in a unit of its own choice; functions by name, as there are no terms for them. */
export const NEEDS: readonly Need[] = [
  {
    for: 'traffic',
    features: {
      flow: { kind: 'data', semanticTerm: urban('trafficFlow'), unit: '{vehicles}/min' },
      speed: { kind: 'data', semanticTerm: urban('vehicleSpeed'), unit: 'm/s' },
      closeRoad: { kind: 'function', name: 'closeRoad' },
    },
    area: { near: POINT, withinMeters: 2_000 },
    face: 'rest',
  },
  { for: 'energy', features: { cutPower: { kind: 'function', name: 'cutPower' } }, area: { intersects: POINT }, face: 'rest' },
  {
    for: 'building',
    features: {
      occupancy: { kind: 'data', semanticTerm: urban('personCount'), unit: '{persons}' },
      evacuate: { kind: 'function', name: 'evacuate' },
    },
    area: { near: POINT, withinMeters: 50 },
    face: 'message',
  },
  {
    for: 'air',
    features: {
      wind: { kind: 'data', semanticTerm: urban('windDirection'), unit: 'deg' },
      air: { kind: 'data', semanticTerm: urban('pm25'), unit: 'mg/m3' },
      alert: { kind: 'data', name: 'airAlert', semanticTerm: urban('pollutantConcentration'), unit: 'ug/m3' },
    },
    offers: ['fireState'],
    area: { intersects: POINT },
    face: 'message',
  },
];
