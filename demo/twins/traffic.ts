import { areaOf, boroughsWithin, tubeLinesWithin } from '../model/geography.js';
import { RoadTraffic } from '../model/road-traffic.js';
import { SITE } from '../model/world.js';
import { DomainTwin, play, Refusal } from './domain-twin.js';
import { type Part, readPart } from './stage.js';
import { smartDataModels, urban } from './terms.js';
import type { TwinState } from './twin-state.js';

/** Traffic on the approaches to Park Royal. */
class TrafficTwin extends DomainTwin {
  private readonly traffic: RoadTraffic;
  private readonly tubeLines = tubeLinesWithin(SITE, 1_500);

  constructor(part: Part) {
    super('traffic', part);
    this.traffic = new RoadTraffic(part.seed);
  }

  protected override readonly profile = {
    name: 'Traffic twin',
    description: 'Flows on the approaches to Park Royal, and their closure. Synthetic.',
    objectOfInterest: ['north', 'east', 'south', 'west'].map((side) => `urn:example:road:${side}-approach`),
    area: areaOf(boroughsWithin(SITE, 3_000)),
    features: [
      {
        kind: 'data',
        name: 'trafficFlow',
        semanticType: urban('trafficFlow'),
        description: 'Vehicles per hour on each approach.',
        unit: '{vehicles}/h',
        schema: {
          type: 'object',
          required: ['synthetic', 'roads'],
          properties: {
            synthetic: { const: true },
            roads: {
              type: 'array',
              items: {
                type: 'object',
                required: ['road', 'bearing', 'intensity', 'closed'],
                properties: {
                  road: { type: 'string' },
                  bearing: { type: 'number', description: 'Where it leads from the site, in degrees.' },
                  intensity: { type: 'number', minimum: 0 },
                  closed: { type: 'boolean' },
                },
              },
            },
          },
        },
      },
      {
        kind: 'data',
        name: 'approachSpeed',
        semanticType: smartDataModels('Transportation/averageVehicleSpeed'),
        description: 'Mean speed of the vehicles on each approach.',
        unit: 'km/h',
        schema: {
          type: 'object',
          required: ['synthetic', 'roads'],
          properties: {
            synthetic: { const: true },
            roads: {
              type: 'array',
              items: {
                type: 'object',
                required: ['road', 'averageSpeed'],
                properties: { road: { type: 'string' }, averageSpeed: { type: 'number', minimum: 0 } },
              },
            },
          },
        },
      },
      {
        kind: 'function',
        name: 'closeRoad',
        description: 'Closes an approach to all but emergency vehicles.',
        input: { type: 'object', required: ['road'], properties: { road: { type: 'string' }, reason: { type: 'string' } } },
        output: {
          type: 'object',
          required: ['closed'],
          properties: { closed: { type: 'boolean' }, alternatives: { type: 'array', items: { type: 'string' } } },
        },
      },
    ],
  } as const;

  protected override perform(name: string, payload: unknown): unknown {
    if (name !== 'closeRoad') return super.perform(name, payload);
    // The broker has checked the payload against the input schema.
    const { road } = payload as { road: string };
    if (!this.traffic.close(road)) throw new Refusal('OBJECT_NOT_FOUND', `There is no road ${road}.`);
    return { closed: true, alternatives: this.tubeLines.map((line) => `${line} line`) };
  }

  protected override async step(): Promise<void> {
    this.traffic.step();
    const { flows, speeds } = this.traffic;
    await Promise.all([this.client.publish('trafficFlow', flows), this.client.publish('approachSpeed', speeds)]);
  }

  protected override state(): TwinState {
    const roads = this.traffic.roads.map(({ id, flow, usual, isClosed }) => ({ id, flow, usual, isClosed }));
    return { domain: 'traffic', ...this.ties(), roads };
  }
}

play(new TrafficTwin(readPart()));
