import type { FormatReader, SourceDocument } from '../format-reader.js';
import type { ImportedModel, Meaning } from '../imported-model.js';
import { lastPart, uriFor } from '../imported-text.js';
import { isMembers, listOf, localText, memberOf, type Members, pointTo, textOf } from '../json-members.js';
import { ModelDraft } from '../model-draft.js';
import { carriesCredentials, refuseSecret } from '../secrets-in-documents.js';
import type { ForeignUnits } from '../unit-reader.js';

const IRI = /^[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>"{}|\\^`]{1,1000}$/;
const MAPPED = new Set([
  'id', 'identification', 'idShort', 'displayName', 'description', 'assetKind', 'assetType', 'globalAssetId', 'specificAssetIds', 'endpoints',
  'submodelDescriptors', 'submodels', 'assetInformation', 'administration', 'modelType',
]); // prettier-ignore
const SHELL_MEMBERS = ['submodelDescriptors', 'assetInformation', 'globalAssetId', 'specificAssetIds', 'assetKind', 'submodels'];

/** An identifier: a plain text since version 3, an object or a reference before. */
function identifierOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (Array.isArray(value)) return identifierOf(value[0]);
  if (!isMembers(value)) return undefined;
  return identifierOf(memberOf(value, 'id') ?? memberOf(value, 'value') ?? memberOf(value, 'keys'));
}

/** What a reference leads to: the value of its last key. */
function lastKey(reference: unknown): string | undefined {
  if (!isMembers(reference)) return undefined;
  const keys = listOf(reference, 'keys').filter(isMembers);
  const key = keys.at(-1);
  return key === undefined ? identifierOf(memberOf(reference, 'value')) : textOf(key, 'value');
}

class ShellReading {
  private readonly draft: ModelDraft;

  constructor(
    private readonly shell: Members,
    units: ForeignUnits,
  ) {
    this.draft = new ModelDraft('aas', units);
  }

  read(): ImportedModel {
    const { shell, draft } = this;
    const id = identifierOf(memberOf(shell, 'id') ?? memberOf(shell, 'identification')) ?? '';
    draft.name(localText(memberOf(shell, 'displayName')) ?? textOf(shell, 'idShort'));
    draft.description(localText(memberOf(shell, 'description')));
    draft.label('source', 'aas', '');
    const idShort = textOf(shell, 'idShort');
    if (idShort !== undefined) draft.label('idShort', idShort, '/idShort');
    const information = memberOf(shell, 'assetInformation');
    if (isMembers(information)) this.readAsset(information, '/assetInformation');
    this.readAsset(shell, '');
    this.readEndpoints(shell, '');
    this.readAdministration();
    for (const [index, submodel] of listOf(shell, 'submodelDescriptors').entries()) {
      if (isMembers(submodel)) this.readSubmodel(submodel, pointTo('', 'submodelDescriptors', index));
    }
    for (const [index, reference] of listOf(shell, 'submodels').entries()) this.readReference(reference, pointTo('', 'submodels', index));
    for (const name of Object.keys(shell)) if (!MAPPED.has(name)) draft.notes.unmapped(pointTo('', name), 'Has no place in a profile.');
    draft.hint(idShort);
    draft.hint(localText(memberOf(shell, 'displayName')));
    draft.hint(localText(memberOf(shell, 'description')));
    return draft.finish(id);
  }

  private readAsset(asset: Members, pointer: string): void {
    const { draft } = this;
    const globalId = identifierOf(memberOf(asset, 'globalAssetId'));
    if (globalId !== undefined) draft.object(globalId, pointTo(pointer, 'globalAssetId'));
    for (const name of ['assetKind', 'assetType'] as const) {
      const text = textOf(asset, name);
      if (text === undefined) continue;
      draft.label(name, text, pointTo(pointer, name));
      if (name === 'assetType') draft.hint(lastPart(text));
    }
    for (const [index, specific] of listOf(asset, 'specificAssetIds').entries()) {
      const at = pointTo(pointer, 'specificAssetIds', index);
      const name = isMembers(specific) ? (textOf(specific, 'name') ?? textOf(specific, 'key')) : undefined;
      const value = isMembers(specific) ? textOf(specific, 'value') : undefined;
      if (name === undefined || value === undefined) draft.notes.unmapped(at, 'A specific asset id needs a name and a value.');
      else {
        draft.label(name, value, at);
        if (uriFor(value) === value) draft.object(value, pointTo(at, 'value'));
      }
    }
    for (const name of ['defaultThumbnail'] as const) {
      if (memberOf(asset, name) !== undefined) draft.notes.unmapped(pointTo(pointer, name), 'Has no place in a profile.');
    }
  }

