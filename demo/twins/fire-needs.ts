import { SITE } from '../model/world.js';

/** Something the fire service needs of a twin that covers the place of the fire. */
export interface Need {
  for: 'traffic' | 'energy' | 'building' | 'air';
  features: readonly { kind: 'data' | 'function'; name: string }[];
  /** Data of its own that it shares with that twin. */
  offers?: readonly string[];
  /** As discovery takes it: what intersects a place, or comes near it. */
  area: Readonly<Record<string, unknown>>;
  /** By which of the broker's two faces it asks; both do the same. */
  face: 'rest' | 'message';
}

const POINT = { type: 'Point', coordinates: SITE };

export const NEEDS: readonly Need[] = [
  {
    for: 'traffic',
    features: [
      { kind: 'data', name: 'trafficFlow' },
      { kind: 'function', name: 'closeRoad' },
    ],
    area: { near: POINT, withinMeters: 2_000 },
    face: 'rest',
  },
  { for: 'energy', features: [{ kind: 'function', name: 'cutPower' }], area: { intersects: POINT }, face: 'rest' },
  {
    for: 'building',
    features: [
      { kind: 'data', name: 'occupancy' },
      { kind: 'function', name: 'evacuate' },
    ],
    area: { near: POINT, withinMeters: 50 },
    face: 'message',
  },
  {
    for: 'air',
    features: [
      { kind: 'data', name: 'pm25' },
      { kind: 'data', name: 'airAlert' },
    ],
    offers: ['fireState'],
    area: { intersects: POINT },
    face: 'message',
  },
];
