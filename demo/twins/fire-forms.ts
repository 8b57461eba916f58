import type { Feature } from './profile.js';
import { agreed, IDENTIFIER, urban } from './terms.js';

/** The words of the fire service: what it wants to be told, and how it asks for what others do. Each need is named by the role that it has for the fire twin. */
export interface FlowValue {
  approaches: { id: string; bearing: number; perMinute: number; closed: boolean }[];
}
export interface WindValue {
  from: number;
  metresPerSecond: number;
}
export interface OccupancyValue {
  persons: number;
  feeder: string;
  powered: boolean;
}
export interface AlertValue {
  area: string;
}

const ID = { type: 'string', 'x-term': IDENTIFIER } as const;
const REASON = { type: 'string', 'x-term': agreed('reason') } as const;
const CLOSED = { type: 'boolean', 'x-term': urban('roadClosed') } as const;
const BEARING = { type: 'number', 'x-term': agreed('bearing') } as const;

function form(properties: Readonly<Record<string, object>>, required = Object.keys(properties)): object {
  return { type: 'object', additionalProperties: false, required, properties };
}

function approaches(properties: Readonly<Record<string, object>>): object {
  return form({ approaches: { type: 'array', 'x-term': urban('roadSegment'), items: form(properties) } });
}

/** In SI units and per minute; the broker turns what others have, and take, into this. */
export const FORMS: readonly Feature[] = [
  {
    kind: 'data',
    name: 'flow',
    semanticType: urban('trafficFlow'),
    description: 'What an approach carries.',
    schema: approaches({
      id: ID,
      bearing: BEARING,
      perMinute: { type: 'number', 'x-term': urban('trafficFlow'), 'x-unit': '{vehicles}/min' },
      closed: CLOSED,
    }),
  },
  {
    kind: 'data',
    name: 'speed',
    semanticType: urban('vehicleSpeed'),
    description: 'How fast an approach is.',
    schema: approaches({ id: ID, metresPerSecond: { type: 'number', 'x-term': urban('vehicleSpeed'), 'x-unit': 'm/s' } }),
  },
  {
    kind: 'data',
    name: 'wind',
    semanticType: urban('windDirection'),
    description: 'Where smoke will go.',
    schema: form({
      from: { type: 'number', 'x-term': urban('windDirection'), 'x-unit': 'deg' },
      metresPerSecond: { type: 'number', 'x-term': urban('windSpeed'), 'x-unit': 'm/s' },
    }),
  },
  {
    kind: 'data',
    name: 'air',
    semanticType: urban('pm25'),
    description: 'Where there is smoke.',
    schema: { type: 'array', items: form({ area: ID, smoke: { type: 'number', 'x-term': urban('pm25'), 'x-unit': 'mg/m3' } }) },
  },
  {
    kind: 'data',
    name: 'alert',
    semanticType: urban('pollutantConcentration'),
    description: 'Where there is too much of it.',
    schema: form({ area: ID }),
  },
  {
    kind: 'data',
    name: 'occupancy',
    semanticType: urban('personCount'),
    description: 'Who is still inside, and whether the power is on.',
    schema: form({
      persons: { type: 'integer', 'x-term': urban('personCount'), 'x-unit': '{persons}' },
      feeder: { type: 'string', 'x-term': agreed('suppliedBy') },
      powered: { type: 'boolean', 'x-term': agreed('energised') },
    }),
  },
  { kind: 'function', name: 'closeRoad', input: form({ approach: ID, why: REASON }), output: form({ closed: CLOSED }) },
  {
    kind: 'function',
    name: 'cutPower',
    input: form({ feeder: ID, why: REASON }),
    output: form({ live: { type: 'boolean', 'x-term': agreed('energised') } }),
  },
  {
    kind: 'function',
    name: 'evacuate',
    input: form({ towards: BEARING }),
    output: form({ leaving: { type: 'boolean', 'x-term': agreed('evacuating') } }),
  },
];
