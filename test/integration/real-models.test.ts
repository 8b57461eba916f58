import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FeatureSchemas } from '../../src/dictionary/shared-schema/feature-schemas.js';
import { SharedSchemaService } from '../../src/dictionary/shared-schema/shared-schema.service.js';
import { parseOrganizationId } from '../../src/kernel/ids.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const DATA = path.resolve(import.meta.dirname, '../../../shared/data/smart-data-models');
const isThere = existsSync(DATA);
const files = isThere ? readdirSync(DATA, { recursive: true, encoding: 'utf8' }).sort() : [];
const models = files.filter((file) => file.endsWith('/schema.json'));
/** Examples that break their own schema, with the first places that the answer names. */
const FLAWED: Readonly<Record<string, string>> = {
  'Transportation/CityWork': '/openingHoursSpecification/0/opens',
  'Transportation/ElectricVehicleMobility': '/averageDistanceKm',
  'Transportation/RestrictedTrafficArea': '/regulation',
  'Transportation/TransportStation': '/openingHoursSpecification/0/opens',
};

function read(file: string): unknown {
  return JSON.parse(readFileSync(path.join(DATA, file), 'utf8'));
}

// The models are not part of this repository.
(isThere ? describe : describe.skip)('Smart Data Models of ../shared/data (skipped where the folder is absent)', () => {
  let registry: TestRegistry;
  const city = organization('models');
  beforeAll(async () => {
    registry = await aRegistry();
    const common = files.filter((file) => file.endsWith('-schema.json')).map((file) => ({ schema: read(file) }));
    await registry.get(SharedSchemaService).register(city, common);
  });
  afterAll(() => registry.close());

  it.each(isThere ? models : ['(absent)'])(
    '%s registers as a feature, and its examples fit or the answer names the place',
    async (file) => {
      const dto = aDto({ features: [{ kind: 'data', name: 'model', schema: read(file) }] });
      await expect(registry.get(TwinService).register(city, dto)).resolves.toMatchObject({ change: 'created' });
      const compiled = await registry.get(FeatureSchemas).compile(parseOrganizationId('models'), read(file));
      const folder = path.dirname(file);
      const violations = compiled.validate(read(path.join(folder, 'examples/example.json')));
      expect(violations[0]?.pointer).toBe(FLAWED[folder]);
      // The schemas are of key-values: of the normalized form the answer names the attributes.
      const normalized = compiled.validate(read(path.join(folder, 'examples/example-normalized.jsonld')));
      expect(normalized).not.toEqual([]);
    },
  );
});