  private readEndpoints(owner: Members, pointer: string): void {
    for (const [index, endpoint] of listOf(owner, 'endpoints').entries()) {
      const at = pointTo(pointer, 'endpoints', index);
      const information = isMembers(endpoint) ? memberOf(endpoint, 'protocolInformation') : undefined;
      const holder = isMembers(information) ? information : isMembers(endpoint) ? endpoint : {};
      const place = isMembers(information) ? pointTo(at, 'protocolInformation') : at;
      const href = textOf(holder, 'href') ?? textOf(holder, 'endpointAddress') ?? textOf(holder, 'address');
      if (href === undefined) this.draft.notes.unmapped(at, 'Names no address.');
      else {
        if (carriesCredentials(href)) refuseSecret(pointTo(place, 'href'));
        this.draft.endpoint({ url: href, format: 'json' }, pointTo(place, 'href'));
      }
      for (const [number, security] of listOf(holder, 'securityAttributes').entries()) {
        if (isMembers(security) && textOf(security, 'type') !== 'NONE') {
          this.draft.notes.unmapped(pointTo(place, 'securityAttributes', number), 'How to authenticate is no part of a profile.');
        }
      }
      if (textOf(holder, 'subprotocolBody') !== undefined) {
        this.draft.notes.unmapped(pointTo(place, 'subprotocolBody'), 'Instructions of a subprotocol have no place in a profile.');
      }
    }
  }

  private readAdministration(): void {
    const administration = memberOf(this.shell, 'administration');
    if (!isMembers(administration)) return;
    for (const [name, value] of Object.entries(administration)) {
      if ((name === 'version' || name === 'revision') && typeof value === 'string' && value !== '') {
        this.draft.label(name, value, pointTo('', 'administration', name));
      } else this.draft.notes.unmapped(pointTo('', 'administration', name), 'Has no place in a profile.');
    }
  }

  private readSubmodel(submodel: Members, pointer: string): void {
    const { draft } = this;
    const id = identifierOf(memberOf(submodel, 'id') ?? memberOf(submodel, 'identification'));
    const name = textOf(submodel, 'idShort') ?? (id === undefined ? 'submodel' : lastPart(id));
    draft.hint(name);
    const described = localText(memberOf(submodel, 'description')) ?? localText(memberOf(submodel, 'displayName'));
    draft.feature(
      {
        kind: 'data',
        name,
        description: described ?? (id === undefined ? undefined : `Submodel ${id}`),
        meaning: this.semantics(memberOf(submodel, 'semanticId'), name, pointTo(pointer, 'semanticId')),
        schema: { type: 'object' },
      },
      pointer,
    );
    this.readEndpoints(submodel, pointer);
    for (const member of ['supplementalSemanticId', 'supplementalSemanticIds', 'extensions']) {
      if (listOf(submodel, member).length > 0)
        draft.notes.unmapped(pointTo(pointer, member), 'A feature has one meaning and no extensions.');
    }
  }

  private readReference(reference: unknown, pointer: string): void {
    const id = lastKey(reference);
    if (id === undefined) {
      this.draft.notes.unmapped(pointer, 'Refers to no submodel.');
      return;
    }
    const semantics = isMembers(reference) ? memberOf(reference, 'referredSemanticId') : undefined;
    const meaning = this.semantics(semantics, undefined, pointTo(pointer, 'referredSemanticId'));
    this.draft.feature({ kind: 'data', name: lastPart(id), description: `Submodel ${id}`, meaning, schema: { type: 'object' } }, pointer);
  }

  private semantics(reference: unknown, name: string | undefined, pointer: string): Meaning {
    const fallback = name === undefined ? {} : { name };
    if (reference === undefined || reference === null) return fallback;
    const value = typeof reference === 'string' ? reference : lastKey(reference);
    if (value !== undefined && IRI.test(value)) return { iris: [value] };
    this.draft.notes.unmapped(pointer, 'Not an IRI, which is what a semantic type is (IRDIs are not).');
    return fallback;
  }
}

/** An Asset Administration Shell descriptor with its submodel descriptors (AAS Part 2, version 3), or a shell that refers to its submodels. */
export const SHELL_READER: FormatReader = {
  format: 'aas',
  title: 'AAS shell descriptor',
  expected: 'an id, and assetKind, globalAssetId, specificAssetIds, submodelDescriptors or assetInformation',
  recognizes: (document) =>
    memberOf(document, 'type') === undefined &&
    identifierOf(memberOf(document, 'id') ?? memberOf(document, 'identification')) !== undefined &&
    (SHELL_MEMBERS.some((name) => memberOf(document, name) !== undefined) ||
      memberOf(document, 'modelType') === 'AssetAdministrationShell' ||
      (textOf(document, 'idShort') !== undefined && Array.isArray(memberOf(document, 'endpoints')))),
  refuses: (document) => {
    if (Array.isArray(memberOf(document, 'assetAdministrationShells'))) {
      return { pointer: '/assetAdministrationShells', detail: 'is an environment; send its shells as an array' };
    }
    const modelType = memberOf(document, 'modelType');
    if (modelType !== undefined && JSON.stringify(modelType).includes('Submodel')) {
      return { pointer: '/modelType', detail: 'is that of a submodel; a shell or its descriptor is imported' };
    }
    if (identifierOf(memberOf(document, 'id') ?? memberOf(document, 'identification')) === undefined) {
      return { pointer: '/id', detail: 'is required in a shell descriptor' };
    }
    if (!SHELL_MEMBERS.some((name) => memberOf(document, name) !== undefined) && memberOf(document, 'endpoints') === undefined) {
      return { pointer: '', detail: 'must have what a shell descriptor has: endpoints, submodelDescriptors or an asset' };
    }
    return undefined;
  },
  read: ({ value }: SourceDocument, units) => new ShellReading(value, units).read(),
};
