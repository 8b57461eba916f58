import { NgsiLd } from '../formats/ngsi-ld.js';
import { areaOf, boroughAt } from '../model/geography.js';
import { FEEDERS, feederId, PowerFeeders } from '../model/power-feeders.js';
import { SITE } from '../model/world.js';
import { MqttWay } from '../ways/mqtt-way.js';
import { DomainTwin } from './domain-twin.js';
import { Refusal } from './profile.js';
import { type Part, play, readPart } from './stage.js';
import { agreed, IDENTIFIER, smartDataModels } from './terms.js';
import type { TwinState } from './twin-state.js';

/** UN/CEFACT code of the kilowatt. */
const KILOWATT = 'KWT';
const POWER = { 'x-term': smartDataModels('Energy/totalActivePower'), 'x-unit': 'kW' } as const;

/** The substation that supplies Park Royal. It speaks of NGSI-LD entities, in kW, over the city's MQTT broker. */
class EnergyTwin extends DomainTwin {
  private readonly grid: PowerFeeders;

  constructor(part: Part) {
    super('energy', part, new MqttWay(part.mqttUrl, new NgsiLd('PowerFeeder', { load: KILOWATT, shedLoad: KILOWATT })));
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
        description: 'Load of each feeder, an entity each.',
        unit: 'kW',
        schema: {
          type: 'array',
          items: {
            type: 'object',
            required: ['id', 'synthetic', 'load', 'energised'],
            properties: {
              id: { type: 'string', 'x-term': IDENTIFIER },
              synthetic: { const: true },
              load: { type: 'number', minimum: 0, ...POWER },
              energised: { type: 'boolean', 'x-term': agreed('energised') },
            },
          },
        },
      },
      {
        kind: 'function',
        name: 'cutPower',
        description: 'Opens the breaker of a feeder.',
        input: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string', 'x-term': IDENTIFIER }, reason: { type: 'string', 'x-term': agreed('reason') } },
        },
        output: {
          type: 'object',
          required: ['id', 'energised'],
          properties: {
            id: { type: 'string', 'x-term': IDENTIFIER },
            energised: { type: 'boolean', 'x-term': agreed('energised') },
            shedLoad: { type: 'number', ...POWER },
          },
        },
      },
    ],
  } as const;

  protected override perform(name: string, value: unknown): unknown {
    if (name !== 'cutPower') return super.perform(name, value);
    const { id } = value as { id: string };
    const load = this.grid.feeders.find((feeder) => feeder.id === id)?.load ?? 0;
    if (!this.grid.cut(id)) throw new Refusal('OBJECT_NOT_FOUND', `There is no feeder ${id}.`);
    return { id, energised: false, shedLoad: Math.round(load) };
  }

  protected override async step(): Promise<void> {
    this.grid.step();
    await this.publish('feederLoad', this.grid.measurement());
  }

  protected override state(): TwinState {
    const feeders = this.grid.feeders.map(({ id, load, isEnergised }) => ({ id, load, isEnergised }));
    return { domain: 'energy', ...this.ties(), feeders };
  }
}

play(new EnergyTwin(readPart()));
