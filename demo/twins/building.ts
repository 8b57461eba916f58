import { randomUUID } from 'node:crypto';
import { twin } from '../client/message.js';
import { destination } from '../model/geography.js';
import { Warehouse } from '../model/warehouse.js';
import { SITE } from '../model/world.js';
import { ThingWay } from '../ways/thing-way.js';
import { DomainTwin } from './domain-twin.js';
import type { FoundTwin } from './finder.js';
import { type Part, play, readPart } from './stage.js';
import { agreed, IDENTIFIER, smartDataModels, urban } from './terms.js';
import type { TwinState } from './twin-state.js';

/** A footprint of about 85 by 85 meters, made up. */
const FOOTPRINT = {
  type: 'Polygon',
  coordinates: [[45, 315, 225, 135, 45].map((bearing) => destination(SITE, bearing, 60))],
};

/** The warehouse that burns. It is a thing of the Web of Things, and hears of its power in W. */
class BuildingTwin extends DomainTwin {
  private readonly warehouse: Warehouse;
  /** The energy twin once it is found, and what it calls the loads of its feeders. */
  private supplier: FoundTwin<'supply'> | undefined;
  private isLooking = false;

  constructor(part: Part) {
    super('building', part, new ThingWay());
    this.warehouse = new Warehouse(part.seed);
  }

  protected override readonly profile = {
    name: 'Building twin',
    description: 'A warehouse at Park Royal: who is in it, and whether it has power. Synthetic.',
    objectOfInterest: ['urn:example:building:warehouse-7'],
    area: FOOTPRINT,
    features: [
      {
        kind: 'data',
        name: 'occupancy',
        semanticType: smartDataModels('Building/peopleOccupancy'),
        description: 'Persons in the building, and the state of its supply.',
        unit: '{persons}',
        schema: {
          type: 'object',
          required: ['synthetic', 'occupants', 'feeder', 'powered'],
          properties: {
            synthetic: { const: true },
            occupants: { type: 'integer', minimum: 0, 'x-term': smartDataModels('Building/peopleOccupancy'), 'x-unit': '{persons}' },
            feeder: { type: 'string', 'x-term': agreed('suppliedBy'), description: 'Where its power comes from.' },
            powered: { type: 'boolean', 'x-term': agreed('energised') },
            evacuating: { type: 'boolean' },
          },
        },
      },
      {
        kind: 'function',
        name: 'evacuate',
        description: 'Sounds the alarm and sends everybody to an assembly point.',
        input: {
          type: 'object',
          required: ['assemblyBearing'],
          properties: {
            assemblyBearing: {
              type: 'number',
              minimum: 0,
              maximum: 360,
              'x-term': agreed('bearing'),
              description: 'Of the assembly point, in degrees.',
            },
          },
        },
        output: {
          type: 'object',
          required: ['evacuating'],
          properties: { evacuating: { type: 'boolean', 'x-term': agreed('evacuating') }, occupants: { type: 'integer' } },
        },
      },
    ],
    needs: [
      {
        kind: 'data',
        name: 'supply',
        semanticType: urban('activePower'),
        description: 'What the feeders carry: whether the one of this building has power.',
        schema: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['feeder', 'watts', 'energised'],
            properties: {
              feeder: { type: 'string', 'x-term': IDENTIFIER },
              watts: { type: 'number', 'x-term': urban('activePower'), 'x-unit': 'W' },
              energised: { type: 'boolean', 'x-term': agreed('energised') },
            },
          },
        },
      },
    ],
  } as const;

  protected override perform(name: string, value: unknown): unknown {
    if (name === 'occupancy') return this.warehouse.measurement();
    if (name !== 'evacuate') return super.perform(name, value);
    this.warehouse.evacuate((value as { assemblyBearing: number }).assemblyBearing);
    return { evacuating: true, occupants: this.warehouse.occupants };
  }

  /** Once it is wanted in the federation, it asks its supplier to keep it informed; that its power is gone it learns from there. */
  protected override connected(connectionId: string, peer: string): void {
    if (peer === this.supplier?.id) void this.subscribe(peer, this.supplier.names.supply, 'supply');
    else if (!this.isLooking) {
      this.isLooking = true;
      void this.connectToSupplier(connectionId);
    }
  }

  private async connectToSupplier(connectionId: string): Promise<void> {
    const path = `/v1/connections/${encodeURIComponent(connectionId)}`;
    const { federationId } = await this.broker.call<{ federationId: string }>('GET', path);
    this.supplier = await this.find({
      features: { supply: { kind: 'data', semanticTerm: urban('activePower'), unit: 'W' } },
      area: { intersects: FOOTPRINT },
      face: 'rest',
    });
    if (this.supplier === undefined) return;
    const { id, names } = this.supplier;
    const features = [{ twin: id, name: names.supply }];
    // An id of its own: it goes into the message, so the supplier learns from it which connection to accept.
    const object = { type: 'connection', id: `urn:uuid:${randomUUID()}` };
    await this.client.ask({ to: twin(id), action: 'CONNECT', object, payload: { federationId, features } });
  }

  protected override receive(need: string, value: unknown): void {
    if (need !== 'supply') return;
    const own = (value as { feeder: string; watts: number; energised: boolean }[]).find(({ feeder }) => feeder === this.warehouse.feeder);
    this.warehouse.isPowered = own === undefined ? this.warehouse.isPowered : own.energised && own.watts > 0;
  }

  protected override async step(): Promise<void> {
    this.warehouse.step();
    await this.publish('occupancy', this.warehouse.measurement());
  }

  protected override state(): TwinState {
    const { occupants, staff, feeder, isPowered, assemblyBearing } = this.warehouse;
    return { domain: 'building', ...this.ties(), occupants, staff, feeder, isPowered, assemblyBearing };
  }
}

play(new BuildingTwin(readPart()));
