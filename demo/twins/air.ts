import { allBoroughs, areaOf } from '../model/geography.js';
import { SmokePlume } from '../model/smoke-plume.js';
import { SseWay } from '../ways/sse-way.js';
import { DomainTwin } from './domain-twin.js';
import { type Part, play, readPart } from './stage.js';
import { IDENTIFIER, smartDataModels, urban } from './terms.js';
import type { AirState, TwinState } from './twin-state.js';

const KILOWATTS_PER_MEGAWATT = 1_000;
/** A borough and what is in its air, as a row. CSV has the types from the schema. */
const EXPOSURE = {
  type: 'object',
  required: ['borough', 'pm25', 'synthetic'],
  properties: {
    borough: { type: 'string', 'x-term': IDENTIFIER },
    pm25: { type: 'number', minimum: 0, 'x-term': smartDataModels('Environment/pm25'), 'x-unit': 'ug/m3' },
    synthetic: { type: 'boolean', const: true },
  },
} as const;

/** Air quality in all of London. It speaks CSV, in µg/m³ and of fires in kW, in event streams. */
class AirTwin extends DomainTwin {
  private readonly plume: SmokePlume;
  private readonly alerts: AirState['alerts'] = [];
  private fedBy = 0;

  constructor(part: Part) {
    super('air', part, new SseWay());
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
        name: 'wind',
        semanticType: smartDataModels('Weather/windDirection'),
        description: 'Where the wind comes from, and how fast it is.',
        unit: 'deg',
        schema: {
          type: 'object',
          required: ['fromDegrees', 'speed', 'synthetic'],
          properties: {
            fromDegrees: {
              type: 'number',
              minimum: 0,
              exclusiveMaximum: 360,
              'x-term': smartDataModels('Weather/windDirection'),
              'x-unit': 'deg',
            },
            speed: { type: 'number', minimum: 0, 'x-term': smartDataModels('Weather/windSpeed'), 'x-unit': 'm/s' },
            synthetic: { type: 'boolean', const: true },
          },
        },
      },
      {
        kind: 'data',
        name: 'pm25',
        semanticType: smartDataModels('Environment/pm25'),
        description: 'PM2.5 in the boroughs around, a row each.',
        unit: 'ug/m3',
        schema: { type: 'array', items: EXPOSURE },
      },
      {
        kind: 'data',
        name: 'airAlert',
        semanticType: urban('pollutantConcentration'),
        description: 'A borough in which the Daily Air Quality Index for PM2.5 has become High.',
        unit: 'ug/m3',
        schema: EXPOSURE,
      },
    ],
    needs: [
      {
        kind: 'data',
        name: 'fire',
        semanticType: urban('heatReleaseRate'),
        description: 'How a fire burns: what the smoke comes from.',
        schema: {
          type: 'object',
          additionalProperties: false,
          required: ['kilowatts'],
          properties: { kilowatts: { type: 'number', 'x-term': urban('heatReleaseRate'), 'x-unit': 'kW' } },
        },
      },
    ],
  } as const;

  /** Whoever connects for the smoke of a fire has a fire: how it burns is what the plume is computed from. */
  protected override connected(_connectionId: string, peer: string): void {
    void this.subscribeToFire(peer);
  }

  private async subscribeToFire(peer: string): Promise<void> {
    const name = await this.nameOf(peer, { kind: 'data', semanticTerm: urban('heatReleaseRate'), unit: 'kW' });
    if (name !== undefined) await this.subscribe(peer, name, 'fire');
  }

  protected override receive(need: string, value: unknown): void {
    if (need !== 'fire') return;
    for (const { kilowatts } of value as { kilowatts: number }[]) {
      this.fedBy = Math.max(this.fedBy, kilowatts);
      this.plume.feed(kilowatts / KILOWATTS_PER_MEGAWATT);
    }
    for (const { borough, pm25 } of this.plume.highBoroughs()) {
      if (!this.alerts.some((alert) => alert.borough === borough)) this.warn(borough, pm25);
    }
  }

  private warn(borough: string, pm25: number): void {
    const alert = { borough, pm25 };
    this.alerts.push(alert);
    this.publish('airAlert', { ...alert, synthetic: true }).catch(() => {
      // Warned again with the next value of the fire.
      this.alerts.splice(this.alerts.indexOf(alert), 1);
    });
  }

  protected override async step(): Promise<void> {
    await this.publish('wind', { ...this.plume.wind, synthetic: true });
    await this.publish('pm25', this.plume.measurement());
  }

  protected override state(): TwinState {
    return { domain: 'air', ...this.ties(), alerts: this.alerts, fedBy: this.fedBy };
  }
}

play(new AirTwin(readPart()));
