import { areaOf, boroughAt } from '../model/geography.js';
import { FEEDERS, feederId, PowerFeeders } from '../model/power-feeders.js';
import { SITE } from '../model/world.js';
import { DomainTwin, play, Refusal } from './domain-twin.js';
import { type Part, readPart } from './stage.js';
import { smartDataModels } from './terms.js';
import type { TwinState } from './twin-state.js';

/** The substation that supplies Park Royal. */
class EnergyTwin extends DomainTwin {
  private readonly grid: PowerFeeders;

  constructor(part: Part) {
    super('energy', part);
    this.grid = new PowerFeeders(part.seed);
  }

  protected override readonly profile = {
    name: 'Energy twin',
    description: 'Feeders of the substation at Park Royal: loads and breakers. Synthetic.',
    objectOfInterest: Array.from({ length: FEEDERS }, (_, i) => feederId(i + 1)),
    area: areaOf([boroughAt(SITE) ?? '']),
    features: [
      {
        kind: 'data',
        name: 'feederLoad',
        semanticType: smartDataModels('Energy/totalActivePower'),
        description: 'Load of each feeder.',
        unit: 'kW',
        schema: {
          type: 'object',
          required: ['synthetic', 'feeders'],
          properties: {
            synthetic: { const: true },
            feeders: {
              type: 'array',
              items: {
                type: 'object',
                required: ['feeder', 'load', 'energised'],
                properties: { feeder: { type: 'string' }, load: { type: 'number', minimum: 0 }, energised: { type: 'boolean' } },
              },
            },
          },
        },
      },
      {
        kind: 'function',
        name: 'cutPower',
        description: 'Opens the breaker of a feeder.',
        input: { type: 'object', required: ['feeder'], properties: { feeder: { type: 'string' }, reason: { type: 'string' } } },
        output: {
          type: 'object',
          required: ['energised'],
          properties: { energised: { type: 'boolean' }, shedLoad: { type: 'number', description: 'Kilowatts.' } },
        },
      },
    ],
  } as const;

  protected override perform(name: string, payload: unknown): unknown {
    if (name !== 'cutPower') return super.perform(name, payload);
    const { feeder } = payload as { feeder: string };
    const load = this.grid.feeders.find(({ id }) => id === feeder)?.load ?? 0;
    if (!this.grid.cut(feeder)) throw new Refusal('OBJECT_NOT_FOUND', `There is no feeder ${feeder}.`);
    return { energised: false, shedLoad: Math.round(load) };
  }

  protected override async step(): Promise<void> {
    this.grid.step();
    await this.client.publish('feederLoad', this.grid.measurement());
  }

  protected override state(): TwinState {
    const feeders = this.grid.feeders.map(({ id, load, isEnergised }) => ({ id, load, isEnergised }));
    return { domain: 'energy', ...this.ties(), feeders };
  }
}

play(new EnergyTwin(readPart()));
