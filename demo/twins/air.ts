import { allBoroughs, areaOf } from '../model/geography.js';
import { SmokePlume } from '../model/smoke-plume.js';
import { DomainTwin, play } from './domain-twin.js';
import { type Part, readPart } from './stage.js';
import { smartDataModels, urban } from './terms.js';
import type { AirState, TwinState } from './twin-state.js';

/** Air quality in all of London. */
class AirTwin extends DomainTwin {
  private readonly plume: SmokePlume;
  private readonly alerts: AirState['alerts'] = [];
  private fedBy = 0;

  constructor(part: Part) {
    super('air', part);
    this.plume = new SmokePlume(part.seed);
  }

  protected override readonly profile = {
    name: 'Air quality twin',
    description: 'PM2.5 in the boroughs of London, with the smoke of a fire spread by the wind. Synthetic.',
    objectOfInterest: ['urn:example:air:london'],
    area: areaOf(allBoroughs()),
    features: [
      {
        kind: 'data',
        name: 'pm25',
        semanticType: smartDataModels('Environment/pm25'),
        description: 'The wind, and PM2.5 where it is above the background.',
        unit: 'ug/m3',
        schema: {
          type: 'object',
          required: ['synthetic', 'wind', 'boroughs'],
          properties: {
            synthetic: { const: true },
            wind: {
              type: 'object',
              required: ['fromDegrees', 'speed'],
              properties: {
                fromDegrees: { type: 'number', minimum: 0, exclusiveMaximum: 360 },
                speed: { type: 'number', minimum: 0, description: 'Meters per second.' },
              },
            },
            background: { type: 'number', minimum: 0 },
            boroughs: { type: 'array', items: { $ref: '#/$defs/exposure' } },
          },
          $defs: {
            exposure: {
              type: 'object',
              required: ['borough', 'pm25'],
              properties: { borough: { type: 'string' }, pm25: { type: 'number', minimum: 0 } },
            },
          },
        },
      },
      {
        kind: 'data',
        name: 'airAlert',
        semanticType: urban('pollutantConcentration'),
        description: 'A borough in which the Daily Air Quality Index for PM2.5 has become High.',
        unit: 'ug/m3',
        schema: {
          type: 'object',
          required: ['synthetic', 'borough', 'pm25'],
          properties: { synthetic: { const: true }, borough: { type: 'string' }, pm25: { type: 'number', minimum: 0 } },
        },
      },
    ],
  } as const;

  /** Whoever connects for the smoke of a fire has a fire: how it burns is what the plume is computed from. */
  protected override connected(_connectionId: string, peer: string): void {
    void this.subscribe(peer, 'fireState');
  }

  protected override receive(feature: string, payload: unknown): void {
    if (feature !== 'fireState') return;
    const { heatRelease } = payload as { heatRelease: number };
    this.fedBy = Math.max(this.fedBy, heatRelease);
    this.plume.feed(heatRelease);
    for (const { borough, pm25 } of this.plume.highBoroughs()) {
      if (!this.alerts.some((alert) => alert.borough === borough)) this.warn(borough, pm25);
    }
  }

  private warn(borough: string, pm25: number): void {
    const alert = { borough, pm25 };
    this.alerts.push(alert);
    this.client.publish('airAlert', { synthetic: true, ...alert }).catch(() => {
      // Warned again with the next value of the fire.
      this.alerts.splice(this.alerts.indexOf(alert), 1);
    });
  }

  protected override async step(): Promise<void> {
    await this.client.publish('pm25', this.plume.measurement());
  }

  protected override state(): TwinState {
    return { domain: 'air', ...this.ties(), alerts: this.alerts, fedBy: this.fedBy };
  }
}

play(new AirTwin(readPart()));
