import { parseTwinId } from '../../src/kernel/ids.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { TwinExportService } from '../../src/registry/bulk/twin-export.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let twins: TwinService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
});
afterAll(() => registry.close());

async function refusalOf(attempt: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error('not refused', { cause: error });
  return error;
}

describe('forms and needs', () => {
  const needs = [
    {
      kind: 'data',
      name: 'speed',
      unit: 'meterPerSecond',
      semanticType: 'urn:test:term:speed',
      format: 'csv',
      formatOptions: { delimiter: ';' },
    },
    { kind: 'function', name: 'close', input: { type: 'object', properties: { road: { type: 'string', 'x-identifier': 'usrn' } } } },
  ];

  it('keeps formats, their options and needs through a replacement, a merge patch and an export', async () => {
    const dto = aDto({
      needs,
      features: [{ kind: 'data', name: 'f', schema: true, format: 'cbor', formatOptions: { mapsAsObjects: true } }],
    });
    const id = parseTwinId(dto.id);
    const { twin } = await twins.register(city, dto);
    expect(twin.profile.needs).toEqual([{ ...needs[0], unit: 'm/s' }, needs[1]]);
    expect(twin.profile.features[0]).toMatchObject({ format: 'cbor', formatOptions: { mapsAsObjects: true } });
    expect((await twins.replace(city, id, dto)).change).toBe('unchanged');
    const shown = await registry.call(city, { method: 'GET', url: `/v1/twins/${id}` });
    const patched = await registry.call(city, {
      method: 'PATCH',
      url: `/v1/twins/${id}`,
      headers: { 'if-match': String(shown.headers.etag), 'content-type': 'application/merge-patch+json' },
      payload: JSON.stringify({ name: 'Renamed' }),
    });
    expect(patched.json()).toMatchObject({ name: 'Renamed', needs: shown.json<{ needs: unknown }>().needs, version: 2 });
    let exported = '';
    for await (const piece of registry.get(TwinExportService).export(city, {}, new AbortController().signal)) exported += piece;
    const line = exported.split('\n').find((each) => each.includes(id)) ?? '';
    const again = await twins.replace(city, id, aDto(JSON.parse(line) as Record<string, unknown>));
    expect(again.change).toBe('unchanged');
    expect((await twins.read(city, id)).version).toBe(2);
    const without = await registry.call(city, {
      method: 'PATCH',
      url: `/v1/twins/${id}`,
      headers: { 'if-match': '*', 'content-type': 'application/merge-patch+json' },
      payload: JSON.stringify({ needs: null }),
    });
    expect(without.json()).not.toHaveProperty('needs');
  });

  it('is not found by what it needs', async () => {
    const dto = aDto({ access: 'listed', features: [], needs: [{ kind: 'data', name: 'pollenCount', schema: { type: 'number' } }] });
    await twins.register(city, dto);
    const found = await registry.call(city, { method: 'POST', url: '/v1/discovery/search', payload: { feature: { name: 'pollenCount' } } });
    expect(found.json()).toMatchObject({ items: [] });
    const byText = await registry.call(city, { method: 'POST', url: '/v1/discovery/search', payload: { text: 'pollen' } });
    expect(byText.json()).toMatchObject({ items: [] });
  });

  it.each([
    [{ kind: 'data', name: 'a', input: true }, '/needs/0/input'],
    [{ kind: 'function', name: 'a', unit: 'm' }, '/needs/0/unit'],
    [{ kind: 'data', name: 'a', unit: 'furlongs' }, '/needs/0/unit'],
    [{ kind: 'data', name: 'a', schema: { type: 'nonsense' } }, '/needs/0/schema/type'],
    [{ kind: 'data', name: 'a', formatOptions: { x: 'y'.repeat(8_192) } }, '/needs/0/formatOptions'],
    [{ kind: 'data', name: 'a', formatOptions: ['x'] }, '/needs/0/formatOptions'],
  ])('refuses the need %j at its place', async (need, pointer) => {
    expect(await refusalOf(twins.register(city, aDto({ needs: [need] })))).toMatchObject({ code: 'validation-failed', pointer });
  });

  it('refuses two needs of one name, and what a need cannot have', async () => {
    const twice = [{ kind: 'data', name: 'a' }, { kind: 'data', name: 'a' }]; // prettier-ignore
    expect(await refusalOf(twins.register(city, aDto({ needs: twice })))).toMatchObject({ pointer: '/needs/1/name' });
    expect(() => aDto({ needs: [{ kind: 'data', name: 'a', version: '1.0.0' }] })).toThrow(DomainError);
    expect(() => aDto({ needs: [{ kind: 'data', name: 'a', format: 'CSV' }] })).toThrow(DomainError);
    expect(() => aDto({ needs: Array.from({ length: 101 }, (_, i) => ({ kind: 'data', name: `n${i}` })) })).toThrow(DomainError);
  });

  it('takes another format of a feature for a breaking change', async () => {
    const feature = { kind: 'data', name: 'f', schema: true };
    const dto = aDto({ features: [feature] });
    await twins.register(city, dto);
    const id = parseTwinId(dto.id);
    const asJson = await twins.replace(city, id, aDto({ id, name: dto.name, features: [{ ...feature, format: 'json' }] }));
    expect(asJson.change).toBe('replaced');
    expect((await refusalOf(twins.replace(city, id, aDto({ id, features: [{ ...feature, format: 'csv' }] })))).code).toBe(
      'breaking-change',
    );
    const major = await twins.replace(city, id, aDto({ id, features: [{ ...feature, version: '2.0.0', format: 'csv' }] }));
    expect(major.change).toBe('replaced');
  });
});
