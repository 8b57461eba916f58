import { TermDirectory } from '../../src/dictionary/term/term-directory.js';
import { DiscoveryService } from '../../src/discovery/discovery.service.js';
import { SearchDto } from '../../src/discovery/dto/search.dto.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const CITY = organization('city');
const STRANGER = organization('stranger');
const SDM = 'https://smartdatamodels.org/dataModel.Transportation/averageVehicleSpeed';

describe('search by meaning, with the vocabulary of a fresh broker', () => {
  let registry: TestRegistry;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    registry = await aRegistry();
    for (const [name, unit] of [
      ['speed', 'm/s'],
      ['vehicleSpeed', 'km/h'],
      ['averageVehicleSpeed', '[mi_i]/h'],
      ['airTemperature', 'Cel'],
    ] as const) {
      const [semanticType] = await registry.get(TermDirectory).resolve(name);
      expect(semanticType).toBeDefined();
      const feature = { kind: 'data', name: `f-${name}`, semanticType, unit, schema: { type: 'number' } };
      const dto = aDto({ access: 'listed', features: [feature] });
      await registry.get(TwinService).register(CITY, dto);
      ids.set(dto.id, name);
    }
    const foreign = aDto({ access: 'listed', features: [{ kind: 'data', name: 'v', semanticType: SDM, unit: 'km/h', schema: true }] });
    await registry.get(TwinService).register(CITY, foreign);
    ids.set(foreign.id, 'foreign');
  });
  afterAll(() => registry.close());

  async function find(feature: object): Promise<string[]> {
    const { items } = await registry.get(DiscoveryService).search(STRANGER, parseDto(SearchDto, { feature }));
    return items.map(({ twin }) => ids.get(twin.id) ?? twin.id).toSorted();
  }

  const SPEEDS = ['averageVehicleSpeed', 'foreign', 'speed', 'vehicleSpeed'];

  it.each(['speed', 'vehicleSpeed', 'averageVehicleSpeed'])(
    'finds by %s what was registered under any of the three',
    async (semanticTerm) => {
      expect(await find({ semanticTerm })).toEqual(SPEEDS);
    },
  );

  it('finds by the IRI of a matched term too', async () => {
    expect(await find({ semanticTerm: SDM })).toEqual(SPEEDS);
  });

  it('takes commensurable units for the same, and others not', async () => {
    expect(await find({ semanticTerm: 'speed', unit: 'KMH' })).toEqual(SPEEDS);
    expect(await find({ semanticTerm: 'speed', unit: 'km/h' })).toEqual(SPEEDS);
    expect(await find({ semanticTerm: 'speed', unit: 'Cel' })).toEqual([]);
    expect(await find({ unit: '[degF]' })).toEqual(['airTemperature']);
  });

  it('takes nothing but the term when told so', async () => {
    const [iri] = await registry.get(TermDirectory).resolve('averageVehicleSpeed');
    expect(await find({ semanticTerm: iri, exact: true })).toEqual(['averageVehicleSpeed']);
  });

  it('refuses a unit that is none, and one that does not go with its term at registration', async () => {
    await expect(find({ unit: 'furlongs per fortnight' })).rejects.toMatchObject({ code: 'validation-failed', pointer: '/feature/unit' });
    const [semanticType] = await registry.get(TermDirectory).resolve('vehicleSpeed');
    const features = [{ kind: 'data', name: 'speed', semanticType, unit: 'kg', schema: true }];
    await expect(registry.get(TwinService).register(CITY, aDto({ features }))).rejects.toMatchObject({
      code: 'validation-failed',
      pointer: '/features/0/unit',
    });
  });
});
