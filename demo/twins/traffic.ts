import { areaOf, boroughsWithin, tubeLinesWithin } from '../model/geography.js';
import { RoadTraffic } from '../model/road-traffic.js';
import { SITE } from '../model/world.js';
import { WebhookWay } from '../ways/webhook-way.js';
import { DomainTwin } from './domain-twin.js';
import { Refusal } from './profile.js';
import { type Part, play, readPart } from './stage.js';
import { agreed, IDENTIFIER, smartDataModels, urban } from './terms.js';
import type { TwinState } from './twin-state.js';

/** Traffic on the approaches to Park Royal. It speaks JSON, in km/h and vehicles per hour, and is called by webhook. */
class TrafficTwin extends DomainTwin {
  private readonly traffic: RoadTraffic;
  private readonly tubeLines = tubeLinesWithin(SITE, 1_500);

  constructor(part: Part) {
    super('traffic', part, new WebhookWay());
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
              'x-term': urban('roadSegment'),
              items: {
                type: 'object',
                required: ['road', 'bearing', 'intensity', 'closed'],
                properties: {
                  road: { type: 'string', 'x-term': IDENTIFIER },
                  bearing: { type: 'number', 'x-term': agreed('bearing'), description: 'Where it leads from the site, in degrees.' },
                  intensity: { type: 'number', minimum: 0, 'x-term': urban('trafficFlow'), 'x-unit': '{vehicles}/h' },
                  closed: { type: 'boolean', 'x-term': urban('roadClosed') },
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
              'x-term': urban('roadSegment'),
              items: {
                type: 'object',
                required: ['road', 'averageSpeed'],
                properties: {
                  road: { type: 'string', 'x-term': IDENTIFIER },
                  averageSpeed: {
                    type: 'number',
                    minimum: 0,
                    'x-term': smartDataModels('Transportation/averageVehicleSpeed'),
                    'x-unit': 'km/h',
                  },
                },
              },
            },
          },
        },
      },
      {
        kind: 'function',
        name: 'closeRoad',
        description: 'Closes an approach to all but emergency vehicles.',
        input: {
          type: 'object',
          required: ['road'],
          properties: { road: { type: 'string', 'x-term': IDENTIFIER }, reason: { type: 'string', 'x-term': agreed('reason') } },
        },
        output: {
          type: 'object',
          required: ['closed'],
          properties: {
            closed: { type: 'boolean', 'x-term': urban('roadClosed') },
            alternatives: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    ],
  } as const;

  protected override perform(name: string, value: unknown): unknown {
    if (name !== 'closeRoad') return super.perform(name, value);
    // The broker has checked the value against the input schema.
    const { road } = value as { road: string };
    if (!this.traffic.close(road)) throw new Refusal('OBJECT_NOT_FOUND', `There is no road ${road}.`);
    return { closed: true, alternatives: this.tubeLines.map((line) => `${line} line`) };
  }

  protected override async step(): Promise<void> {
    this.traffic.step();
    const { flows, speeds } = this.traffic;
    await Promise.all([this.publish('trafficFlow', flows), this.publish('approachSpeed', speeds)]);
  }

  protected override state(): TwinState {
    const roads = this.traffic.roads.map(({ id, flow, usual, isClosed }) => ({ id, flow, usual, isClosed }));
    return { domain: 'traffic', ...this.ties(), roads };
  }
}

play(new TrafficTwin(readPart()));
