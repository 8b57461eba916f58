import { Units } from '../../../dictionary/unit/units.js';
import { importUnits } from '../import-units.js';
import type { ImportedModel } from '../imported-model.js';
import { SHELL_READER } from './shell-reader.js';

function read(parts: Record<string, unknown>): ImportedModel {
  const value = { id: 'https://example.org/aas/1', idShort: 'Pump1', ...parts };
  return SHELL_READER.read({ value, siblings: [value] }, importUnits(new Units()));
}

const reference = (value: string) => ({ type: 'ExternalReference', keys: [{ type: 'GlobalReference', value }] });
const at = (href: string) => ({ interface: 'AAS-3.0', protocolInformation: { href, endpointProtocol: 'HTTP' } });

describe('the reader of shell descriptors', () => {
  it('makes a feature of each submodel, with its meaning and its address', () => {
    const model = read({
      globalAssetId: 'urn:asset:1',
      specificAssetIds: [{ name: 'serial', value: 'S 1' }, { name: 'link', value: 'https://id.example/1' }],
      endpoints: [at('https://example.org/shells/1')],
      submodelDescriptors: [
        { id: 'urn:sm:1', idShort: 'Nameplate', semanticId: reference('https://admin-shell.io/nameplate/3/0'), endpoints: [at('https://example.org/sm/1')] },
        { id: 'urn:sm:2', idShort: 'Technical Data', semanticId: reference('0173-1#01-AHX837#002') },
        { id: 'https://example.org/sm/time series' },
      ],
    }); // prettier-ignore
    expect(model).toMatchObject({
      name: 'Pump1',
      objectOfInterest: ['urn:asset:1', 'https://id.example/1'],
      labels: { serial: 'S 1', link: 'https://id.example/1', idShort: 'Pump1' },
    });
    expect(model.endpoints.map(({ url }) => url)).toEqual(['https://example.org/shells/1', 'https://example.org/sm/1']);
    expect(model.features.map(({ spec, meaning }) => [spec.name, meaning])).toEqual([
      ['Nameplate', { iris: ['https://admin-shell.io/nameplate/3/0'] }],
      ['Technical_Data', { name: 'Technical Data' }],
      ['time_series', { name: 'time series' }],
    ]);
    expect(model.unmapped).toMatchObject([{ pointer: '/submodelDescriptors/1/semanticId' }]);
  });

  it('reads a shell that refers to its submodels', () => {
    const model = read({
      assetInformation: { assetKind: 'Instance', globalAssetId: 'urn:asset:1' },
      submodels: [
        { type: 'ModelReference', keys: [{ type: 'Submodel', value: 'urn:sm:energy' }] },
        { type: 'ModelReference', keys: [] },
      ],
    });
    expect(model.features.map(({ spec }) => spec.name)).toEqual(['energy']);
    expect(model.objectOfInterest).toEqual(['urn:asset:1']);
    expect(model.unmapped).toMatchObject([{ pointer: '/submodels/1' }]);
  });

  it('lists addresses that no endpoint may have and how to authenticate, and refuses credentials', () => {
    const endpoint = {
      protocolInformation: { href: 'opc.tcp://example.org', securityAttributes: [{ type: 'W3C_DID' }, { type: 'NONE' }] },
    };
    expect(read({ endpoints: [endpoint] }).unmapped.map(({ pointer }) => pointer)).toEqual([
      '/endpoints/0/protocolInformation/href',
      '/endpoints/0/protocolInformation/securityAttributes/0',
    ]);
    expect(() => read({ endpoints: [at('https://u:p@example.org/')] })).toThrow(/credential/);
  });
});
